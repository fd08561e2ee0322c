import type { Kysely } from 'kysely';
import type { SingleSignOnValues } from '../../config/single-sign-on-settings.ts';
import type { Database } from '../../storage/database.ts';
import { seal, unseal } from '../../storage/seal.ts';
import type { Parts } from '../parts.ts';
import '../settings/config.table.ts';

/** The name under which the settings are kept that were made through the API. */
export const ssoParam = 'sso_settings';

/** What holds where nobody has set anything. */
export const defaults: SingleSignOnValues = {
  google_client_id: null,
  google_client_secret: null,
  google_enabled: true,
  microsoft_client_id: null,
  microsoft_client_secret: null,
  microsoft_tenant: null,
  microsoft_enabled: true,
  generic_client_id: null,
  generic_client_secret: null,
  generic_discovery_url: null,
  generic_authorization_endpoint: null,
  generic_token_endpoint: null,
  generic_userinfo_endpoint: null,
  generic_scope: null,
  generic_display_name: null,
  generic_trust_email: false,
  generic_enabled: true,
  allowed_email_domains: null,
  allow_new_users: true,
  user_email: null,
  ui_access_mode: 'all',
  role_mappings: null,
  team_mappings: null,
  enforce_sso: false,
  auto_redirect_to_sso: false,
  end_provider_session: false,
};

/** The names of all settings, in the order in which they are shown. */
export const valueNames = Object.keys(defaults) as (keyof SingleSignOnValues)[];

/** Settings that are stored sealed and never shown. */
export const secretNames: ReadonlySet<string> = new Set([
  'google_client_secret',
  'microsoft_client_secret',
  'generic_client_secret',
]);

/** What was set through the API, secrets open. */
export type StoredSsoValues = Partial<SingleSignOnValues>;

/** What holds at this moment: defaults, above them environment and config file, above these what was set through the API. */
export async function loadSsoSettings(
  db: Kysely<Database>,
  { settings }: Pick<Parts, 'settings'>,
): Promise<SingleSignOnValues> {
  return effectiveValues(settings.singleSignOn.values, await readStoredSso(db, settings.saltKey));
}

/** Puts what was set through the API above environment and config file. */
export function effectiveValues(configured: StoredSsoValues, stored: StoredSsoValues): SingleSignOnValues {
  return { ...defaults, ...configured, ...stored };
}

/**
 * What an admin has set through the API; empty when nobody has. A secret that does not open is null: `LITELLM_SALT_KEY`
 * is not the one it was set with, and the sign-in page must work all the same.
 */
export async function readStoredSso(db: Kysely<Database>, saltKey: string): Promise<StoredSsoValues> {
  const row = await db.selectFrom('config').select('param_value').where('param_name', '=', ssoParam).executeTakeFirst();
  return row ? openStored(row.param_value, saltKey) : {};
}

/** Reads what `sealStored` wrote. */
export function openStored(text: string, saltKey: string): StoredSsoValues {
  const values = JSON.parse(text) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      secretNames.has(name) && typeof value === 'string' ? openSecret(saltKey, name, value) : value,
    ]),
  );
}

/** Writes settings for the database, each secret sealed for its own name. */
export function sealStored(values: StoredSsoValues, saltKey: string): string {
  return JSON.stringify(
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [
        name,
        secretNames.has(name) && value !== null ? seal(bindingOf(saltKey, name), value) : value,
      ]),
    ),
  );
}

function openSecret(saltKey: string, name: string, text: string): unknown {
  try {
    return unseal(bindingOf(saltKey, name), text);
  } catch {
    return null;
  }
}

function bindingOf(saltKey: string, id: string) {
  return { saltKey, purpose: 'single sign-on', id } as const;
}
