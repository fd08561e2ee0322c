import type { Kysely } from 'kysely';
import type { AuditEntry } from '../../audit/change.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { parseEmail } from '../../http/parse-email.ts';
import { nanoUsdToUsd, optionalNanoUsdToUsd } from '../../money/money.ts';
import type { Database } from '../../storage/database.ts';
import { firstBudgetResetAt } from '../budgets/index.ts';
import { deleteKeysOfMember, readAmount } from '../keys/index.ts';
import type { Parts } from '../parts.ts';
import { assertTeamManager, lockTeam } from './change-team.ts';
import { loadTeam, type TeamMemberRow, type TeamWithMembers } from './load-teams.ts';
import { type PresentedTeam, presentTeam } from './present-team.ts';
import type { MemberPatch } from './team-changes.contract.ts';
import type { TeamMemberTable } from './teams.table.ts';

/** Somebody in a team, named by id or by e-mail. */
export interface NamedMember {
  readonly team_id: string;
  readonly user_id?: string | null | undefined;
  readonly user_email?: string | null | undefined;
}

/** A member after a change. Amounts in dollars. */
export interface ChangedMember {
  team_id: string;
  user_id: string;
  user_email: string | null;
  max_budget_in_team: number | null;
  budget_duration: string | null;
  role: 'admin' | 'user';
  tpm_limit: number | null;
  rpm_limit: number | null;
}

/**
 * Changes what somebody is in a team and may spend in it: fields that were not sent stay. Admins of the gateway and
 * of the team may; the last admin of a team stays one.
 * @throws ApiError 400 or 403 in the contract's words.
 */
export async function updateTeamMember(parts: Parts, call: Call, input: MemberPatch): Promise<ChangedMember> {
  return parts.changes.change(call.context, async (tx) => {
    // The text of this refusal names the other endpoint in LiteLLM too.
    const { team, member } = await findMember(tx, call, input, '/team/member_delete', notInTable(input));
    if (input.role === 'user' && member.role === 'admin') assertOtherAdmin(team, member);
    const patch = readMemberPatch(parts, call, input, member);
    await tx
      .updateTable('team_members')
      .set({ ...patch, role: patch.role ?? member.role })
      .where('team_id', '=', member.team_id)
      .where('user_id', '=', member.user_id)
      .execute();
    const after = { ...member, ...patch };
    return {
      result: {
        team_id: after.team_id,
        user_id: after.user_id,
        user_email: after.user_email,
        max_budget_in_team: optionalNanoUsdToUsd(after.max_budget_nano_usd),
        budget_duration: after.budget_duration,
        role: after.role === 'admin' ? 'admin' : 'user',
        tpm_limit: after.tpm_limit,
        rpm_limit: after.rpm_limit,
      },
      audit: {
        action: 'updated',
        object: memberObject(member),
        before: describeMember(member),
        after: describeMember(after),
      },
    };
  });
}

function readMemberPatch(
  parts: Parts,
  call: Call,
  input: MemberPatch,
  before: TeamMemberTable,
): Partial<TeamMemberTable> {
  const patch: Partial<TeamMemberTable> = {};
  if (input.role) patch.role = input.role;
  if (call.sentFields.has('max_budget_in_team')) {
    patch.max_budget_nano_usd = readAmount('max_budget_in_team', input.max_budget_in_team);
  }
  const duration = input.budget_duration || null;
  if (call.sentFields.has('budget_duration') && duration !== before.budget_duration) {
    patch.budget_duration = duration;
    patch.budget_reset_at = firstBudgetResetAt(parts, duration);
  }
  if (call.sentFields.has('tpm_limit')) patch.tpm_limit = input.tpm_limit ?? null;
  if (call.sentFields.has('rpm_limit')) patch.rpm_limit = input.rpm_limit ?? null;
  return patch;
}

/**
 * Takes somebody out of a team, together with their keys of this team, which stop at once. Admins of the gateway and
 * of the team may; the last admin of a team stays.
 * @throws ApiError 400 or 403 in the contract's words.
 */
export async function deleteTeamMember(parts: Parts, call: Call, input: NamedMember): Promise<PresentedTeam> {
  return parts.changes.change(call.context, async (tx) => {
    const { team, member } = await findMember(tx, call, input, '/team/member_delete', 'User not found in team');
    if (member.role === 'admin') assertOtherAdmin(team, member);
    const audit = await removeMember(tx, member, { deletedBy: call.principal.userId ?? '', deletedAt: parts.now() });
    const after = (await loadTeam(tx, member.team_id)) ?? team;
    return { result: presentTeam(after, call.access), audit };
  });
}

