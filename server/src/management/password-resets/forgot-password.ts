import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import type * as z from 'zod/mini';
import { masterUserId } from '../../access/principal.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { baseUrlForStrangers } from '../../http/public-base-url.ts';
import type { Parts } from '../parts.ts';
import type { SignInThrottle } from '../passwords/index.ts';
import '../single-sign-on/single-sign-on.table.ts';
import '../users/users.table.ts';
import { mailPasswordReset, mailSignInHint } from './mail-password-reset.ts';
import type { forgotPassword as endpoint } from './password-resets.contract.ts';
import { insertPasswordReset } from './password-resets.store.ts';

/**
 * Every answer takes this long and waits for nothing else, so that neither its time nor its words tell whether there was
 * a mail to queue. Queueing it takes a few milliseconds, so it is done by then.
 */
const answerAfterMs = 250;

/**
 * Mails a link to a new password to whoever has this address, if anybody has; who signs in with a provider and has no
 * password here is told so.
 * @param reportFailure is told when a mail could not be queued; the answer must not tell.
 * @throws ApiError 400 when the gateway cannot send mail, 429 after too many requests; both for every address alike.
 */
export async function forgotPassword(
  parts: Parts,
  throttle: SignInThrottle,
  call: Call,
  input: { user_email: string },
  reportFailure: (error: unknown) => void,
): Promise<z.infer<(typeof endpoint)['result']>> {
  const { problem } = await parts.mail.setup(parts.storage.db);
  const baseUrl = baseUrlForStrangers(parts.settings, call.baseUrl);
  if (problem !== null || baseUrl === null) {
    const reason =
      problem === null
        ? 'This gateway does not know the address at which people reach it (PROXY_BASE_URL), so it sends no link.'
        : 'This gateway cannot send e-mail.';
    throw new ApiError(400, `${reason} Ask an admin for a link to a new password.`, {
      type: 'bad_request_error',
      param: 'email_not_configured',
    });
  }
  const email = input.user_email.trim().toLowerCase();
  // Every request counts as a failure: there is no right answer here. Whose address it is gets all the mails, from
  // wherever they are asked for, so a few from anywhere are enough.
  const guess = {
    account: `forgotten ${email}`,
    ip: call.ip,
    mostOfAccount: parts.settings.signInThrottle.maxFailures,
  };
  await throttle.attempt(guess, async () => null);
  mailLink(parts, call, { email, baseUrl }).catch(reportFailure);
  await delay(answerAfterMs);
  return { message: 'If an account exists, we sent a link. It works for 30 minutes.' };
}

async function mailLink(
  parts: Parts,
  call: Call,
  { email, baseUrl }: { email: string; baseUrl: string },
): Promise<void> {
  const user = await parts.storage.db
    .selectFrom('users')
    .selectAll()
    .where(sql<boolean>`lower(user_email) = ${email}`)
    .where('disabled_at', 'is', null)
    .where('user_id', '!=', masterUserId)
    .executeTakeFirst();
  if (!user) return;
  const context = { ...call.context, principal: { ...call.principal, userId: user.user_id } };
  const hasPassword = user.password_hash !== null || !(await hasProvider(parts, user.user_id));
  await parts.changes.change(context, async (tx) => {
    if (!hasPassword) {
      await mailSignInHint(tx, parts, { user, baseUrl });
      const audit = {
        action: 'reset',
        object: { type: 'user', id: user.user_id },
        after: { has_password: false },
      } as const;
      return { result: undefined, audit };
    }
    const reset = await insertPasswordReset(tx, { userId: user.user_id, createdBy: '', now: parts.now() });
    await mailPasswordReset(tx, parts, { user, token: reset.token, baseUrl });
    return { result: undefined, audit: reset.audit };
  });
}

/** True for somebody who has signed in with a provider. */
async function hasProvider({ storage }: Parts, userId: string): Promise<boolean> {
  const row = await storage.db
    .selectFrom('user_identities')
    .select('user_id')
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return row !== undefined;
}
