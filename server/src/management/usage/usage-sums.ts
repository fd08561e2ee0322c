import { rollupSums } from '../../ledger/add-rollups.ts';

/** All sums of some usage. */
export type UsageSums = Record<(typeof rollupSums)[number], number>;

const nothing = Object.fromEntries(rollupSums.map((name) => [name, 0])) as UsageSums;

/** A sum of nothing. */
export function noUsage(): UsageSums {
  return { ...nothing };
}

/** Adds one sum to another, in place. Exact: every part is an integer. */
export function addUsage(total: UsageSums, part: UsageSums): void {
  for (const name of rollupSums) total[name] += part[name];
}

/** Takes a part out of a sum, in place. */
export function subtractUsage(total: UsageSums, part: UsageSums): void {
  for (const name of rollupSums) total[name] -= part[name];
}

/** Whether nothing was used. */
export function isNoUsage(sums: UsageSums): boolean {
  return rollupSums.every((name) => sums[name] === 0);
}
