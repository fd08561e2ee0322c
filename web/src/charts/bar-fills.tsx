import type { ChartSeries } from './series.ts';
import { cssColour } from './series-colour.ts';

/** The textures of one chart as SVG patterns; `chartId` keeps those of two charts apart. */
export function BarFills({ chartId, series }: { chartId: string; series: readonly ChartSeries[] }) {
  return (
    <defs>
      <pattern
        id={`${chartId}-partial`}
        width="5"
        height="5"
        patternUnits="userSpaceOnUse"
        patternTransform="rotate(-45)"
      >
        <line x1="0" y1="0" x2="0" y2="5" strokeWidth="3.6" style={{ stroke: 'var(--canvas)' }} />
      </pattern>
      {series.map(({ id, hue, texture }, index) => {
        if (texture === 'solid') return null;
        return (
          <pattern
            key={id}
            id={`${chartId}-${index}`}
            width={texture === 'dotted' ? 4 : 5}
            height={texture === 'dotted' ? 4 : 5}
            patternUnits="userSpaceOnUse"
            {...(texture === 'hatched' ? { patternTransform: 'rotate(45)' } : {})}
          >
            <rect width="5" height="5" style={{ fill: cssColour(hue) }} opacity={texture === 'dotted' ? 0.22 : 1} />
            {texture === 'dotted' ? (
              <circle cx="2" cy="2" r="1.1" style={{ fill: cssColour(hue) }} />
            ) : (
              <line x1="0" y1="0" x2="0" y2="5" strokeWidth="2.4" style={{ stroke: 'var(--canvas)' }} />
            )}
          </pattern>
        );
      })}
    </defs>
  );
}

/** The CSS `fill` of a series in the chart. */
export function barFill(chartId: string, series: ChartSeries, index: number): string {
  return series.texture === 'solid' ? cssColour(series.hue) : `url(#${chartId}-${index})`;
}
