import type * as z from 'zod/mini';
import { masterUserId } from '../../access/principal.ts';
import { nanoUsdToUsd, optionalNanoUsdToUsd } from '../../money/money.ts';
import { presentDetailedLimits } from '../budgets/index.ts';
import { presentOrganizationMembership } from '../organizations/present-organization.ts';
import type { userRow } from './users.contract.ts';
import type { UserRecord } from './users.store.ts';

/** A user as the API shows it. */
export type PresentedUser = z.infer<typeof userRow>;

/** Shows a stored user at the given time (epoch milliseconds). Amounts in dollars; the password's hash stays inside. */
export function presentUser(user: UserRecord, nowMs: number): PresentedUser {
  return {
    user_id: user.user_id,
    user_email: user.user_email,
    user_alias: user.user_alias,
    user_role: user.user_role,
    teams: [...user.team_ids],
    models: JSON.parse(user.models) as string[],
    spend: nanoUsdToUsd(user.spend_nano_usd),
    max_budget: optionalNanoUsdToUsd(user.max_budget_nano_usd),
    budget_duration: user.budget_duration,
    budget_reset_at: isoOrNull(user.budget_reset_at),
    tpm_limit: user.tpm_limit,
    rpm_limit: user.rpm_limit,
    max_parallel_requests: user.max_parallel_requests,
    metadata: JSON.parse(user.metadata) as Record<string, unknown>,
    sso_user_id: user.sso_user_id,
    organization_id: user.organization_id,
    organization_memberships: user.organization_memberships.map((membership) =>
      presentOrganizationMembership({ ...membership, user_email: user.user_email }),
    ),
    allowed_cache_controls: [],
    policies: [],
    model_spend: {},
    object_permission: null,
    object_permission_id: null,
    ...presentDetailedLimits(user),
    created_at: new Date(user.created_at).toISOString(),
    updated_at: new Date(user.updated_at).toISOString(),
    status: statusOf(user, nowMs),
    invitation_expires_at: isoOrNull(user.invitation_expires_at),
    last_active_at: isoOrNull(user.last_active_at),
  };
}

/** Whether the person can sign in, and if not yet, what the way there is. */
function statusOf(user: UserRecord, nowMs: number): PresentedUser['status'] {
  if (user.disabled_at !== null) return 'disabled';
  const signsIn = user.password_hash !== null || user.sso_user_id !== null || user.user_id === masterUserId;
  if (signsIn) return 'active';
  if (user.invitation_expires_at === null) return 'no_password';
  return user.invitation_expires_at > nowMs ? 'invited' : 'invitation_expired';
}

function isoOrNull(instantMs: number | null): string | null {
  return instantMs === null ? null : new Date(instantMs).toISOString();
}
