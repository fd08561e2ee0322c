import type { Block, EventGroup } from '../../mail/email-template.ts';
import { writeInstant } from '../../mail/write-instant.ts';
import { nanoUsdToUsd, optionalNanoUsdToUsd } from '../../money/money.ts';
import { writeUsd } from '../../money/write-usd.ts';

/** A budget and what is spent of it, as mails tell of it. */
export interface BudgetMail {
  /** Whose budget it is. */
  readonly group: Exclude<EventGroup, 'proxy'>;
  /** What people call the key, team or person. */
  readonly name: string;
  readonly spendNanoUsd: number;
  readonly maxBudgetNanoUsd: number | null;
  readonly softBudgetNanoUsd: number | null;
  /** When it starts anew, in epoch milliseconds; null: never. */
  readonly resetsAt: number | null;
  readonly timeZone: string;
  /** Where to look closer; null when nobody knows the gateway's address. */
  readonly link: string | null;
  readonly keyHash: string | null;
  readonly keyAlias: string | null;
  readonly userId: string | null;
  readonly userEmail: string | null;
  readonly teamId: string | null;
  readonly teamAlias: string | null;
  readonly organizationId: string | null;
}

/** A made-up budget, for previews. */
export function sampleBudgetMail(baseUrl: string): BudgetMail {
  return {
    group: 'key',
    name: 'laptop',
    spendNanoUsd: 20_480_000_000,
    maxBudgetNanoUsd: 25_000_000_000,
    softBudgetNanoUsd: 20_000_000_000,
    resetsAt: Date.UTC(2026, 6, 1),
    timeZone: 'UTC',
    link: `${baseUrl}/ui/usage`,
    keyHash: '3f5a0c1e9b7d2468ace013579bdf02468ace13579bdf02468ace13579bdf0246',
    keyAlias: 'laptop',
    userId: 'e9d45c7c-b20b-4ff8-ae76-3f479a7b1d7d',
    userEmail: 'ann@example.com',
    teamId: null,
    teamAlias: null,
    organizationId: null,
  };
}

/** Whose budget it is, within a sentence. */
export function ownerInWords({ group, name, teamAlias, teamId }: BudgetMail): string {
  switch (group) {
    case 'key':
      return `your key ${name}`;
    case 'internal_user':
      return 'your own keys';
    case 'team':
      return `the team ${name}`;
    case 'team_member':
      return `your keys in the team ${teamAlias ?? teamId ?? name}`;
    case 'organization':
      return `the organization ${name}`;
    case 'organization_member':
      return `your keys in the organization ${name}`;
  }
}

/** Whose budget it is, for those who are not its owner. */
export function ownerForOthers({ group, name, userEmail, userId, teamAlias, teamId }: BudgetMail): string {
  switch (group) {
    case 'key':
      return `key ${name}`;
    case 'internal_user':
      return `user ${userEmail ?? userId ?? name}`;
    case 'team':
      return `team ${name}`;
    case 'team_member':
      return `${userEmail ?? userId ?? name} in team ${teamAlias ?? teamId ?? ''}`;
    case 'organization':
      return `organization ${name}`;
    case 'organization_member':
      return `${userEmail ?? userId ?? ''} in organization ${name}`;
  }
}

/** How much of the limit is spent, in percent; not rounded. */
export function percentOf(spendNanoUsd: number, limitNanoUsd: number | null): number {
  return limitNanoUsd === null || limitNanoUsd === 0 ? 100 : (spendNanoUsd / limitNanoUsd) * 100;
}

/** What there is to know about the budget. */
export function budgetFacts(budget: BudgetMail): Block {
  return {
    kind: 'facts',
    facts: [
      ['Spent', writeUsd(budget.spendNanoUsd)],
      ...(budget.softBudgetNanoUsd === null ? [] : [['Soft budget', writeUsd(budget.softBudgetNanoUsd)] as const]),
      ...(budget.maxBudgetNanoUsd === null ? [] : [['Budget', writeUsd(budget.maxBudgetNanoUsd)] as const]),
      ['Starts anew', budget.resetsAt === null ? 'never' : writeInstant(budget.resetsAt, budget.timeZone)],
    ],
  };
}

/** The button to where one sees what was spent, when it has an address. */
export function usageButton({ link }: BudgetMail): Block[] {
  return link === null ? [] : [{ kind: 'button', label: 'See what it was spent on', url: link }];
}

/** What webhooks and Slack are told of a budget, besides what has happened. */
export function announcedBudget(budget: BudgetMail) {
  return {
    event_group: budget.group,
    alertType: 'budget_alerts',
    token: budget.keyHash,
    key_alias: budget.keyAlias,
    user_id: budget.userId,
    user_email: budget.userEmail,
    team_id: budget.teamId,
    team_alias: budget.teamAlias,
    organization_id: budget.organizationId,
    spend: nanoUsdToUsd(budget.spendNanoUsd),
    max_budget: optionalNanoUsdToUsd(budget.maxBudgetNanoUsd),
    soft_budget: optionalNanoUsdToUsd(budget.softBudgetNanoUsd),
  };
}
