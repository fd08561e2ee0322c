import type * as z from 'zod/mini';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { parseEmail } from '../../http/parse-email.ts';
import { nanoUsdToUsd, optionalNanoUsdToUsd } from '../../money/money.ts';
import { isUniqueViolation } from '../../storage/open-storage.ts';
import { presentDetailedLimits } from '../budgets/index.ts';
import type { Parts } from '../parts.ts';
import { type InsertedUser, insertUser } from './insert-user.ts';
import { findUserConflict } from './user-conflict.ts';
import type { createUser as endpoint } from './users.contract.ts';
import type { UserTable } from './users.table.ts';
import { welcomeUser } from './welcome-user.ts';

type Input = z.infer<NonNullable<(typeof endpoint)['input']>>;
type Result = z.infer<(typeof endpoint)['result']>;

/**
 * Adds a person, and by default a first key with the same limits. Person, key and memberships are one write: when
 * a part is refused (an unknown team, a key alias that is taken), nothing is kept. With `send_invite_email` the person
 * is invited in the same write; where no mail can be sent, the answer says so and holds the link.
 * @throws ApiError 400 for a malformed e-mail address or duration, 403 for an administrative role given by somebody
 * else than a proxy admin, 404 for an unknown team, 409 for an id or address that is taken, 422 for a password.
 */
export async function createUser(parts: Parts, call: Call, input: Input): Promise<Result> {
  if (call.sentFields.has('password')) throw passwordNotAccepted();
  try {
    return await parts.changes.change(call.context, async (tx) => {
      const { user, teamIds, key, audit } = await insertUser(tx, parts, call.principal, input);
      const invites = input.send_invite_email === true;
      const createdBy = call.principal.userId ?? '';
      const welcome = await welcomeUser(tx, parts, { user, createdBy, baseUrl: call.baseUrl, invites, sends: invites });
      const result = presentNewUser(input, user, teamIds, key);
      return {
        result: welcome.email === null ? result : { ...result, invitation_email: welcome.email },
        audit: [...audit, ...welcome.audit],
      };
    });
  } catch (error) {
    // Somebody took the id or the address between our look and our insert.
    if (!isUniqueViolation(error)) throw error;
    const wanted = { userId: input.user_id?.trim() || null, email: parseEmail(input.user_email) };
    throw (await findUserConflict(parts.storage.db, wanted)) ?? error;
  }
}

function presentNewUser(input: Input, user: UserTable, teamIds: readonly string[], key: InsertedUser['key']): Result {
  const createdAt = new Date(user.created_at).toISOString();
  const expiresAt = key?.row.expires_at ?? null;
  return {
    key: key?.secret ?? '',
    // LiteLLM leaves the hash out of this answer, unlike out of the one to /key/generate.
    token: null,
    token_id: null,
    key_name: key?.row.key_name ?? null,
    key_alias: key?.row.key_alias ?? null,
    duration: input.duration ?? null,
    expires: expiresAt === null ? null : new Date(expiresAt).toISOString(),
    user_id: user.user_id,
    user_email: user.user_email,
    user_alias: user.user_alias,
    user_role: user.user_role,
    teams: teamIds.length === 0 ? null : [...teamIds],
    team_id: input.team_id || null,
    organization_id: user.organization_id,
    models: JSON.parse(user.models) as string[],
    aliases: key ? (JSON.parse(key.row.aliases) as Record<string, unknown>) : {},
    config: {},
    permissions: key ? (JSON.parse(key.row.permissions) as Record<string, unknown>) : {},
    metadata: JSON.parse(user.metadata) as Record<string, unknown>,
    tags: null,
    guardrails: null,
    spend: nanoUsdToUsd(user.spend_nano_usd),
    max_budget: optionalNanoUsdToUsd(user.max_budget_nano_usd),
    soft_budget: null,
    budget_duration: user.budget_duration,
    budget_id: null,
    tpm_limit: user.tpm_limit,
    rpm_limit: user.rpm_limit,
    max_parallel_requests: user.max_parallel_requests,
    default_estimated_output_tokens: null,
    allowed_cache_controls: key ? (JSON.parse(key.row.allowed_cache_controls) as string[]) : [],
    allowed_routes: key ? (JSON.parse(key.row.allowed_routes) as string[]) : [],
    allowed_ips: [],
    ...presentDetailedLimits(user),
    blocked: key?.row.blocked_at == null ? null : true,
    created_at: createdAt,
    created_by: user.created_by,
    updated_at: createdAt,
    updated_by: user.updated_by,
    litellm_budget_table: null,
  };
}

/** 422: nobody sets the password of somebody else. */
export function passwordNotAccepted(): ApiError {
  const msg =
    'Nobody sets the password of another person. Create an invitation with /invitation/new and send them its link.';
  return new ApiError(422, msg, {
    type: 'validation_error',
    detail: [{ type: 'extra_forbidden', loc: ['body', 'password'], msg }],
  });
}
