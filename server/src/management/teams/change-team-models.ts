import type { Call } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { changeTeam, teamNotFound } from './change-team.ts';
import { type PresentedTeam, presentTeam } from './present-team.ts';

/** Which models to add to a team or to take away. */
export interface TeamModels {
  readonly team_id: string;
  readonly models: readonly string[];
}

/**
 * Adds models to what a team may use. A team without a list may use everything; so that adding does not narrow it,
 * its list begins with `all-proxy-models`.
 * @throws ApiError 404.
 */
export async function addTeamModels(parts: Parts, call: Call, input: TeamModels): Promise<PresentedTeam> {
  return changeModels(parts, call, input, (models) => {
    const before = models.length === 0 ? ['all-proxy-models'] : models;
    return [...new Set([...before, ...input.models])];
  });
}

/**
 * Takes models from what a team may use. The last one is not simply taken: without a list the team could use
 * everything, so that `no-default-models` stays in its place.
 * @throws ApiError 404.
 */
export async function deleteTeamModels(parts: Parts, call: Call, input: TeamModels): Promise<PresentedTeam> {
  return changeModels(parts, call, input, (models) => {
    if (models.length === 0) return models;
    const left = models.filter((model) => !input.models.includes(model));
    return left.length === 0 ? ['no-default-models'] : left;
  });
}

async function changeModels(
  parts: Parts,
  call: Call,
  input: TeamModels,
  change: (models: string[]) => string[],
): Promise<PresentedTeam> {
  const changed = await changeTeam(parts, call, input.team_id, async (team) => {
    if (!team) throw teamNotFound(input.team_id);
    return { patch: { models: JSON.stringify(change(JSON.parse(team.team.models) as string[])) } };
  });
  return presentTeam(changed, call.access);
}