/** Takes a member out of a team within a write, together with their keys of this team, which stop at once. */
export async function removeMember(
  tx: Kysely<Database>,
  member: TeamMemberTable,
  deletion: { readonly deletedBy: string; readonly deletedAt: number },
): Promise<readonly [AuditEntry, ...AuditEntry[]]> {
  const keys = await deleteKeysOfMember(tx, member, deletion);
  await tx
    .deleteFrom('team_members')
    .where('team_id', '=', member.team_id)
    .where('user_id', '=', member.user_id)
    .execute();
  return [{ action: 'deleted', object: memberObject(member), before: describeMember(member) }, ...keys];
}

/**
 * Sets what a member has spent in the current window of their budget in the team to less.
 * @param flush folds what is settled into the database first, so that nothing from before is counted after.
 * @throws ApiError 400, 403 or 404.
 */
export async function resetMemberSpend(
  parts: Parts,
  call: Call,
  input: { team_id: string; user_id: string; reset_to: number },
  flush: () => Promise<void>,
): Promise<{ team_id: string; user_id: string; spend: number; previous_spend: number; max_budget: number | null }> {
  if (input.reset_to < 0) throw new ApiError(400, 'reset_to must be >= 0');
  const resetTo = readAmount('reset_to', input.reset_to) ?? 0;
  await flush();
  return parts.changes.change(call.context, async (tx) => {
    const { member } = await findMember(
      tx,
      call,
      input,
      '/team/{team_id}/member/{user_id}/reset_spend',
      'User not found in team',
    );
    if (resetTo > member.spend_nano_usd) {
      throw new ApiError(
        400,
        `reset_to (${input.reset_to}) must be <= current spend (${nanoUsdToUsd(member.spend_nano_usd)})`,
      );
    }
    await tx
      .updateTable('team_members')
      .set({ spend_nano_usd: resetTo })
      .where('team_id', '=', member.team_id)
      .where('user_id', '=', member.user_id)
      .execute();
    return {
      result: {
        team_id: member.team_id,
        user_id: member.user_id,
        spend: nanoUsdToUsd(resetTo),
        previous_spend: nanoUsdToUsd(member.spend_nano_usd),
        max_budget: optionalNanoUsdToUsd(member.max_budget_nano_usd),
      },
      audit: {
        action: 'reset',
        object: memberObject(member),
        before: { spend_nano_usd: member.spend_nano_usd },
        after: { spend_nano_usd: resetTo },
      },
    };
  });
}

/** Finds a member of a team that is locked, once it is certain that the caller manages it. */
async function findMember(
  tx: Kysely<Database>,
  call: Call,
  named: NamedMember,
  route: string,
  whenMissing: string,
): Promise<{ team: TeamWithMembers; member: TeamMemberRow }> {
  const team = await lockTeam(tx, named.team_id);
  assertTeamManager(team, call, route, named.team_id);
  if (!team) throw new ApiError(400, `Team id=${named.team_id} does not exist in db`);
  if (!named.user_id && !named.user_email) {
    throw new ApiError(400, 'Either user_id or user_email must be provided.');
  }
  const email = named.user_email ? parseEmail(named.user_email)?.toLowerCase() : null;
  const member = team.members.find(
    (candidate) =>
      (!named.user_id || candidate.user_id === named.user_id) &&
      (!email || candidate.user_email?.toLowerCase() === email),
  );
  if (!member) throw new ApiError(400, whenMissing);
  return { team, member };
}

function notInTable(input: NamedMember): string {
  return `User id doesn't exist in team table. Data=user_id=${input.user_id ?? null}, user_email=${input.user_email ?? null}`;
}

function assertOtherAdmin({ team, members }: TeamWithMembers, member: TeamMemberRow): void {
  if (members.some((other) => other.role === 'admin' && other.user_id !== member.user_id)) return;
  throw new ApiError(
    400,
    `User=${member.user_id} is the last admin of team=${team.team_id}. Make another member its admin first, with /team/member_update.`,
  );
}

function memberObject(member: TeamMemberTable): AuditEntry['object'] {
  return { type: 'team-member', id: `${member.team_id}/${member.user_id}` };
}

function describeMember(member: TeamMemberTable): Record<string, unknown> {
  return {
    role: member.role,
    max_budget_nano_usd: member.max_budget_nano_usd,
    budget_duration: member.budget_duration,
    spend_nano_usd: member.spend_nano_usd,
    tpm_limit: member.tpm_limit,
    rpm_limit: member.rpm_limit,
  };
}
