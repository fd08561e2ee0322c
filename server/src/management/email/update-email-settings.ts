import type { Transaction } from 'kysely';
import type * as z from 'zod/mini';
import type { AuditEntry } from '../../audit/change.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { MailSettingName } from '../../mail/mail-settings.contract.ts';
import { secretMailSettings } from '../../mail/mail-settings.contract.ts';
import { isTlsWanted, smtpSettings } from '../../mail/mail-setup.ts';
import {
  type MailValues,
  openStoredMail,
  sealStoredMail,
  storedMailSettings,
} from '../../mail/stored-mail-settings.ts';
import type { Database } from '../../storage/database.ts';
import type { Parts } from '../parts.ts';
import { lockSetting, writeSetting } from '../settings/index.ts';
import { hiddenSecret } from '../single-sign-on/sso-settings.contract.ts';
import { checkMailSetting } from './check-mail-setting.ts';
import type { updateEmailSettings as endpoint } from './email.contract.ts';
import { presentEmailSettings, presentMailValues } from './present-email-settings.ts';

type Input = z.infer<NonNullable<(typeof endpoint)['input']>>;

/**
 * Sets how mail, Slack and webhooks are sent from now on, on every instance. Only what was sent changes; null and ""
 * take back what was set here, and then the environment counts again. A mail server is set as a whole: nothing of the
 * environment's server is kept, and a password goes to no other server than the one it was given for.
 * @throws ApiError 400 for a value that cannot be meant.
 */
export async function updateEmailSettings(
  parts: Parts,
  call: Call,
  input: Input,
): Promise<z.infer<(typeof endpoint)['result']>> {
  const write = prepareEmailSettings(parts, call, input);
  await parts.changes.change(call.context, async (tx) => ({ result: undefined, audit: await write(tx) }));
  return {
    message: 'Email settings updated successfully',
    status: 'success',
    ...presentEmailSettings(parts, await parts.mail.setup(parts.storage.db)),
  };
}

/**
 * Checks what is to be set about mail, for a write that may hold more than that.
 * @returns what writes it. @throws ApiError 400 for a value that cannot be meant.
 */
export function prepareEmailSettings(
  parts: Parts,
  call: Call,
  input: Input,
): (tx: Transaction<Database>) => Promise<AuditEntry> {
  const changes = readChanges(parts, input);
  return async (tx) => {
    const text = await lockSetting(tx, parts, call.context, storedMailSettings);
    const { stored: before } = openStoredMail(parts.settings.saltKey, text);
    const after = withServer(parts.settings.mail.values, before, changes);
    const value = sealStoredMail(after, parts.settings.saltKey);
    await writeSetting(tx, parts, call.context, { name: storedMailSettings, value });
    const changedSecrets = [...changes.keys()].filter((name) => secretMailSettings.has(name));
    return {
      action: 'updated',
      object: { type: 'settings', id: storedMailSettings },
      before: presentMailValues(before),
      // The log says that a secret was replaced, since both look the same in it.
      after: { ...presentMailValues(after), changed_credentials: changedSecrets },
    };
  };
}

/** By name what to store; null: take back what is stored. */
type Changes = ReadonlyMap<MailSettingName, string | null>;

function readChanges({ settings }: Parts, input: Input): Changes {
  const changes = new Map<MailSettingName, string | null>();
  for (const [name, sent] of Object.entries(input) as [MailSettingName, Input[MailSettingName]][]) {
    // A form sends back what it was shown.
    if (sent === undefined || (secretMailSettings.has(name) && sent === hiddenSecret)) continue;
    const value = String(sent ?? '').trim();
    if (value === '') changes.set(name, null);
    else changes.set(name, checkMailSetting(name, value, settings.mail.allowsPrivateTargets));
  }
  return changes;
}

/** What is stored afterwards. */
function withServer(environment: MailValues, before: MailValues, changes: Changes): MailValues {
  const after: Partial<Record<MailSettingName, string>> = { ...before };
  for (const [name, value] of changes) {
    if (value === null) delete after[name];
    else after[name] = value;
  }
  const isOurs = (values: MailValues) => smtpSettings.some((name) => values[name] !== undefined);
  if (!isOurs(after)) return after;
  // The first setting of a server takes over the environment's server, except for its password.
  const known = isOurs(before) ? before : environment;
  for (const name of smtpSettings) {
    const value = known[name];
    if (name !== 'smtp_password' && value !== undefined && !changes.has(name)) after[name] = value;
  }
  const moved = (['smtp_host', 'smtp_port', 'smtp_username'] as const).some((name) => after[name] !== known[name]);
  const weakened = isTlsWanted(known.smtp_tls ?? '') && !isTlsWanted(after.smtp_tls ?? '');
  const keeps = known.smtp_password !== undefined && !changes.has('smtp_password');
  if (keeps && (moved || weakened || !isOurs(before))) {
    throw new ApiError(
      400,
      'smtp_password must be sent together with another server, port, user name or encryption: the password that is set was given for the server that is set. Nothing was changed.',
      { type: 'bad_request_error', param: 'smtp_password' },
    );
  }
  return after;
}
