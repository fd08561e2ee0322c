const words: Readonly<Record<string, string>> = {
  '1h': 'an hour',
  '24h': 'a day',
  '1d': 'a day',
  '7d': 'a week',
  '1w': 'a week',
  '30d': 'a month',
  '1mo': 'a month',
};

/** The window of a budget after its amount: "a month", "every 60d", "in all" when it never resets. */
export function describeWindow(duration: string | null): string {
  if (duration === null) return 'in all';
  return words[duration] ?? `every ${duration}`;
}

/** How far a budget window has gone, 0 to 1, when its length is known; undefined otherwise. */
export function elapsedOfWindow(
  duration: string | null,
  resetAt: string | null,
  now: Date = new Date(),
): number | undefined {
  if (duration === null || resetAt === null) return undefined;
  const end = new Date(resetAt);
  const start = startOfWindow(duration, end);
  if (start === undefined) return undefined;
  return Math.min(1, Math.max(0, (now.getTime() - start.getTime()) / (end.getTime() - start.getTime())));
}

function startOfWindow(duration: string, end: Date): Date | undefined {
  if (duration === '1mo' || duration === '30d') {
    const start = new Date(end);
    start.setUTCMonth(start.getUTCMonth() - 1);
    return start;
  }
  const days = /^(\d+)d$/.exec(duration)?.[1] ?? (duration === '24h' ? '1' : undefined);
  if (days === undefined) return undefined;
  return new Date(end.getTime() - Number(days) * 86_400_000);
}
