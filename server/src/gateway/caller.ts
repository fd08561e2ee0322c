import { type SpendSubject, subjectName } from '../ledger/spend-subjects.ts';
import type { WindowRecord } from '../management/budgets/index.ts';
import type { BudgetRecord, KeyRecord } from '../management/keys/index.ts';
import { type Limits, limitedOnly, modelRatesUnder, specialLimits } from './limits.ts';

/** Somebody who may call models. */
export type Caller = { readonly kind: 'master' } | KeyCaller;

/** The holder of a key, with everything that bounds the key's calls. The key is the first of the subjects. */
export interface KeyCaller extends Limits {
  readonly kind: 'key';
  readonly key: KeyRecord;
}

/** What a key's calls spend from, with the budgets. The rule is that of `subjectsOf`. */
export function budgetsOf(key: KeyRecord): { subject: SpendSubject; budget: BudgetRecord | null }[] {
  const budgets: { subject: SpendSubject; budget: BudgetRecord | null }[] = [
    { subject: { kind: 'key', keyHash: key.keyHash }, budget: key.budget },
  ];
  const { userId, teamId, organization } = key;
  const add = (subject: SpendSubject, budget: BudgetRecord | undefined) =>
    budgets.push({ subject, budget: budget ?? null });
  if (teamId !== null) add({ kind: 'team', teamId }, key.team?.budget);
  const organizationId = organization?.organizationId ?? null;
  if (organizationId !== null) add({ kind: 'organization', organizationId }, organization?.budget);
  if (userId === null) return budgets;
  if (teamId === null) add({ kind: 'user', userId }, key.user?.budget);
  else add({ kind: 'member', teamId, userId }, key.member?.budget);
  if (organizationId !== null) {
    add({ kind: 'organization-member', organizationId, userId }, organization?.member?.budget);
  }
  return budgets;
}

/**
 * Puts a key together with the names under which its calls are counted. Rates of a person hold for every key of
 * theirs, also in teams; those on single models only where the person's budget holds. Source: contract 4.5.
 */
export function keyCaller(key: KeyRecord, windows: readonly WindowRecord[]): KeyCaller {
  const { user, team, member, organization, teamId, userId } = key;
  return {
    kind: 'key',
    key,
    subjects: budgetsOf(key).map(({ subject }) => subjectName(subject)),
    rates: limitedOnly([
      { scope: 'key', subject: `api_key:${key.keyHash}`, limits: key.rates },
      user && { scope: 'user', subject: `user:${userId}`, limits: user.rates },
      member && { scope: 'team_member', subject: `team_member:${teamId}:${userId}`, limits: member.rates },
      team && { scope: 'team', subject: `team:${teamId}`, limits: team.rates },
      organization && {
        scope: 'organization',
        subject: `organization:${organization.organizationId}`,
        limits: organization.rates,
      },
    ]),
    special: specialLimits(windows, [
      ...modelRatesUnder('key', `model_per_key:${key.keyHash}`, key.modelRates),
      ...(teamId === null
        ? modelRatesUnder('user', `model_per_user:${userId}`, user?.modelRates)
        : modelRatesUnder('team', `model_per_team:${teamId}`, team?.modelRates)),
      ...modelRatesUnder(
        'organization',
        `model_per_organization:${organization?.organizationId}`,
        organization?.modelRates,
      ),
    ]),
  };
}
