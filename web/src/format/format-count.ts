const separated = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** A whole number with separators, always exact: `1,204`. */
export function formatCount(count: number): string {
  return separated.format(count);
}

/** A count with its noun: `1 request`, `1,204 requests`. `plural` is for nouns that do not just take an s. */
export function formatCountOf(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(count)}${count === 1 ? ` ${singular}` : ` ${plural}`}`;
}
