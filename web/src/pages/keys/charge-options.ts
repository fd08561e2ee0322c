import { getUser, type listTeams } from '@latchkey/server/contract';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { call, type ResultOf } from '../../api/call.ts';
import { nanoUsdFrom } from '../../api/nano-usd.ts';
import { formatDate, formatUsd } from '../../format/index.ts';
import { useCan, useSession } from '../../session/use-session.ts';
import { teamsQuery } from './key-queries.ts';

/** The caller's own row with keys and teams. */
export const ownUserQuery = queryOptions({
  queryKey: ['users', 'me'],
  queryFn: ({ signal }) => call(getUser, {}, { signal }),
});

/** Somebody who can pay for a key. */
export interface ChargeOption {
  /** As `KeyDraft.charge` has it. */
  value: string;
  label: string;
  /** What is left, in words. */
  hint: string;
  /** In the summary: "charged to …". */
  payer: string;
  /** The most that a budget of the key makes sense for; null: no limit. */
  limitUsd: number | null;
  leftUsd: number | null;
}

type Team = ResultOf<typeof listTeams>[number];

/** The budgets that this person may create keys on. */
export function useChargeOptions(): readonly ChargeOption[] {
  const session = useSession();
  const reach = useCan('key:create');
  const own = useQuery(ownUserQuery);
  const teams = useQuery(teamsQuery);
  const user = own.data?.user_info ?? null;
  const administered = new Set(session.teams.filter((team) => team.role === 'admin').map((team) => team.team_id));
  const usable = (teams.data ?? []).filter(
    (team) => reach === 'all' || administered.has(team.team_id) || memberMayCreate(team),
  );
  return [
    {
      value: 'me',
      label: 'My budget',
      hint: user === null ? '' : wordsOf(user),
      payer: 'you',
      limitUsd: user?.max_budget ?? null,
      leftUsd: leftOf(user),
    },
    ...usable.map((team) => {
      const name = team.team_alias ?? team.team_id;
      return {
        value: `team:${team.team_id}`,
        label: `Team ${name}`,
        hint: wordsOf(team),
        payer: `team ${name}`,
        limitUsd: team.max_budget,
        leftUsd: leftOf(team),
      };
    }),
    ...(reach === 'all'
      ? [
          {
            value: 'person',
            label: 'Another person',
            hint: 'Their own budget pays. Send them the key yourself.',
            payer: 'them',
            limitUsd: null,
            leftUsd: null,
          },
        ]
      : []),
  ];
}

interface Budget {
  spend: number;
  max_budget: number | null;
  budget_reset_at: string | null;
}

function leftOf(budget: Budget | null): number | null {
  if (budget === null || budget.max_budget === null) return null;
  return Math.max(0, nanoUsdFrom(budget.max_budget) - nanoUsdFrom(budget.spend)) / 1_000_000_000;
}

function wordsOf(budget: Budget): string {
  if (budget.max_budget === null) return 'No limit';
  const left = Math.max(0, nanoUsdFrom(budget.max_budget) - nanoUsdFrom(budget.spend));
  const resets =
    budget.budget_reset_at === null ? '' : `, resets ${formatDate(budget.budget_reset_at, { timeZone: 'UTC' })}`;
  return `${formatUsd(left)} left of ${formatUsd(nanoUsdFrom(budget.max_budget))}${resets}`;
}

function memberMayCreate(team: Team): boolean {
  return team.team_member_permissions.includes('/key/generate');
}
