import type { Transaction } from 'kysely';
import { consoleLink, passwordResetLink } from '../../http/console-links.contract.ts';
import type { Database } from '../../storage/database.ts';
import type { Parts } from '../parts.ts';
import type { UserTable } from '../users/users.table.ts';
import { resetLifetimeMs } from './password-resets.store.ts';

/** Queues the mail with a link, within the write that makes it. @returns what became of it, in a sentence. */
export async function mailPasswordReset(
  tx: Transaction<Database>,
  parts: Parts,
  { user, token, baseUrl }: { user: UserTable; token: string; baseUrl: string },
): Promise<{ status: string; message: string }> {
  return parts.mail.enqueue(tx, {
    event: 'Password Reset',
    to: [{ email: user.user_email }],
    data: {
      kind: 'link',
      userEmail: user.user_email ?? user.user_id,
      link: passwordResetLink(baseUrl, token),
      validMinutes: resetLifetimeMs / 60_000,
    },
  });
}

/** Queues the mail to somebody who has no password here, since they sign in through a provider. */
export async function mailSignInHint(
  tx: Transaction<Database>,
  parts: Parts,
  { user, baseUrl }: { user: UserTable; baseUrl: string },
): Promise<void> {
  await parts.mail.enqueue(tx, {
    event: 'Password Reset',
    to: [{ email: user.user_email }],
    data: { kind: 'single-sign-on', userEmail: user.user_email ?? user.user_id, signInLink: consoleLink(baseUrl) },
  });
}
