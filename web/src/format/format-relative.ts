import { noBreakSpace as gap } from './no-break-space.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/**
 * The distance of an instant from now: `just now`, `3 min ago`, `in 8 d`, `5 mo ago`.
 * Rounded down, so that "in 5 d" never promises more than there is.
 */
export function formatRelative(iso: string, now: Date = new Date()): string {
  const differenceMs = new Date(iso).getTime() - now.getTime();
  const distance = formatSpan(Math.abs(differenceMs));
  if (distance === null) return differenceMs > 0 ? 'in less than a minute' : 'just now';
  return differenceMs > 0 ? `in ${distance}` : `${distance} ago`;
}

function formatSpan(spanMs: number): string | null {
  if (spanMs < minuteMs) return null;
  if (spanMs < hourMs) return `${Math.floor(spanMs / minuteMs)}${gap}min`;
  if (spanMs < 2 * dayMs) return `${Math.floor(spanMs / hourMs)}${gap}h`;
  const days = Math.floor(spanMs / dayMs);
  if (days < 60) return `${days}${gap}d`;
  if (days < 730) return `${Math.floor(days / 30.44)}${gap}mo`;
  return `${Math.floor(days / 365.25)}${gap}y`;
}
