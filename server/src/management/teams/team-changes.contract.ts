import * as z from 'zod/mini';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import {
  count,
  defaultMemberModelsNotEnforced,
  jsonObject,
  maybe,
  memberModelsNotEnforced,
  restrictionsNotEnforced,
  strings,
  usd,
} from '../../http/fields.contract.ts';
import { detailedLimitFields } from '../budgets/detailed-limits.contract.ts';
import { modelAliases, newMember, teamMembership, teamRow } from './teams.contract.ts';

/** What may be changed of a team. */
export const teamPatch = {
  team_id: z.string(),
  team_alias: maybe(z.string()),
  /** Empty or null: the team leaves its organization. */
  organization_id: maybe(z.string()),
  models: maybe(strings),
  /** Replaces all of them; null or empty: none. */
  model_aliases: maybe(modelAliases),
  metadata: maybe(jsonObject),
  team_member_permissions: maybe(strings),
  max_budget: maybe(usd),
  soft_budget: maybe(usd),
  budget_duration: maybe(z.string()),
  tpm_limit: maybe(count),
  rpm_limit: maybe(count),
  max_parallel_requests: maybe(count),
  ...detailedLimitFields,
  ...restrictionsNotEnforced,
  ...defaultMemberModelsNotEnforced,
  blocked: maybe(z.boolean()),
  team_member_budget: maybe(usd),
  team_member_budget_duration: maybe(z.string()),
  team_member_tpm_limit: maybe(count),
  team_member_rpm_limit: maybe(count),
  team_member_key_duration: maybe(z.string()),
};

const teamPatchInput = z.object(teamPatch);

/** A merge patch of a team. */
export type TeamPatch = z.infer<typeof teamPatchInput>;

/** `POST /team/update`: a merge patch; null takes a limit away. */
export const updateTeam = defineEndpoint({
  method: 'POST',
  path: '/team/update',
  summary: 'Change a team; absent fields stay as they are',
  permission: 'team:update',
  body: teamPatchInput,
  result: z.object({ team_id: z.string(), data: teamRow }),
});

/** `PATCH /team/{team_id}`. */
export const patchTeam = defineEndpoint({
  method: 'PATCH',
  path: '/team/{team_id}',
  summary: 'Change a team by a JSON merge patch',
  permission: 'team:update',
  body: teamPatchInput,
  result: teamRow,
});

const oneTeam = z.object({ team_id: z.string() });

/** `POST /team/block`. */
export const blockTeam = defineEndpoint({
  method: 'POST',
  path: '/team/block',
  summary: 'Block a team; its keys stop at once',
  permission: 'team:block',
  errorShape: 'detail',
  body: oneTeam,
  result: teamRow,
});

/** `POST /team/unblock`. */
export const unblockTeam = defineEndpoint({
  method: 'POST',
  path: '/team/unblock',
  summary: 'Let a blocked team work again',
  permission: 'team:block',
  errorShape: 'detail',
  body: oneTeam,
  result: teamRow,
});

const teamModels = z.object({ team_id: z.string(), models: strings });

/** `POST /team/model/add`. */
export const addTeamModels = defineEndpoint({
  method: 'POST',
  path: '/team/model/add',
  summary: 'Add models to what a team may use',
  permission: 'team:update-models',
  errorShape: 'detail',
  body: teamModels,
  result: teamRow,
});

/** `POST /team/model/delete`. */
export const deleteTeamModels = defineEndpoint({
  method: 'POST',
  path: '/team/model/delete',
  summary: 'Take models from what a team may use',
  permission: 'team:update-models',
  errorShape: 'detail',
  body: teamModels,
  result: teamRow,
});

const namedMember = {
  team_id: z.string(),
  user_id: maybe(z.string()),
  user_email: maybe(z.string()),
};

const memberPatch = z.object({
  ...namedMember,
  role: maybe(z.enum(['admin', 'user'])),
  max_budget_in_team: maybe(usd),
  budget_duration: maybe(z.string()),
  /** Null: the team's limit for each member. */
  tpm_limit: maybe(count),
  rpm_limit: maybe(count),
  ...memberModelsNotEnforced,
});

/** What may be changed of a member. */
export type MemberPatch = z.infer<typeof memberPatch>;

