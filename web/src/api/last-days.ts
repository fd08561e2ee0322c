/** The last `count` calendar days of the browser's zone, today included, as the usage endpoints take a range. */
export function lastDays(count: number, now: Date = new Date()): { start_date: string; end_date: string } {
  const start = new Date(now.getFullYear(), now.getMonth(), now.getDate() - (count - 1));
  return { start_date: calendarDay(start), end_date: calendarDay(now) };
}

/** A day of the browser's zone as `YYYY-MM-DD`. */
export function calendarDay(date: Date): string {
  const month = String(date.getMonth() + 1).padStart(2, '0');
  return `${date.getFullYear()}-${month}-${String(date.getDate()).padStart(2, '0')}`;
}
