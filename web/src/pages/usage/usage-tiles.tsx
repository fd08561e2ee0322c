import { Link } from '@tanstack/react-router';
import { FigureTile, FigureTiles, Sparkline } from '../../charts/index.ts';
import { linkClass } from '../../components/link-class.ts';
import { Skeleton } from '../../components/states.tsx';
import {
  formatCount,
  formatCountOf,
  formatDelta,
  formatPercent,
  formatTokens,
  formatUsd,
  formatUsdDigits,
  formatUsdExact,
  notAvailable,
} from '../../format/index.ts';
import { tokensOf, type Usage, type UsageTotals } from './usage-series.ts';
import type { UsageMetric } from './usage-view.ts';

/** Props of `UsageTiles`. */
export interface UsageTilesProps {
  /** `undefined` while the first answer is on its way. */
  usage: Usage | undefined;
  metric: UsageMetric;
  onMetricChange: (metric: UsageMetric) => void;
  /** What changes are measured against; undefined: no comparison. */
  against: string | undefined;
  /** The range part of the address, for the link to the caching page. */
  rangeSearch: Readonly<Record<string, string>>;
}

/** The five numbers of the range; the first three choose what the bars measure. */
export function UsageTiles({ usage, metric, onMetricChange, against, rangeSearch }: UsageTilesProps) {
  if (usage === undefined) {
    return (
      <FigureTiles label="Totals" columns={5}>
        {['Spend', 'Requests', 'Tokens', 'Average cost per request', 'Saved by the response cache'].map((label) => (
          <div key={label} className="px-4 py-3">
            <span className="text-ink-2 text-meta">{label}</span>
            <Skeleton className="mt-3 mb-2 h-6 w-24" />
            <Skeleton className="h-2.5 w-32" />
          </div>
        ))}
      </FigureTiles>
    );
  }
  const { totals, buckets } = usage;
  const previous = against === undefined ? null : usage.previous_totals;
  const trend = (name: string, of: (totals: UsageTotals) => number, words: (value: number) => string) => {
    const values = buckets.map((bucket) => of(bucket.totals));
    const highest = Math.max(0, ...values);
    return buckets.length > 1 && highest > 0 ? (
      <Sparkline values={values} title={`${name} over time, peak ${words(highest)}`} />
    ) : undefined;
  };
  const averageOf = ({ spend_nano_usd, requests }: UsageTotals): number | null =>
    requests === 0 ? null : Math.round(spend_nano_usd / requests);
  const average = averageOf(totals);
  return (
    <FigureTiles label="Totals" columns={5}>
      <FigureTile
        label="Spend"
        value={formatUsd(totals.spend_nano_usd)}
        exact={formatUsdExact(totals.spend_nano_usd)}
        delta={previous && formatDelta(totals.spend_nano_usd, previous.spend_nano_usd)}
        deltaAgainst={against}
        trend={trend('Spend', ({ spend_nano_usd }) => spend_nano_usd, formatUsd)}
        isSelected={metric === 'spend'}
        onSelect={() => onMetricChange('spend')}
      />
      <FigureTile
        label="Requests"
        value={formatCount(totals.requests)}
        delta={previous && formatDelta(totals.requests, previous.requests)}
        deltaAgainst={against}
        trend={trend('Requests', ({ requests }) => requests, formatCount)}
        detail={totals.requests > 0 && `${formatPercent(totals.failed_requests, totals.requests)} failed`}
        isSelected={metric === 'requests'}
        onSelect={() => onMetricChange('requests')}
      />
      <FigureTile
        label="Tokens"
        value={formatTokens(tokensOf(totals))}
        exact={formatCount(tokensOf(totals))}
        delta={previous && formatDelta(tokensOf(totals), tokensOf(previous))}
        deltaAgainst={against}
        trend={trend('Tokens', tokensOf, formatTokens)}
        detail={totals.requests > 0 && <TokenWords totals={totals} />}
        isSelected={metric === 'tokens'}
        onSelect={() => onMetricChange('tokens')}
      />
      <FigureTile
        label="Average cost per request"
        value={average === null ? notAvailable : formatAverage(average)}
        {...(average === null ? {} : { exact: formatUsdExact(average) })}
        delta={previous && average !== null ? formatDelta(average, averageOf(previous)) : null}
        deltaAgainst={against}
      />
      <FigureTile
        label="Saved by the response cache"
        value={formatUsd(totals.saved_nano_usd)}
        exact={formatUsdExact(totals.saved_nano_usd)}
        delta={previous && formatDelta(totals.saved_nano_usd, previous.saved_nano_usd)}
        deltaAgainst={against}
        detail={
          <Link to="/caching" search={rangeSearch} className={linkClass}>
            {totals.cache_hits === 0
              ? 'Caching analytics'
              : `${formatCountOf(totals.cache_hits, 'answer')} from the response cache`}
          </Link>
        }
      />
    </FigureTiles>
  );
}

/** An average is a price: between a cent and a dollar it has four decimals. */
function formatAverage(nanoUsd: number): string {
  return nanoUsd >= 10_000_000 && nanoUsd < 1_000_000_000 ? `$${formatUsdDigits(nanoUsd, 4)}` : formatUsd(nanoUsd);
}

/** "12.4k in, 1.1k out, 9.8k cached": words, because screen readers do not read arrows. */
export function TokenWords({
  totals,
}: {
  totals: Pick<UsageTotals, 'prompt_tokens' | 'completion_tokens' | 'cache_read_input_tokens'>;
}) {
  const { prompt_tokens, completion_tokens, cache_read_input_tokens } = totals;
  return (
    <span
      title={`${formatCount(prompt_tokens)} in, ${formatCount(completion_tokens)} out, ${formatCount(cache_read_input_tokens)} of the input cached`}
    >
      {formatTokens(prompt_tokens)} in, {formatTokens(completion_tokens)} out
      {cache_read_input_tokens > 0 && `, ${formatTokens(cache_read_input_tokens)} cached`}
    </span>
  );
}
