import { isDeepStrictEqual } from 'node:util';
import type * as z from 'zod/mini';
import { isProviderAddress } from '../../config/provider-address.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { parseEmail } from '../../http/parse-email.ts';
import type { Parts } from '../parts.ts';
import { lockSetting, writeSetting } from '../settings/index.ts';
import {
  effectiveValues,
  openStored,
  type StoredSsoValues,
  sealStored,
  secretNames,
  ssoParam,
} from './load-sso-settings.ts';
import { presentSsoValues } from './present-sso-settings.ts';
import { type updateSsoSettings as endpoint, hiddenSecret } from './sso-settings.contract.ts';

type Input = z.infer<NonNullable<(typeof endpoint)['input']>>;

/**
 * Sets how people sign in from now on, on every instance. Only what was sent changes; null and "" take back what was
 * set here, and then the environment counts again. Running sessions go on.
 * @throws ApiError 400 for an address that is not https, for SAML, and for another address of the gateway.
 */
export async function updateSsoSettings(
  parts: Parts,
  call: Call,
  input: Input,
): Promise<z.infer<(typeof endpoint)['result']>> {
  const { settings } = parts;
  const changes = readChanges(parts, input);
  const configured = settings.singleSignOn.values;
  return parts.changes.change(call.context, async (tx) => {
    const before = openStored(await lockSetting(tx, parts, call.context, ssoParam), settings.saltKey);
    const after = withChanges(before, changes, configured);
    await writeSetting(tx, parts, call.context, { name: ssoParam, value: sealStored(after, settings.saltKey) });
    return {
      result: {
        message: 'SSO settings updated successfully',
        status: 'success',
        settings: presentSsoValues(effectiveValues(configured, after)),
      },
      audit: {
        action: 'updated',
        object: { type: 'settings', id: ssoParam },
        before: { ...presentSsoValues(before) },
        after: { ...presentSsoValues(after), ...markChangedSecrets(before, after) },
      },
    };
  });
}

/** By name what to store; null: take back what is stored. */
type Changes = Readonly<Record<string, unknown>>;

function readChanges({ settings }: Parts, input: Input): Changes {
  const { proxy_base_url: baseUrl, saml_idp_metadata_url, saml_idp_metadata_xml, ...rest } = input;
  const { saml_sp_entity_id, saml_allow_unsolicited, ...values } = rest;
  if (baseUrl && baseUrl.replace(/\/+$/, '') !== settings.proxyBaseUrl) {
    throw refuse(
      'proxy_base_url',
      'is set as PROXY_BASE_URL where the gateway is started, since every link is made with it.',
    );
  }
  if (saml_idp_metadata_url || saml_idp_metadata_xml || saml_sp_entity_id || saml_allow_unsolicited) {
    throw refuse('saml_idp_metadata_url', 'cannot be set: people sign in with OpenID Connect here, not with SAML.');
  }
  for (const name of addressNames) checkAddress(name, values[name]);
  const email = parseEmail(values.user_email);
  return Object.fromEntries(
    Object.entries({ ...values, ...(email === null ? {} : { user_email: email }) })
      // A form sends back what it was shown.
      .filter(([name, value]) => value !== undefined && !(secretNames.has(name) && value === hiddenSecret))
      .map(([name, value]) => [name, read(name, value)]),
  );
}

const addressNames = [
  'generic_discovery_url',
  'generic_authorization_endpoint',
  'generic_token_endpoint',
  'generic_userinfo_endpoint',
] as const;

function checkAddress(name: string, value: string | null | undefined): void {
  if (!value || isProviderAddress(value.trim())) return;
  throw refuse(name, 'must be an address that begins with https:// (http:// is for the gateway’s own machine alone).');
}

/** A value as it is stored. Empty texts and lists are nothing. */
function read(name: string, value: unknown): unknown {
  if (typeof value === 'string') return value.trim() || null;
  if (name === 'allowed_email_domains' && Array.isArray(value)) {
    const domains = value.map((domain: string) => domain.trim().toLowerCase().replace(/^@/, '')).filter(Boolean);
    if (domains.some((domain) => !/^[^\s@/]+\.[^\s@/]+$/.test(domain))) {
      throw refuse(name, 'must be domains such as example.com.');
    }
    return domains.length === 0 ? null : domains;
  }
  return value;
}

/** A value that holds already is not stored: it stays where it comes from. */
function withChanges(before: StoredSsoValues, changes: Changes, configured: StoredSsoValues): StoredSsoValues {
  const holds: Changes = { ...effectiveValues(configured, before) };
  const stored: Changes = { ...before };
  const made = Object.entries(changes).filter(
    ([name, value]) => stored[name] !== undefined || !isDeepStrictEqual(value, holds[name]),
  );
  return Object.fromEntries(
    Object.entries({ ...stored, ...Object.fromEntries(made) }).filter(([, value]) => value !== null),
  );
}

/** The log says that a secret was replaced, since both look the same in it. */
function markChangedSecrets(before: StoredSsoValues, after: StoredSsoValues): Record<string, unknown> {
  const [old, fresh]: [Changes, Changes] = [{ ...before }, { ...after }];
  const changed = [...secretNames].filter((name) => old[name] !== fresh[name]);
  return changed.length === 0 ? {} : { changed_credentials: changed };
}

function refuse(param: string, rest: string): ApiError {
  return new ApiError(400, `${param} ${rest} Nothing was changed.`, { type: 'bad_request_error', param });
}
