import { countValues, SeriesKey, StackedBars } from '../../charts/index.ts';
import { CodeBlock } from '../../components/code-block.tsx';
import { Section } from '../../components/page.tsx';
import type { DayRange } from '../../components/time-range.ts';
import { readerLocale } from '../../format/index.ts';
import { useCan } from '../../session/use-session.ts';
import { chartBuckets } from '../usage/usage-series.ts';
import { hitRate, isResponseCacheSilent, responseSeries } from './caching-series.ts';
import { type CachingTableProps, ResponseCacheTable } from './caching-tables.tsx';
import { responseSentence } from './caching-words.ts';

/** Props of the section of each measure. */
export interface CacheSectionProps extends CachingTableProps {
  days: DayRange;
}

const meaning = 'Repeated requests that the gateway answers itself, without calling the provider.';

/** What the gateway's own cache did: over time, and by group. */
export function ResponseCacheSection({ days, ...table }: CacheSectionProps) {
  const { caching } = table;
  if (isResponseCacheSilent(caching)) {
    return (
      <Section title="Response cache" description={meaning} className="border-t-0 pt-0">
        <ResponseCachingOff />
      </Section>
    );
  }
  const series = responseSeries(caching);
  const rate = hitRate(caching);
  return (
    <Section title="Response cache" description={meaning} className="border-t-0 pt-0">
      {!caching.enabled && (
        <p className="mb-3 border-warning border-l-2 pl-3 text-body">
          Response caching is off now. These numbers are from when it was on.
        </p>
      )}
      <StackedBars
        title="Requests by what the response cache did"
        summary={responseSentence(caching)}
        buckets={chartBuckets(caching.buckets, {
          granularity: days.granularity,
          timeZone: caching.timezone,
          locale: readerLocale(),
          now: new Date(),
        })}
        series={series}
        format={countValues}
        granularity={days.granularity}
        timeZone={caching.timezone}
        rate={rate}
        emptyReason="No requests in these days."
        seriesKey={series.length > 0 && <SeriesKey series={series} line={rate?.label} />}
      />
      {caching.groups.length > 0 && (
        <div className="mt-6">
          <ResponseCacheTable {...table} />
        </div>
      )}
    </Section>
  );
}

/** Off is not 0 %: says so, and how to change it to those who can. */
function ResponseCachingOff() {
  const canConfigure = useCan('user:create') === 'all';
  return (
    <div className="flex flex-col items-start gap-2 pb-2">
      <p className="text-control">Response caching is off</p>
      <p className="max-w-[72ch] text-body text-ink-2">
        Every request goes to its provider, so there is no hit rate to show.{' '}
        {canConfigure
          ? 'To turn it on, add this to the gateway’s config.yaml and restart it:'
          : 'An admin of this gateway can turn it on.'}
      </p>
      {canConfigure && (
        <div className="w-full max-w-[560px]">
          <CodeBlock label="configuration" code={'litellm_settings:\n  cache: true'} />
        </div>
      )}
    </div>
  );
}
