import * as z from 'zod/mini';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import { count, maybe, strings, usd, usdLimit } from '../../http/fields.contract.ts';

/** What a new team gets, as it is set. */
export const teamDefaultValues = z.object({
  /** Only for teams that come into being from groups of a provider. Empty: every model. */
  models: strings,
  max_budget: z.nullable(usd),
  budget_duration: z.nullable(z.string()),
  tpm_limit: z.nullable(z.number()),
  rpm_limit: z.nullable(z.number()),
  team_member_permissions: z.nullable(strings),
  organization_id: z.nullable(z.string()),
});

/** `GET /get/default_team_settings`. */
export const getTeamDefaults = defineEndpoint({
  method: 'GET',
  path: '/get/default_team_settings',
  summary: 'What new teams get, and where each value comes from',
  permission: 'team-defaults:read',
  errorShape: 'detail',
  result: z.object({
    values: teamDefaultValues,
    field_schema: z.object({
      description: z.string(),
      properties: z.record(z.string(), z.object({ description: z.string(), type: z.string() })),
    }),
    provenance: z.record(z.string(), z.enum(['database', 'config file', 'default'])),
  }),
});

/** `PATCH /update/default_team_settings`: absent fields stay, null says "none". */
export const updateTeamDefaults = defineEndpoint({
  method: 'PATCH',
  path: '/update/default_team_settings',
  summary: 'Set what new teams get',
  permission: 'team-defaults:update',
  errorShape: 'detail',
  body: z.object({
    models: maybe(strings),
    max_budget: maybe(usdLimit),
    budget_duration: maybe(z.string()),
    tpm_limit: maybe(count),
    rpm_limit: maybe(count),
    team_member_permissions: maybe(strings),
    organization_id: maybe(z.string()),
  }),
  result: z.object({ message: z.string(), status: z.string(), settings: teamDefaultValues }),
});
