import { domainToASCII } from 'node:url';
import { oneLine } from './escape-html.ts';

/** Somebody who gets or sends mail. */
export interface MailAddress {
  /** Null: only the address is shown. */
  readonly name: string | null;
  readonly address: string;
}

/**
 * An address that mail can be sent to: one, and nothing that a mail program or server could take for two, for a name or
 * for a header. Stricter than what a user may have as `user_email`.
 * @returns null for every other text.
 */
export function mailable(text: string | null | undefined): string | null {
  const match = /^([\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+)*)@([^\s@]+)$/u.exec(
    text?.trim() ?? '',
  );
  const [, local = '', domain = ''] = match ?? [];
  if (local === '' || Buffer.byteLength(local) > 64) return null;
  const ascii = domainToASCII(domain);
  if (ascii === '' || ascii.length > 253) return null;
  return ascii.split('.').every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label))
    ? `${local}@${ascii}`
    : null;
}

/**
 * Reads who mail comes from: `gateway@example.com`, or `Example AI <gateway@example.com>`.
 * @returns null for a text that is neither.
 */
export function parseSender(text: string): MailAddress | null {
  const named = /^([^<>]*)<([^<>]+)>$/.exec(text.trim());
  const address = mailable(named ? named[2] : text);
  if (address === null) return null;
  const name = oneLine((named?.[1] ?? '').replaceAll('"', ''));
  return { name: name === '' ? 'Latchkey' : name, address };
}
