import type { RawBuilder } from 'kysely';
import type { Dialect } from './dialect.ts';

/** How many of each there are. */
export interface Sizes {
  readonly keys: number;
  readonly users: number;
  readonly teams: number;
  readonly requests: number;
  readonly auditEntries: number;
}

/** One statement of the filling; large ones are cut into slices of rows, so that neither engine runs out of memory. */
export interface Filling {
  readonly what: string;
  /** How many numbered rows it makes; 1: it is one statement. */
  readonly rows: number;
  readonly statement: (dialect: Dialect, first: number, end: number) => RawBuilder<unknown>;
}

/** The sizes that the console and the API are built for, or a fraction of them. */
export function sizesAt(scale: number): Sizes {
  const of = (full: number, least: number) => Math.max(least, Math.round(full * scale));
  return {
    keys: of(400_000, 400),
    users: of(20_000, 50),
    teams: of(2_000, 10),
    requests: of(10_000_000, 10_000),
    auditEntries: of(1_000_000, 1_000),
  };
}
