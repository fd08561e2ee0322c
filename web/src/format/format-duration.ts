import { formatCount } from './format-count.ts';
import { noBreakSpace as gap, minusSign } from './no-break-space.ts';

/** A time span: `842 ms`, `1.84 s`, `1 m 12 s`, `2 h 5 m`. */
export function formatDuration(durationMs: number): string {
  if (Math.round(durationMs) < 0) return `${minusSign}${formatDuration(-durationMs)}`;
  if (Math.round(durationMs) < 1_000) return `${Math.abs(Math.round(durationMs))}${gap}ms`;
  if (Math.round(durationMs / 10) < 6_000) return `${(durationMs / 1_000).toFixed(2)}${gap}s`;
  const seconds = Math.round(durationMs / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}${gap}m ${seconds % 60}${gap}s`;
  const minutes = Math.round(seconds / 60);
  return `${formatCount(Math.floor(minutes / 60))}${gap}h ${minutes % 60}${gap}m`;
}
