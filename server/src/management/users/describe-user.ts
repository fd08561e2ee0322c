import { describeDetailedLimits } from '../budgets/index.ts';
import type { UserTable } from './users.table.ts';

/** A user for the audit log, which hides the password's hash and keeps that it changed. */
export function describeUser(user: UserTable): Record<string, unknown> {
  return {
    user_email: user.user_email,
    user_alias: user.user_alias,
    user_role: user.user_role,
    models: JSON.parse(user.models) as unknown,
    max_budget_nano_usd: user.max_budget_nano_usd,
    budget_duration: user.budget_duration,
    spend_nano_usd: user.spend_nano_usd,
    tpm_limit: user.tpm_limit,
    rpm_limit: user.rpm_limit,
    max_parallel_requests: user.max_parallel_requests,
    ...describeDetailedLimits(user),
    password_hash: user.password_hash,
    password_reset_required_at: user.password_reset_required_at,
  };
}
