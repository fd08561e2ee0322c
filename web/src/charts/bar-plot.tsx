import { axisLabels } from './axis-labels.ts';
import { BarFills, barFill } from './bar-fills.tsx';
import { LineOverlay } from './line-overlay.tsx';
import type { RateLine } from './read-out.tsx';
import { type ChartBucket, type ChartSeries, totalsOf } from './series.ts';
import { valueAxis } from './value-axis.ts';
import type { ValueFormat } from './value-format.ts';

/** Where the bars stand inside the drawing, in CSS pixels. */
export interface PlotArea {
  readonly widthPx: number;
  readonly heightPx: number;
  /** The hairlines begin at the left edge, the bars behind the labels that stand on the hairlines. */
  readonly leftPx: number;
  readonly rightPx: number;
  readonly topPx: number;
  readonly bottomPx: number;
}

/** The area for a chart of this size. */
export function plotArea(widthPx: number, heightPx: number, hasRate: boolean): PlotArea {
  return { widthPx, heightPx, leftPx: 56, rightPx: hasRate ? 44 : 0, topPx: 18, bottomPx: 24 };
}

/** Props of `BarPlot`. */
export interface BarPlotProps {
  chartId: string;
  area: PlotArea;
  buckets: readonly ChartBucket[];
  series: readonly ChartSeries[];
  format: ValueFormat;
  granularity: 'hour' | 'day';
  timeZone: string;
  rate: RateLine | undefined;
  activeIndex: number | null;
}

/** The drawing: hairlines, stacked bars, axis labels. Hidden from screen readers, which read the sentence and the table. */
export function BarPlot({
  chartId,
  area,
  buckets,
  series,
  format,
  granularity,
  timeZone,
  rate,
  activeIndex,
}: BarPlotProps) {
  const totals = totalsOf(series, buckets.length);
  const axis = valueAxis(Math.max(0, ...totals));
  const baselinePx = area.heightPx - area.bottomPx;
  const plotWidthPx = area.widthPx - area.leftPx - area.rightPx;
  const plotHeightPx = baselinePx - area.topPx;
  const stepPx = plotWidthPx / Math.max(1, buckets.length);
  const yAt = (value: number): number => Math.round(baselinePx - (value / axis.max) * plotHeightPx);
  const edgeAt = (index: number): number => Math.round(area.leftPx + index * stepPx);
  const labels = axisLabels(buckets, { granularity, timeZone, widthPx: plotWidthPx });
  const isEmpty = axis.ticks.length === 0;
  const hairlines = isEmpty ? [1 / 3, 2 / 3, 1] : axis.ticks;
  const tickTexts = isEmpty ? [] : format.ticks(axis.ticks);

  return (
    <svg aria-hidden width={area.widthPx} height={area.heightPx} className="block overflow-visible">
      <BarFills chartId={chartId} series={series} />
      {activeIndex !== null && (
        <rect
          x={edgeAt(activeIndex)}
          y={area.topPx}
          width={edgeAt(activeIndex + 1) - edgeAt(activeIndex)}
          height={plotHeightPx}
          style={{ fill: 'var(--chart-cursor)' }}
        />
      )}
      {hairlines.map((tick, position) => (
        <g key={tick}>
          <line className="chart-hairline" x1={0} x2={area.widthPx} y1={yAt(tick) + 0.5} y2={yAt(tick) + 0.5} />
          <text className="chart-axis-text" x={0} y={yAt(tick) - 5}>
            {tickTexts[position]}
          </text>
        </g>
      ))}
      {buckets.map((bucket, index) => (
        <Bar
          key={bucket.startsAt}
          chartId={chartId}
          series={series}
          index={index}
          leftPx={edgeAt(index)}
          widthPx={barWidthPx(edgeAt(index + 1) - edgeAt(index))}
          yAt={yAt}
          isPartial={bucket.isPartial}
        />
      ))}
      <line className="chart-baseline" x1={0} x2={area.widthPx} y1={baselinePx + 0.5} y2={baselinePx + 0.5} />
      {labels.map(({ index, text }) => (
        <g key={index}>
          <line
            className="chart-baseline"
            x1={edgeAt(index) + 0.5}
            x2={edgeAt(index) + 0.5}
            y1={baselinePx}
            y2={baselinePx + 5}
          />
          <AxisText text={text} x={edgeAt(index) + 4} y={baselinePx + 16} widthPx={area.widthPx} />
        </g>
      ))}
      {rate && <RateAxis area={area} />}
      {rate && (
        <LineOverlay
          values={rate.values}
          xAt={(index) => area.leftPx + (index + 0.5) * stepPx}
          yAt={(share) => baselinePx - share * plotHeightPx}
          activeIndex={activeIndex}
        />
      )}
    </svg>
  );
}

/** Bars keep one pixel between them; where there is hardly room, none. */
function barWidthPx(stepPx: number): number {
  return stepPx > 3 ? stepPx - 1 : stepPx;
}

interface BarProps {
  chartId: string;
  series: readonly ChartSeries[];
  index: number;
  leftPx: number;
  widthPx: number;
  yAt: (value: number) => number;
  isPartial: boolean;
}

function Bar({ chartId, series, index, leftPx, widthPx, yAt, isPartial }: BarProps) {
  let below = 0;
  const segments = series.map((one, position) => {
    const from = below;
    below += one.values[index] ?? 0;
    return { id: one.id, fill: barFill(chartId, one, position), topPx: yAt(below), bottomPx: yAt(from) };
  });
  if (below === 0) return null;
  const floorPx = yAt(0);
  // Something that is there is never drawn as nothing.
  const topPx = Math.min(yAt(below), floorPx - 1);
  const visible = segments.filter((segment) => segment.bottomPx > segment.topPx);
  return (
    <g>
      {visible.length === 0 && (
        <rect
          className="chart-bar"
          x={leftPx}
          y={topPx}
          width={widthPx}
          height={1}
          style={{ fill: segments[0]?.fill ?? 'none' }}
        />
      )}
      {visible.map((segment) => (
        <rect
          key={segment.id}
          className="chart-bar"
          x={leftPx}
          y={segment.topPx}
          width={widthPx}
          height={segment.bottomPx - segment.topPx}
          style={{ fill: segment.fill }}
        />
      ))}
      {isPartial && (
        <rect
          className="chart-bar"
          x={leftPx}
          y={topPx}
          width={widthPx}
          height={floorPx - topPx}
          fill={`url(#${chartId}-partial)`}
        />
      )}
    </g>
  );
}

/** About the width of a label such as "23 Nov". */
const axisTextPx = 44;

/** A label right of its boundary; one that would leave the drawing ends with it. */
function AxisText({ text, x, y, widthPx }: { text: string; x: number; y: number; widthPx: number }) {
  const leaves = x + axisTextPx > widthPx;
  return (
    <text className="chart-axis-text" x={leaves ? widthPx : x} y={y} textAnchor={leaves ? 'end' : 'start'}>
      {text}
    </text>
  );
}

function RateAxis({ area }: { area: PlotArea }) {
  const baselinePx = area.heightPx - area.bottomPx;
  const heightPx = baselinePx - area.topPx;
  return [1, 0.5].map((share) => (
    <text
      key={share}
      className="chart-axis-text"
      textAnchor="end"
      x={area.widthPx}
      y={baselinePx - share * heightPx - 5}
    >
      {`${share * 100} %`}
    </text>
  ));
}
