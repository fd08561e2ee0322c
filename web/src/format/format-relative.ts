import { noBreakSpace as gap } from './no-break-space.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/**
 * The distance of an instant from now: `just now`, `3 min ago`, `in 8 d`, `5 mo ago`.
 * Rounded to the nearest unit; the exact instant belongs in a title.
 */
export function formatRelative(iso: string, now: Date = new Date()): string {
  const differenceMs = new Date(iso).getTime() - now.getTime();
  const distance = formatSpan(Math.abs(differenceMs));
  if (distance === null) return differenceMs > 0 ? 'in less than a minute' : 'just now';
  return differenceMs > 0 ? `in ${distance}` : `${distance} ago`;
}

function formatSpan(spanMs: number): string | null {
  if (spanMs < minuteMs) return null;
  const minutes = Math.round(spanMs / minuteMs);
  if (minutes < 60) return `${minutes}${gap}min`;
  const hours = Math.round(spanMs / hourMs);
  if (hours < 48) return `${hours}${gap}h`;
  const days = Math.round(spanMs / dayMs);
  if (days < 60) return `${days}${gap}d`;
  const months = Math.round(days / 30.44);
  return months < 24 ? `${months}${gap}mo` : `${Math.round(days / 365.25)}${gap}y`;
}
