import type { Kysely } from 'kysely';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Database } from '../../storage/database.ts';
import { lockTeam } from '../teams/change-team.ts';
import { findTeam } from '../teams/index.ts';
import { isTeamManager } from '../teams/present-team.ts';
import type { ModelPatch, NewModel } from './models.contract.ts';
import './models.table.ts';
import { refuse, type StoredModel } from './read-entry.ts';

/** So many models can a team add for itself: every instance holds all of them in memory. */
const mostOfATeam = 100;

/**
 * Refuses a team's model to who does not administer the team, and everybody's model to who is no admin of the gateway.
 * @param teamId whose model it is; null: everybody's.
 * @throws ApiError 403 in the contract's words; 400 for a team that does not exist.
 */
export async function assertMayHold(db: Kysely<Database>, { access }: Call, teamId: string | null): Promise<void> {
  if (teamId === null && access.reach === 'all') return;
  const team = teamId === null ? null : await findTeam(db, access, teamId);
  if (access.reach === 'all') {
    if (!team) throw refuse(`Team not found, passed model_info.team_id=${teamId}. See /team/list.`);
    return;
  }
  if (team && isTeamManager(team.found, access)) return;
  throw new ApiError(
    403,
    `User does not have permission to make this model call. Your role=${access.principal.role}. You can only make model calls if you are a PROXY_ADMIN or if you are a team admin, by specifying a team_id in the model_info.`,
    { type: 'auth_error', param: 'None' },
  );
}

/** As `assertMayHold`, for a model that is to be the team's: nobody deletes the team before the write is over. */
export async function assertMayPutInto(tx: Kysely<Database>, call: Call, teamId: string | null): Promise<void> {
  if (teamId !== null) await lockTeam(tx, teamId);
  await assertMayHold(tx, call, teamId);
}

/**
 * What a team says of its own models. Where else a model runs, and what it costs, is for admins of the gateway to say:
 * an address could be one of the gateway's own network, and prices are what budgets of others are counted by.
 */
const ownParams: ReadonlySet<string> = new Set([
  ...['model', 'api_key', 'organization', 'timeout', 'weight', 'mock_response'],
]);
const ownInfo: ReadonlySet<string> = new Set(['id', 'team_id', 'mode', 'max_tokens', 'max_output_tokens']);

/** Holds a model that a team adds to what teams say of models. @throws ApiError 400 or 403. */
export async function assertOwnModel(db: Kysely<Database>, teamId: string | null, model: NewModel): Promise<void> {
  assertOwnFields(model);
  const { count } = await db
    .selectFrom('models')
    .select((is) => is.fn.countAll<number>().as('count'))
    .where('team_id', '=', teamId)
    .executeTakeFirstOrThrow();
  if (Number(count) < mostOfATeam) return;
  throw refuse(`team=${teamId} has ${mostOfATeam} models already. Delete one, or ask a proxy admin to add this one.`);
}

/**
 * Holds a change that a team makes of its model to what teams say of models. The credential of a model stays with the
 * provider that it was given for.
 * @throws ApiError 403.
 */
export function assertOwnPatch(before: StoredModel, patch: ModelPatch): void {
  if (patch.blocked != null) throw notTheirs('set blocked of a model');
  assertOwnFields(patch);
  const model = patch.litellm_params?.['model'];
  if (model === undefined || providerOf(model) === providerOf(before.params['model'])) return;
  const hasNewKey = typeof patch.litellm_params?.['api_key'] === 'string';
  if (before.params['extra_headers'] === undefined && (hasNewKey || before.params['api_key'] === undefined)) return;
  throw notTheirs('send litellm_params.model with another provider and the credential of this one. Send api_key too');
}

function assertOwnFields(model: Pick<ModelPatch, 'litellm_params' | 'model_info'>): void {
  const beyond = [
    ...Object.keys(model.litellm_params ?? {}).filter((name) => !ownParams.has(name)),
    ...Object.keys(model.model_info ?? {}).filter((name) => !ownInfo.has(name)),
  ];
  if (beyond.length > 0) throw notTheirs(`set ${beyond.join(', ')} of a model`);
}

function notTheirs(what: string): ApiError {
  return new ApiError(
    403,
    `Only proxy admins can ${what}. Admins of a team set ${[...ownParams].join(', ')}, and in model_info ${[...ownInfo].join(', ')}.`,
    { type: 'auth_error', param: 'None' },
  );
}

/** What stands before the slash; without one it is `openai`. */
function providerOf(model: unknown): string {
  const [provider = '', ...rest] = String(model).split('/');
  return rest.length === 0 ? 'openai' : provider;
}
