import { FigureTile, FigureTiles, Sparkline } from '../../charts/index.ts';
import { Skeleton } from '../../components/states.tsx';
import { formatCount, formatPercent, formatTokens, formatUsd, formatUsdExact } from '../../format/index.ts';
import { type Caching, hitRate, isResponseCacheSilent, promptShare } from './caching-series.ts';

/** The numbers of both measures, each under its own name. */
export function CachingTiles({ caching }: { caching: Caching | undefined }) {
  if (caching === undefined) {
    return (
      <FigureTiles label="Totals" columns={4}>
        {[
          'Saved by the response cache',
          'Response-cache hit rate',
          'Tokens from the response cache',
          'Prompt-cache share',
        ].map((label) => (
          <div key={label} className="px-4 py-3">
            <span className="text-ink-2 text-meta">{label}</span>
            <Skeleton className="mt-3 mb-2 h-6 w-24" />
            <Skeleton className="h-2.5 w-32" />
          </div>
        ))}
      </FigureTiles>
    );
  }
  const { totals } = caching;
  const isOff = isResponseCacheSilent(caching);
  const tokensSaved = totals.cached_prompt_tokens + totals.cached_completion_tokens;
  return (
    <FigureTiles label="Totals" columns={4}>
      <FigureTile
        label="Saved by the response cache"
        value={isOff ? 'Off' : formatUsd(totals.saved_nano_usd)}
        {...(isOff ? {} : { exact: `${formatUsdExact(totals.saved_nano_usd)}: what these answers would have cost` })}
        detail={isOff ? 'Response caching is off' : 'What these answers would have cost'}
      />
      <FigureTile
        label="Response-cache hit rate"
        value={isOff ? 'Off' : formatPercent(totals.hits, totals.eligible)}
        detail={
          isOff
            ? undefined
            : totals.eligible === 0
              ? 'No eligible requests'
              : `${formatCount(totals.hits)} of ${formatCount(totals.eligible)} eligible`
        }
        trend={isOff ? undefined : rateTrend('Hit rate', hitRate(caching).values)}
      />
      <FigureTile
        label="Tokens from the response cache"
        value={isOff ? 'Off' : formatTokens(tokensSaved)}
        {...(isOff ? {} : { exact: formatCount(tokensSaved) })}
        detail={
          isOff
            ? undefined
            : `${formatTokens(totals.cached_prompt_tokens)} in, ${formatTokens(totals.cached_completion_tokens)} out`
        }
      />
      <FigureTile
        label="Prompt-cache share"
        value={formatPercent(totals.cache_read_input_tokens, totals.input_tokens)}
        detail={
          totals.input_tokens === 0
            ? 'No input tokens'
            : `${formatTokens(totals.cache_read_input_tokens)} of ${formatTokens(totals.input_tokens)} input tokens`
        }
        trend={rateTrend('Share read from cache', promptShare(caching).values)}
      />
    </FigureTiles>
  );
}

/** Days without a measurement are left out of the line. */
function rateTrend(name: string, values: readonly (number | null)[]) {
  const measured = values.filter((value) => value !== null);
  if (measured.length < 2 || Math.max(...measured) === 0) return undefined;
  return <Sparkline values={measured} title={`${name} over time, peak ${formatPercent(Math.max(...measured), 1)}`} />;
}
