import { getUsage } from '@latchkey/server/contract';
import { useQuery } from '@tanstack/react-query';
import { call } from '../../api/call.ts';
import { lastDays } from '../../api/last-days.ts';
import { nanoUsdFrom } from '../../api/nano-usd.ts';
import { BudgetBar } from '../../components/budget-bar.tsx';
import { describeWindow, elapsedOfWindow } from '../../components/describe-window.ts';
import { Section } from '../../components/page.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { AbsoluteTime } from '../../components/time.tsx';
import { browserTimeZone, formatCount, formatPercent, formatTokens, formatUsd } from '../../format/index.ts';
import { RecentRequests } from '../../requests/recent-requests.tsx';
import { SpendByDay } from '../../requests/spend-by-day.tsx';
import type { KeyInfo } from './key-queries.ts';

/** What a key did: figures and spend by day of the last 14 days, its budget, its newest requests. */
export function KeyOverview({ hash, info }: { hash: string; info: KeyInfo }) {
  const timezone = browserTimeZone();
  const range = lastDays(14);
  const usage = useQuery({
    queryKey: ['keys', 'usage', hash, range, timezone],
    queryFn: ({ signal }) =>
      call(getUsage, { ...range, timezone, granularity: 'day', group_by: 'none', api_key: hash }, { signal }),
  });
  return (
    <div className="grid grid-cols-1 gap-x-12 lg:grid-cols-[2fr_1fr]">
      <Section title="Last 14 days" ruled={false}>
        {usage.isError ? (
          <ErrorState what="Usage of this key" error={usage.error} onRetry={() => void usage.refetch()} />
        ) : usage.data === undefined ? (
          <Skeleton className="h-48 w-full" />
        ) : (
          <>
            <dl className="mb-6 flex flex-wrap gap-x-10 gap-y-4">
              <Figure name="Spend">{formatUsd(usage.data.totals.spend_nano_usd)}</Figure>
              <Figure name="Requests">{formatCount(usage.data.totals.requests)}</Figure>
              <Figure name="Tokens">
                {formatTokens(usage.data.totals.prompt_tokens + usage.data.totals.completion_tokens)}
              </Figure>
              <Figure name="Errors">
                {formatPercent(usage.data.totals.failed_requests, usage.data.totals.requests)}
              </Figure>
            </dl>
            <SpendByDay title="Spend of this key by day" buckets={usage.data.buckets} timeZone={timezone} />
          </>
        )}
      </Section>
      <Section title="Budget" ruled="narrow">
        <KeyBudget info={info} />
      </Section>
      <Section title="Newest requests" className="lg:col-span-2">
        <RecentRequests apiKey={hash} limit={10} />
      </Section>
    </div>
  );
}

function Figure({ name, children }: { name: string; children: string }) {
  return (
    <div>
      <dt className="text-head text-ink-3">{name}</dt>
      <dd className="text-figure tabular-nums">{children}</dd>
    </div>
  );
}

function KeyBudget({ info }: { info: KeyInfo }) {
  const whose = info.team_id === null ? 'its owner’s budget' : 'its team’s budget';
  if (info.max_budget === null) {
    return (
      <p className="text-ink-2">
        No budget of its own; {whose} applies. It has spent {formatUsd(nanoUsdFrom(info.spend))} so far.
      </p>
    );
  }
  return (
    <div className="flex flex-col gap-3">
      <BudgetBar
        label="Budget of this key"
        spendNanoUsd={nanoUsdFrom(info.spend)}
        limitNanoUsd={nanoUsdFrom(info.max_budget)}
        elapsed={elapsedOfWindow(info.budget_duration, info.budget_reset_at)}
      />
      <p className="text-ink-3 text-meta">
        {formatUsd(nanoUsdFrom(info.max_budget))} {describeWindow(info.budget_duration)}
        {info.budget_reset_at !== null && (
          <>
            , resets <AbsoluteTime at={info.budget_reset_at} />
          </>
        )}
        . {capitalize(whose)} counts as well; whichever is used up first stops the key.
      </p>
    </div>
  );
}

function capitalize(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
