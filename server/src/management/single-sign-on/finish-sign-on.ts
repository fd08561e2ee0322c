import type { AuditEntry } from '../../audit/change.ts';
import type { SingleSignOnSettings, SingleSignOnValues } from '../../config/single-sign-on-settings.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { NewSession } from '../sessions/index.ts';
import { contextOf, handOverSession, startSession } from '../sign-in/index.ts';
import type { UserTable } from '../users/users.table.ts';
import { admitPerson, isMadeMeanwhile } from './admit-person.ts';
import { askProvider, refusalFor } from './ask-provider.ts';
import { takeAttempt } from './attempts.store.ts';
import { keepProviderSession } from './end-provider-session.ts';
import { loadSsoSettings } from './load-sso-settings.ts';
import { finishPreview } from './preview-sign-on.ts';
import { findProvider, type Provider, providerNames } from './providers.ts';
import type { Claims } from './read-claim.ts';
import { readPerson, type SignedOnPerson } from './read-person.ts';
import { SignOnRefusal } from './sign-on-refusal.ts';
import type { SignOnAttemptTable } from './single-sign-on.table.ts';
import type { SingleSignOnParts } from './single-sign-on-parts.ts';

/** Where the browser goes after the answer of a provider: to a page of the console, or to the outcome of a dry run. */
export type FinishedSignOn = { readonly url: string } | { readonly page: string };

/** The provider has just sent the browser here, so it was there. */
const knownForMs = 3_600_000;

/**
 * Finishes a sign-in with the answer of the provider: the attempt is used up first, whatever comes of it.
 * @param query the parameters as they came.
 * @throws SignOnRefusal.
 */
export async function finishSignOn(parts: SingleSignOnParts, call: Call, query: Claims): Promise<FinishedSignOn> {
  const { db } = parts.storage;
  const { attempt, secrets } = await takeAttempt(db, call, query['state'], parts.now());
  try {
    return await finishAttempt(parts, call, attempt, { query, redirectUri: attempt.redirect_uri, secrets });
  } catch (error) {
    if (error instanceof SignOnRefusal) error.provider = attempt.provider;
    throw error;
  }
}

async function finishAttempt(
  parts: SingleSignOnParts,
  call: Call,
  attempt: SignOnAttemptTable,
  callback: Parameters<typeof askProvider>[1],
): Promise<FinishedSignOn> {
  const { db } = parts.storage;
  const values = await loadSsoSettings(db, parts);
  const confirm = () => confirmPerson(parts, values, attempt, callback);
  if (attempt.preview_id !== null) {
    return { page: await finishPreview(parts, attempt.preview_id, values, async () => (await confirm()).person) };
  }
  const { user, session } = await signIn(parts, call, values, await confirm());
  await handOverSession(parts, call, user, 'sso', session);
  return { url: `${call.baseUrl}/ui${attempt.return_path === '/' ? '/?login=success' : attempt.return_path}` };
}

/** Somebody whom a provider has confirmed, and what it gave to end their session there. */
interface Confirmed {
  readonly person: SignedOnPerson;
  readonly idToken: string | null;
}

async function confirmPerson(
  parts: SingleSignOnParts,
  values: SingleSignOnValues,
  attempt: SignOnAttemptTable,
  callback: Parameters<typeof askProvider>[1],
): Promise<Confirmed> {
  const { singleSignOn } = parts.settings;
  const provider = providerOf(attempt, values, singleSignOn);
  const open = await parts.directory.open(provider, knownForMs).catch((error: unknown) => {
    throw refusalFor(error);
  });
  const answer = await askProvider(open, callback, singleSignOn);
  return { person: readPerson(provider, answer, values, singleSignOn), idToken: answer.idToken };
}

/** A provider may have been switched off while somebody was there; a dry run is for those that are not switched on. */
function providerOf(attempt: SignOnAttemptTable, values: SingleSignOnValues, settings: SingleSignOnSettings): Provider {
  const name = providerNames.find((known) => known === attempt.provider);
  const isOpen = name && (attempt.preview_id !== null || values[`${name}_enabled`]);
  const provider = isOpen ? findProvider(name, values, settings) : null;
  if (!provider) throw new SignOnRefusal('unknown_provider');
  return provider;
}

interface SignedIn {
  readonly user: UserTable;
  readonly session: NewSession;
}

/** Lets the person in and starts their session, in one write. */
async function signIn(
  parts: SingleSignOnParts,
  call: Call,
  values: SingleSignOnValues,
  confirmed: Confirmed,
): Promise<SignedIn> {
  const attempt = () => attemptSignIn(parts, call, values, confirmed);
  try {
    // The same person, for the first time, in two windows at once: the second look finds what the other has made.
    return await attempt().catch((error: unknown) => {
      if (isMadeMeanwhile(error)) return attempt();
      throw error;
    });
  } catch (error) {
    if (error instanceof ApiError && !(error instanceof SignOnRefusal)) throw new SignOnRefusal('not_set_up', error);
    throw error;
  }
}

async function attemptSignIn(
  parts: SingleSignOnParts,
  call: Call,
  values: SingleSignOnValues,
  { person, idToken }: Confirmed,
): Promise<SignedIn> {
  return parts.changes.change(call.context, async (tx) => {
    const admitted = await admitPerson(tx, parts, person, values);
    const { session, audit: signedIn } = await startSession(tx, parts, call, admitted.user, 'sso');
    await keepProviderSession(tx, parts, session.sessionHash, person.provider, idToken);
    const audit: [AuditEntry, ...AuditEntry[]] = [signedIn, ...admitted.audit];
    const { principal: actor } = contextOf(call, admitted.user);
    return { result: { user: admitted.user, session }, audit, actor };
  });
}
