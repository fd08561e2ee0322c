const units: Readonly<Record<string, string>> = {
  s: 'second',
  m: 'minute',
  h: 'hour',
  d: 'day',
  w: 'week',
  mo: 'month',
};

/** A period of a budget as people read it: `1mo` is `month`, `30d` is `30 days`. What is no period stays as it is. */
export function writePeriod(duration: string): string {
  const [, count = '', unit = ''] = /^(\d+)(mo|[smhdw])$/.exec(duration) ?? [];
  const name = units[unit];
  if (name === undefined) return duration;
  return count === '1' ? name : `${count} ${name}s`;
}
