import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { nanoUsdFrom } from '../../api/nano-usd.ts';
import { BudgetBar } from '../../components/budget-bar.tsx';
import { elapsedOfWindow } from '../../components/describe-window.ts';
import { Section } from '../../components/page.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { formatCount, formatDate, formatRelative, formatUsd } from '../../format/index.ts';
import { ownUserQuery } from '../keys/charge-options.ts';

/** Every budget and rate that applies to this person. */
export function MyLimits() {
  const own = useQuery(ownUserQuery);
  return (
    <Section title="My limits" ruled="narrow">
      {own.isError ? (
        <ErrorState what="Your limits" error={own.error} onRetry={() => void own.refetch()} />
      ) : own.data === undefined ? (
        <div className="flex flex-col gap-3">
          <Skeleton className="w-full" />
          <Skeleton className="w-2/3" />
        </div>
      ) : (
        <Limits user={own.data.user_info} teams={own.data.teams} />
      )}
    </Section>
  );
}

interface Budget {
  spend: number;
  max_budget: number | null;
  budget_duration: string | null;
  budget_reset_at: string | null;
}

interface Person extends Budget {
  user_id: string;
  rpm_limit: number | null;
  tpm_limit: number | null;
}

interface Team extends Budget {
  team_id: string;
  team_alias: string | null;
  team_memberships: readonly {
    user_id: string;
    spend: number;
    litellm_budget_table: { max_budget: number | null; budget_duration: string | null } | null;
  }[];
}

function Limits({ user, teams }: { user: Person | null; teams: readonly Team[] }) {
  return (
    <div className="flex flex-col divide-y divide-line">
      {user !== null && (
        <BudgetLine
          name="My budget"
          budget={user}
          note="Applies to keys outside teams."
          none="No budget: nothing stops your own keys but their own limits."
        />
      )}
      {teams.map((team) => {
        const name = `Team ${team.team_alias ?? team.team_id}`;
        const membership = team.team_memberships.find((member) => member.user_id === user?.user_id);
        const share = membership?.litellm_budget_table?.max_budget ?? null;
        return (
          <div key={team.team_id} className="flex flex-col divide-y divide-line">
            <BudgetLine
              name={name}
              budget={team}
              note="Applies to keys of this team."
              none="No budget for keys of this team."
            />
            {membership !== undefined && share !== null && (
              <BudgetLine
                name={`My share of ${name}`}
                budget={{
                  spend: membership.spend,
                  max_budget: share,
                  budget_duration: membership.litellm_budget_table?.budget_duration ?? null,
                  budget_reset_at: null,
                }}
                note="Applies to your keys of this team."
                none=""
              />
            )}
          </div>
        );
      })}
      {user !== null && user.rpm_limit !== null && <Line name="Requests a minute">{formatCount(user.rpm_limit)}</Line>}
      {user !== null && user.tpm_limit !== null && <Line name="Tokens a minute">{formatCount(user.tpm_limit)}</Line>}
    </div>
  );
}

function BudgetLine({ name, budget, note, none }: { name: string; budget: Budget; note: string; none: string }) {
  const spendNanoUsd = nanoUsdFrom(budget.spend);
  return (
    <div className="py-3 first:pt-0">
      <p className="mb-1 font-medium">{name}</p>
      {budget.max_budget === null ? (
        <p className="text-ink-2">
          {formatUsd(spendNanoUsd)} spent. {none}
        </p>
      ) : (
        <>
          <BudgetBar
            label={name}
            spendNanoUsd={spendNanoUsd}
            limitNanoUsd={nanoUsdFrom(budget.max_budget)}
            elapsed={elapsedOfWindow(budget.budget_duration, budget.budget_reset_at)}
          />
          <p className="mt-1.5 text-ink-3 text-meta">
            {note}
            {budget.budget_reset_at !== null && (
              <>
                {' '}
                Resets {formatDate(budget.budget_reset_at, { timeZone: 'UTC' })}, {timeInUtc(budget.budget_reset_at)}{' '}
                UTC ({formatRelative(budget.budget_reset_at)}).
              </>
            )}
          </p>
        </>
      )}
    </div>
  );
}

function Line({ name, children }: { name: string; children: ReactNode }) {
  return (
    <p className="flex justify-between py-2">
      <span className="text-ink-2">{name}</span>
      <span className="tabular-nums">{children}</span>
    </p>
  );
}

function timeInUtc(iso: string): string {
  return new Date(iso).toISOString().slice(11, 16);
}
