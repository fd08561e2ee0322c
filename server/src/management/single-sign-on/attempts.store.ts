import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Call } from '../../http/call.ts';
import { networkOf } from '../../http/network-of.ts';
import type { Database } from '../../storage/database.ts';
import type { ProviderName } from './providers.ts';
import { SignOnRefusal } from './sign-on-refusal.ts';
import './single-sign-on.table.ts';
import type { SignOnAttemptTable } from './single-sign-on.table.ts';

/** How long a sign-in may take. */
export const attemptLifetimeMs = 10 * 60_000;

/** Sign-ins that may be under way from one network: a company at nine o'clock, and no flood of rows. */
const mostFromOneNetwork = 500;

/** What is known when a sign-in begins. */
export interface NewAttempt {
  readonly provider: ProviderName;
  readonly redirectUri: string;
  readonly returnPath: string;
  /** The dry run that this is, or null. */
  readonly previewId: string | null;
}

/**
 * What ties the answer of the provider to the browser that asked. The nonce and the PKCE verifier are derived from
 * the browser's secret, so that the database holds nothing with which an attempt could be finished.
 */
export interface AttemptSecrets {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

/**
 * Begins an attempt and gives the browser the cookie that it is bound to. Several can be under way in one browser.
 * @throws SignOnRefusal `too_many_attempts`.
 */
export async function beginAttempt(
  db: Kysely<Database>,
  call: Call,
  attempt: NewAttempt,
  nowMs: number,
): Promise<AttemptSecrets> {
  const network = networkOf(call.ip);
  // Attempts are not written through `changes`: whoever opens an address has changed nothing yet.
  await db.deleteFrom('sign_on_attempts').where('expires_at', '<=', nowMs).execute();
  const { underWay } = await db
    .selectFrom('sign_on_attempts')
    .select(({ fn }) => fn.countAll<number>().as('underWay'))
    .where('network', '=', network)
    .where('expires_at', '>', nowMs)
    .executeTakeFirstOrThrow();
  if (underWay >= mostFromOneNetwork) throw new SignOnRefusal('too_many_attempts');
  const browserSecret = browserSecretOf(call) ?? randomBytes(32).toString('base64url');
  const state = randomBytes(32).toString('base64url');
  await db
    .insertInto('sign_on_attempts')
    .values({
      state_hash: sha256(state),
      browser_hash: sha256(browserSecret),
      provider: attempt.provider,
      redirect_uri: attempt.redirectUri,
      return_path: attempt.returnPath,
      preview_id: attempt.previewId,
      network,
      expires_at: nowMs + attemptLifetimeMs,
    })
    .execute();
  call.setCookie(cookieNameOf(call), browserSecret, attemptLifetimeMs / 1_000);
  return secretsOf(browserSecret, state);
}

/**
 * Uses an attempt up: the same answer of a provider never counts twice, and never in another browser.
 * @throws SignOnRefusal `attempt_unknown`.
 */
export async function takeAttempt(
  db: Kysely<Database>,
  call: Call,
  state: unknown,
  nowMs: number,
): Promise<{ attempt: SignOnAttemptTable; secrets: AttemptSecrets }> {
  const browserSecret = browserSecretOf(call);
  if (browserSecret === null || typeof state !== 'string') throw new SignOnRefusal('attempt_unknown');
  const attempt = await db
    .deleteFrom('sign_on_attempts')
    .where('state_hash', '=', sha256(state))
    .where('browser_hash', '=', sha256(browserSecret))
    .where('expires_at', '>', nowMs)
    .returningAll()
    .executeTakeFirst();
  if (!attempt) throw new SignOnRefusal('attempt_unknown');
  return { attempt, secrets: secretsOf(browserSecret, state) };
}

function secretsOf(browserSecret: string, state: string): AttemptSecrets {
  const derive = (purpose: string) =>
    createHmac('sha256', browserSecret).update(`${purpose} ${state}`).digest('base64url');
  return { state, nonce: derive('nonce'), codeVerifier: derive('code verifier') };
}

function browserSecretOf(call: Call): string | null {
  const value = call.cookie(cookieNameOf(call));
  return value !== null && /^[\w-]{43}$/.test(value) ? value : null;
}

/** With `__Host-`, browsers take the cookie from this host alone: no neighbour under the same domain can plant one. */
function cookieNameOf(call: Call): string {
  return call.baseUrl.startsWith('https:') ? '__Host-latchkey_sign_on' : 'latchkey_sign_on';
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
