import { seal, unseal } from '../storage/seal.ts';
import { type MailSettingName, mailSettingNames, secretMailSettings } from './mail-settings.contract.ts';

/** Under which name what was set through the API is kept in the table `config`. */
export const storedMailSettings = 'mail_settings';

/** Settings by name, as they were written. */
export type MailValues = Readonly<Partial<Record<MailSettingName, string>>>;

/** Writes settings for the database, each secret sealed for its own name. */
export function sealStoredMail(values: MailValues, saltKey: string): string {
  const stored = mailSettingNames.flatMap((name) => {
    const value = values[name];
    if (value === undefined) return [];
    return [[name, secretMailSettings.has(name) ? seal(bindingOf(saltKey, name), value) : value]];
  });
  return JSON.stringify(Object.fromEntries(stored));
}

/** Reads what `sealStoredMail` wrote; nothing is set where there is no text. */
export function openStoredMail(
  saltKey: string,
  text: string | undefined,
): { stored: MailValues; unreadable: readonly MailSettingName[] } {
  const written = JSON.parse(text ?? '{}') as MailValues;
  const stored: Partial<Record<MailSettingName, string>> = {};
  const unreadable: MailSettingName[] = [];
  for (const name of mailSettingNames) {
    const value = written[name];
    if (value === undefined) continue;
    if (!secretMailSettings.has(name)) stored[name] = value;
    else {
      const secret = openSecret(saltKey, name, value);
      if (secret === null) unreadable.push(name);
      else stored[name] = secret;
    }
  }
  return { stored, unreadable };
}

function openSecret(saltKey: string, name: MailSettingName, text: string): string | null {
  try {
    return String(unseal(bindingOf(saltKey, name), text));
  } catch {
    return null;
  }
}

function bindingOf(saltKey: string, id: MailSettingName) {
  return { saltKey, purpose: 'mail settings', id } as const;
}
