import { type ReactNode, useId, useState } from 'react';
import { Button } from '../components/button.tsx';
import { BarPlot, type PlotArea, plotArea } from './bar-plot.tsx';
import { ChartTable } from './chart-table.tsx';
import { type RateLine, ReadOut, readOutWords } from './read-out.tsx';
import { type ChartBucket, type ChartSeries, sumOf, totalsOf } from './series.ts';
import { useBucketCursor } from './use-bucket-cursor.ts';
import { useElementWidth } from './use-element-width.ts';
import type { ValueFormat } from './value-format.ts';
import './charts.css';

/** Below this width the read-out stands under the chart and does not float. */
const narrowPx = 640;

/** Props of `StackedBars`. */
export interface StackedBarsProps {
  /** Name of the chart for screen readers and of its table. */
  title: string;
  /** What the chart says, in one sentence. */
  summary: ReactNode;
  buckets: readonly ChartBucket[];
  /** Bottom of the stack first; see `topSeries`. */
  series: readonly ChartSeries[];
  format: ValueFormat;
  granularity: 'hour' | 'day';
  /** IANA zone of the buckets. */
  timeZone: string;
  /** Drawn as a line on a second axis from 0 to 100 %. */
  rate?: RateLine | undefined;
  /** Written into the empty frame when there is nothing to draw. */
  emptyReason: ReactNode;
  /** Names the colours, where no ranking table does. */
  seriesKey?: ReactNode;
}

/** Stacked bars over time: by pointer, finger, keyboard, as a sentence, or as a table. */
export function StackedBars(props: StackedBarsProps) {
  const { title, summary, buckets, series, format, granularity, rate, seriesKey } = props;
  const [asTable, setAsTable] = useState(false);
  const summaryId = useId();
  const isEmpty = sumOf(totalsOf(series, buckets.length)) === 0;
  return (
    <figure className="flex min-w-0 flex-col gap-3">
      <div className="flex items-start justify-between gap-4">
        <figcaption id={summaryId} className="max-w-[72ch] text-body text-ink-2">
          {summary}
        </figcaption>
        {!isEmpty && (
          <Button
            variant="ghost"
            size="small"
            aria-pressed={asTable}
            className="-mr-2"
            onClick={() => setAsTable(!asTable)}
          >
            {asTable ? 'View as chart' : 'View as table'}
          </Button>
        )}
      </div>
      {seriesKey}
      {asTable && !isEmpty ? (
        <ChartTable
          title={title}
          bucketHead={granularity === 'hour' ? 'Hour' : 'Day'}
          buckets={buckets}
          series={series}
          format={format}
          rate={rate}
        />
      ) : (
        <Plot {...props} isEmpty={isEmpty} summaryId={summaryId} />
      )}
    </figure>
  );
}

function Plot(props: StackedBarsProps & { isEmpty: boolean; summaryId: string }) {
  const { title, buckets, series, format, granularity, timeZone, rate, emptyReason, isEmpty, summaryId } = props;
  const chartId = useId();
  const [frame, widthPx] = useElementWidth<HTMLDivElement>();
  const isNarrow = widthPx > 0 && widthPx < narrowPx;
  const area = plotArea(widthPx, isNarrow ? 200 : 264, rate !== undefined);
  const restIndex = newestIndex(buckets);
  const cursor = useBucketCursor(buckets.length, restIndex, (clientX, element) => {
    const box = element.getBoundingClientRect();
    const index = Math.floor(((clientX - box.left) / box.width) * buckets.length);
    return index >= 0 && index < buckets.length ? index : null;
  });
  // On a phone the newest bucket is read out until another is touched, so that nothing jumps.
  const readIndex = cursor.index ?? (isNarrow ? restIndex : null);
  const bucket = readIndex === null ? undefined : buckets[readIndex];
  const spoken = buckets[cursor.index ?? restIndex];

  return (
    <div>
      <div ref={frame} className="relative" style={{ height: area.heightPx }}>
        {widthPx > 0 && (
          <BarPlot
            chartId={chartId}
            area={area}
            buckets={buckets}
            series={series}
            format={format}
            granularity={granularity}
            timeZone={timeZone}
            rate={rate}
            activeIndex={isEmpty ? null : cursor.index}
          />
        )}
        {isEmpty && (
          <div className="absolute inset-0 flex items-center justify-center pb-6 text-center text-body text-ink-2">
            <div className="max-w-[44ch] bg-canvas px-3 py-1">{emptyReason}</div>
          </div>
        )}
        {!isEmpty && (
          <div
            role="slider"
            tabIndex={0}
            aria-label={`${title}: read one ${granularity} at a time`}
            aria-describedby={summaryId}
            aria-orientation="horizontal"
            aria-valuemin={1}
            aria-valuemax={buckets.length}
            aria-valuenow={(cursor.index ?? restIndex) + 1}
            aria-valuetext={
              spoken && readOutWords({ bucket: spoken, index: cursor.index ?? restIndex, series, format, rate })
            }
            className="chart-cursor-area absolute select-none"
            style={{ left: area.leftPx, right: area.rightPx, top: area.topPx, bottom: 0 }}
            {...cursor.handlers}
          />
        )}
        {!isEmpty && !isNarrow && bucket && readIndex !== null && (
          <FloatingReadOut area={area} index={readIndex} count={buckets.length} isPinned={cursor.isPinned}>
            <ReadOut bucket={bucket} index={readIndex} series={series} format={format} rate={rate} />
          </FloatingReadOut>
        )}
      </div>
      {!isEmpty && isNarrow && bucket && readIndex !== null && (
        <div className="mt-2 border-line border-y py-2">
          <ReadOut bucket={bucket} index={readIndex} series={series} format={format} rate={rate} />
        </div>
      )}
    </div>
  );
}

/** The bucket that is filling up; in a range that is over, the last. A day has hours that are still to come. */
function newestIndex(buckets: readonly ChartBucket[]): number {
  const open = buckets.findIndex(({ isPartial }) => isPartial);
  return open === -1 ? buckets.length - 1 : open;
}

interface FloatingReadOutProps {
  area: PlotArea;
  index: number;
  count: number;
  isPinned: boolean;
  children: ReactNode;
}

/** Stands beside the bucket, on the side with more room. */
function FloatingReadOut({ area, index, count, isPinned, children }: FloatingReadOutProps) {
  const stepPx = (area.widthPx - area.leftPx - area.rightPx) / count;
  const onRight = index < count / 2;
  const bucketLeftPx = area.leftPx + index * stepPx;
  return (
    <div
      aria-hidden
      className="pointer-events-none absolute z-10 min-w-52 max-w-80 rounded-control border border-overlay-line bg-surface px-3 py-2 shadow-overlay"
      style={onRight ? { left: bucketLeftPx + stepPx + 8, top: 0 } : { right: area.widthPx - bucketLeftPx + 8, top: 0 }}
    >
      {children}
      {isPinned && <p className="mt-1 text-ink-3 text-meta">Pinned. Esc lets go.</p>}
    </div>
  );
}
