import { SeriesKey, StackedBars, tokenValues } from '../../charts/index.ts';
import { Section } from '../../components/page.tsx';
import { readerLocale } from '../../format/index.ts';
import { chartBuckets } from '../usage/usage-series.ts';
import { promptSeries, promptShare } from './caching-series.ts';
import { PromptCacheTable } from './caching-tables.tsx';
import { promptSentence } from './caching-words.ts';
import type { CacheSectionProps } from './response-cache-section.tsx';

/** What the providers' prompt caches did: over time, and by group. */
export function PromptCacheSection({ days, ...table }: CacheSectionProps) {
  const { caching } = table;
  const series = promptSeries(caching);
  const rate = promptShare(caching);
  return (
    <Section title="Prompt cache" description="Input that a provider had read before and charges less for.">
      <StackedBars
        title="Input tokens by what the prompt caches did"
        summary={promptSentence(caching)}
        buckets={chartBuckets(caching.buckets, {
          granularity: days.granularity,
          timeZone: caching.timezone,
          locale: readerLocale(),
          now: new Date(),
        })}
        series={series}
        format={tokenValues}
        granularity={days.granularity}
        timeZone={caching.timezone}
        rate={rate}
        emptyReason="No input tokens in these days."
        seriesKey={series.length > 0 && <SeriesKey series={series} line={rate?.label} />}
      />
      {caching.groups.length > 0 && (
        <div className="mt-6">
          <PromptCacheTable {...table} />
        </div>
      )}
    </Section>
  );
}
