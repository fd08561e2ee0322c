import { ApiError } from './api-error.ts';

/**
 * An e-mail address as it is stored: trimmed, otherwise as it was written. Letters beyond ASCII become lower
 * case, since the databases' `lower()`, which keeps addresses unique, does not know them all.
 * @returns null for an absent or empty address.
 * @throws ApiError 400 for a text that cannot be an address.
 */
export function parseEmail(text: string | null | undefined): string | null {
  const email = text?.trim().normalize('NFC') ?? '';
  if (email === '') return null;
  if (email.length > 320 || !/^[^\s@\p{C}]+@[^\s@\p{C}]+$/u.test(email)) {
    throw new ApiError(400, 'user_email must be an e-mail address such as ann@example.com: one @, no blanks.', {
      type: 'bad_request_error',
      param: 'user_email',
    });
  }
  return /^[\x21-\x7e]+$/.test(email) ? email : email.toLowerCase();
}
