import { scaleLinear } from 'd3-scale';

/** The y axis of a chart of integers. */
export interface ValueAxis {
  /** The end of the axis: the highest tick, or the highest bar. */
  readonly max: number;
  /** Where hairlines are drawn, zero left out, lowest first. */
  readonly ticks: readonly number[];
}

/** An axis from zero with about three hairlines at round values; never between two integers. */
export function valueAxis(highest: number): ValueAxis {
  if (highest <= 0) return { max: 1, ticks: [] };
  const scale = scaleLinear().domain([0, highest]).nice(3);
  const ticks = scale.ticks(3).filter((tick) => tick > 0 && Number.isInteger(tick));
  return { max: Math.max(scale.domain()[1] ?? highest, highest), ticks };
}
