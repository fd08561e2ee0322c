import { randomUUID } from 'node:crypto';
import type * as z from 'zod/mini';
import type { AuditEntry } from '../../audit/change.ts';
import type { SingleSignOnValues } from '../../config/single-sign-on-settings.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { seal, unseal } from '../../storage/seal.ts';
import type { Parts } from '../parts.ts';
import '../teams/teams.table.ts';
import { admitPerson } from './admit-person.ts';
import { attemptLifetimeMs } from './attempts.store.ts';
import { loadSsoSettings } from './load-sso-settings.ts';
import { previewPage } from './preview-page.ts';
import { findProvider, missingSettings, providerNames } from './providers.ts';
import type { ConfirmedPerson } from './read-person.ts';
import { SignOnRefusal } from './sign-on-refusal.ts';
import type {
  getSignOnPreview as getEndpoint,
  PreviewOutcome,
  startSignOnPreview as startEndpoint,
} from './single-sign-on.contract.ts';
import './single-sign-on.table.ts';
import type { SingleSignOnParts } from './single-sign-on-parts.ts';
import { beginAt } from './start-sign-on.ts';

/**
 * Begins a dry run with a provider as it is set up, whether or not it is switched on. The caller's own browser has to
 * finish it: the answer gives it the cookie.
 * @throws ApiError 400 for a provider that is not completely set up; SignOnRefusal when it does not answer.
 */
export async function startSignOnPreview(
  parts: SingleSignOnParts,
  call: Call,
  input: { provider: string },
): Promise<z.infer<(typeof startEndpoint)['result']>> {
  const { storage, settings } = parts;
  const values = await loadSsoSettings(storage.db, parts);
  const name = providerNames.find((known) => known === input.provider);
  if (!name) throw refuse(`provider must be one of: ${providerNames.join(', ')}.`);
  const provider = findProvider(name, values, settings.singleSignOn);
  if (!provider) {
    const missing = missingSettings(name, values);
    throw refuse(
      `${name} is not set up yet. Set ${(missing.length === 0 ? [`${name}_client_id`] : missing).join(', ').toLowerCase()} first.`,
    );
  }
  const previewId = randomUUID();
  const url = await beginAt(parts, call, provider, { returnPath: '/', previewId });
  const expiresAt = parts.now() + attemptLifetimeMs;
  await storage.db.deleteFrom('sign_on_previews').where('expires_at', '<=', parts.now()).execute();
  await storage.db
    .insertInto('sign_on_previews')
    .values({
      preview_id: previewId,
      provider: name,
      started_by: call.principal.userId ?? '',
      sealed_outcome: null,
      expires_at: expiresAt,
    })
    .execute();
  return { preview_id: previewId, authorization_url: url, expires_at: new Date(expiresAt).toISOString() };
}

/**
 * What the dry run has shown, for whoever began it.
 * @throws ApiError 404 for an unknown one, another admin's, and one that is over.
 */
export async function getSignOnPreview(
  { storage, settings, now }: Parts,
  call: Call,
  input: { preview_id: string },
): Promise<z.infer<(typeof getEndpoint)['result']>> {
  const row = await storage.db
    .selectFrom('sign_on_previews')
    .selectAll()
    .where('preview_id', '=', input.preview_id)
    .where('started_by', '=', call.principal.userId ?? '')
    .where('expires_at', '>', now())
    .executeTakeFirst();
  if (!row) {
    throw new ApiError(404, 'There is no such dry run (any more). Begin one with POST /sso/preview.', {
      type: 'not_found',
      param: 'preview_id',
    });
  }
  const outcome = row.sealed_outcome;
  return {
    status: outcome === null ? 'pending' : 'ready',
    provider: row.provider,
    expires_at: new Date(row.expires_at).toISOString(),
    outcome: outcome === null ? null : (unseal(bindingOf(settings.saltKey, row.preview_id), outcome) as PreviewOutcome),
  };
}

/**
 * Finishes a dry run, and keeps what it has shown for the admin who began it.
 * @param confirm finds out whom the provider confirms; when it refuses, that is what the dry run has shown.
 * @returns the page for the window in which it ran.
 */
export async function finishPreview(
  parts: Parts,
  previewId: string,
  values: SingleSignOnValues,
  confirm: () => Promise<ConfirmedPerson>,
): Promise<string> {
  let outcome: PreviewOutcome;
  try {
    outcome = await tryOut(parts, await confirm(), values);
  } catch (error) {
    if (!(error instanceof SignOnRefusal)) throw error;
    outcome = refusedOutcome({}, error);
  }
  await parts.storage.db
    .updateTable('sign_on_previews')
    .set({ sealed_outcome: seal(bindingOf(parts.settings.saltKey, previewId), outcome) })
    .where('preview_id', '=', previewId)
    .execute();
  return previewPage(outcome);
}

/** Carries the outcome of a dry run out of the transaction that is rolled back with it. */
class RolledBack extends Error {
  readonly outcome: PreviewOutcome;

  constructor(outcome: PreviewOutcome) {
    super('a dry run is rolled back');
    this.outcome = outcome;
  }
}

/** Lets the person in as a sign-in would, in a transaction that is rolled back: what is shown is what would happen. */
async function tryOut(parts: Parts, person: ConfirmedPerson, values: SingleSignOnValues): Promise<PreviewOutcome> {
  const claims = { ...person.claims };
  try {
    return await parts.storage.db.transaction().execute(async (tx) => {
      const { user, isNew, audit } = await admitPerson(tx, parts, person, values);
      const teams = await tx
        .selectFrom('team_members')
        .innerJoin('teams', 'teams.team_id', 'team_members.team_id')
        .select(['teams.team_id', 'teams.team_alias'])
        .where('team_members.user_id', '=', user.user_id)
        .orderBy('teams.team_id')
        .execute();
      const { user_id, user_email, user_role } = user;
      throw new RolledBack({
        claims,
        refusal: null,
        user: { user_id, user_email, user_role, is_new: isNew, teams },
        changes: audit.map(presentChange),
      });
    });
  } catch (error) {
    if (error instanceof RolledBack) return error.outcome;
    if (!(error instanceof ApiError)) throw error;
    return refusedOutcome(claims, error);
  }
}

/** An admin sees the cause too: it is what they have to mend. */
function refusedOutcome(claims: PreviewOutcome['claims'], error: ApiError): PreviewOutcome {
  const code = error instanceof SignOnRefusal ? error.code : 'not_set_up';
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return { claims, refusal: { code, message: error.message + cause }, user: null, changes: [] };
}

function presentChange({ action, object }: AuditEntry): PreviewOutcome['changes'][number] {
  return { action, object_type: object.type, object_id: object.id };
}

function bindingOf(saltKey: string, previewId: string) {
  return { saltKey, purpose: 'single sign-on', id: `preview ${previewId}` } as const;
}

function refuse(message: string): ApiError {
  return new ApiError(400, message, { type: 'bad_request_error', param: 'provider' });
}