const membersRefusal = (route: string) => ({
  status: 403,
  message: `Call not allowed. User not proxy admin OR team admin. route=${route}`,
});

/** `POST /team/member_update`. */
export const updateTeamMember = defineEndpoint({
  method: 'POST',
  path: '/team/member_update',
  summary: 'Change the role or the budget of a member',
  permission: 'team:update',
  errorShape: 'detail',
  refusal: membersRefusal('/team/member_update'),
  body: memberPatch,
  result: z.object({
    team_id: z.string(),
    user_id: z.string(),
    user_email: z.nullable(z.string()),
    role: z.enum(['admin', 'user']),
    max_budget_in_team: z.nullable(usd),
    budget_duration: z.nullable(z.string()),
    tpm_limit: z.nullable(z.number()),
    rpm_limit: z.nullable(z.number()),
  }),
});

/** `POST /team/member_delete`: the member's keys of the team go too. */
export const deleteTeamMember = defineEndpoint({
  method: 'POST',
  path: '/team/member_delete',
  summary: 'Take somebody out of a team, with their keys of it',
  permission: 'team:update',
  errorShape: 'detail',
  refusal: membersRefusal('/team/member_delete'),
  body: z.object(namedMember),
  result: teamRow,
});

const bulkMembersInput = z.object({
  team_id: z.string(),
  members: maybe(z.array(newMember)),
  all_users: maybe(z.boolean()),
  max_budget_in_team: maybe(usd),
});

/** Who is to join a team, at once. */
export type BulkMembersInput = z.infer<typeof bulkMembersInput>;

/** `POST /team/bulk_member_add`. */
export const bulkAddTeamMembers = defineEndpoint({
  method: 'POST',
  path: '/team/bulk_member_add',
  summary: 'Add up to 500 people to a team, each by themselves',
  permission: 'team:update',
  errorShape: 'detail',
  refusal: membersRefusal('/team/bulk_member_add'),
  body: bulkMembersInput,
  result: z.object({
    team_id: z.string(),
    results: z.array(
      z.object({
        user_id: z.nullable(z.string()),
        user_email: z.nullable(z.string()),
        success: z.boolean(),
        error: z.nullable(z.string()),
        updated_user: z.nullable(
          z.object({ user_id: z.string(), user_email: z.nullable(z.string()), user_role: z.string() }),
        ),
        updated_team_membership: z.nullable(teamMembership),
      }),
    ),
    total_requested: z.number(),
    successful_additions: z.number(),
    failed_additions: z.number(),
    updated_team: z.nullable(teamRow),
  }),
});

/** `POST /team/{team_id}/member/{user_id}/reset_spend`. */
export const resetMemberSpend = defineEndpoint({
  method: 'POST',
  path: '/team/{team_id}/member/{user_id}/reset_spend',
  summary: 'Set what a member has spent in the team to less',
  permission: 'team:update',
  errorShape: 'detail',
  refusal: membersRefusal('/team/{team_id}/member/{user_id}/reset_spend'),
  body: z.object({ team_id: z.string(), user_id: z.string(), reset_to: usd }),
  result: z.object({
    team_id: z.string(),
    user_id: z.string(),
    spend: usd,
    previous_spend: usd,
    max_budget: z.nullable(usd),
  }),
});

/** `POST /team/permissions_update`. */
export const updateMemberPermissions = defineEndpoint({
  method: 'POST',
  path: '/team/permissions_update',
  summary: 'Set what a team grants its plain members',
  permission: 'team:update',
  errorShape: 'detail',
  refusal: membersRefusal('/team/permissions_update'),
  body: z.object({ team_id: z.string(), team_member_permissions: strings }),
  result: teamRow,
});

/** `POST /team/permissions_bulk_update`: what members may do already stays. */
export const grantMemberPermissions = defineEndpoint({
  method: 'POST',
  path: '/team/permissions_bulk_update',
  summary: 'Grant more to the plain members of many teams',
  permission: 'team:update',
  errorShape: 'detail',
  refusal: membersRefusal('/team/permissions_bulk_update'),
  body: z.object({ permissions: strings, team_ids: maybe(strings), apply_to_all_teams: maybe(z.boolean()) }),
  result: z.object({ message: z.string(), teams_updated: z.number(), permissions_appended: strings }),
});
