import { FigureTile, FigureTiles, type RateLine, Sparkline } from '../../charts/index.ts';
import { Skeleton } from '../../components/states.tsx';
import {
  formatCount,
  formatDuration,
  formatPercent,
  formatTokens,
  formatUsd,
  formatUsdExact,
  notAvailable,
} from '../../format/index.ts';
import {
  type Caching,
  hitRate,
  isPromptCacheSilent,
  isResponseCacheSilent,
  promptShare,
  reportedInput,
  savedNanoUsd,
} from './caching-series.ts';
import { notReportedWords } from './caching-words.ts';

const labels = {
  saved: 'Saved by caching',
  hitRate: 'Response-cache hit rate',
  share: 'Prompt-cache share',
  time: 'Time saved',
} as const;

/** The four numbers of the range. Money is of both caches, net; everything else is of one of them. */
export function CachingTiles({ caching }: { caching: Caching | undefined }) {
  if (caching === undefined) {
    return (
      <FigureTiles label="Totals" columns={4}>
        {Object.values(labels).map((label) => (
          <div key={label} className="px-4 py-3">
            <span className="text-ink-2 text-meta">{label}</span>
            <Skeleton className="mt-3 mb-2 h-6 w-24" />
            <Skeleton className="h-2.5 w-32" />
          </div>
        ))}
      </FigureTiles>
    );
  }
  return (
    <FigureTiles label="Totals" columns={4}>
      <SavedTile caching={caching} />
      <HitRateTile caching={caching} />
      <ShareTile caching={caching} />
      <TimeTile caching={caching} />
    </FigureTiles>
  );
}

interface TileProps {
  caching: Caching;
}

function SavedTile({ caching }: TileProps) {
  const { totals } = caching;
  const isOff = isResponseCacheSilent(caching);
  if (isOff && totals.prompt_cache.read_share === null) {
    return <FigureTile label={labels.saved} value={notAvailable} detail="Nothing was measured" />;
  }
  const saved = savedNanoUsd(totals);
  const parts = [
    ...(isOff ? [] : [`Response cache ${formatUsd(totals.response_cache.saved_nano_usd)}`]),
    ...(isPromptCacheSilent(totals) ? [] : [`prompt cache ${formatUsd(totals.prompt_cache.net_saved_nano_usd)} net`]),
  ];
  return (
    <FigureTile
      label={labels.saved}
      value={formatUsd(saved)}
      exact={`${formatUsdExact(saved)}: ${formatUsdExact(totals.spend_nano_usd)} were spent, and without caching it would have been ${formatUsdExact(totals.spend_nano_usd + saved)}`}
      detail={sentenceCase(parts.join(', '))}
    />
  );
}

function HitRateTile({ caching }: TileProps) {
  if (isResponseCacheSilent(caching)) {
    return <FigureTile label={labels.hitRate} value="Off" detail="Response caching is off" />;
  }
  const { hits, eligible } = caching.totals.response_cache;
  return (
    <FigureTile
      label={labels.hitRate}
      value={formatPercent(hits, eligible)}
      detail={eligible === 0 ? 'No eligible requests' : `${formatCount(hits)} of ${formatCount(eligible)} eligible`}
      trend={rateTrend(hitRate(caching))}
    />
  );
}

function ShareTile({ caching }: TileProps) {
  const { totals } = caching;
  if (isPromptCacheSilent(totals)) {
    const words = notReportedWords(caching);
    return <FigureTile label={labels.share} value="Not reported" detail={words.replace(/^not reported ?/, '')} />;
  }
  const read = totals.prompt_cache.cache_read_input_tokens;
  const whole = reportedInput(totals);
  const isPart = whole < totals.prompt_cache.input_tokens;
  return (
    <FigureTile
      label={labels.share}
      value={formatPercent(read, whole)}
      detail={
        whole === 0
          ? 'No input tokens'
          : `${formatTokens(read)} of ${formatTokens(whole)} ${isPart ? 'reported' : 'input'} tokens`
      }
      trend={rateTrend(promptShare(caching))}
    />
  );
}

function TimeTile({ caching }: TileProps) {
  if (isResponseCacheSilent(caching)) {
    return <FigureTile label={labels.time} value="Off" detail="Response caching is off" />;
  }
  const { saved_ms: savedMs, hits } = caching.totals.response_cache;
  return (
    <FigureTile
      label={labels.time}
      value={hits === 0 ? notAvailable : formatDuration(savedMs)}
      exact="What the same answers took when their providers gave them, less what the cache took"
      detail={hits === 0 ? 'No hits' : `${formatDuration(savedMs / hits)} per hit`}
    />
  );
}

function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Days without a measurement are left out of the line. */
function rateTrend(rate: RateLine | undefined) {
  const measured = rate?.values.filter((value) => value !== null) ?? [];
  if (rate === undefined || measured.length < 2 || Math.max(...measured) === 0) return undefined;
  return (
    <Sparkline values={measured} title={`${rate.label} over time, peak ${formatPercent(Math.max(...measured), 1)}`} />
  );
}
