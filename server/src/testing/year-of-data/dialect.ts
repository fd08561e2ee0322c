import { type RawBuilder, sql } from 'kysely';
import type { Storage } from '../../storage/open-storage.ts';

/** What the statements that make up the data say differently in each engine. */
export interface Dialect {
  /** A table `n` with the column `i`: the whole numbers from `first` up to, but without, `end`. */
  numbers(first: number, end: number): RawBuilder<unknown>;
  /** A whole number, padded with zeros in front. */
  padded(value: RawBuilder<unknown>, width: number): RawBuilder<string>;
  /** A whole number as twelve hexadecimal digits. */
  hex12(value: RawBuilder<unknown>): RawBuilder<string>;
}

/** The words of an engine. */
export function dialectOf(engine: Storage['engine']): Dialect {
  return engine === 'sqlite' ? sqlite : postgres;
}

/** `insert into … (…) select … from …`, with each column beside its value. */
export function insertFrom(
  table: string,
  columns: Readonly<Record<string, RawBuilder<unknown>>>,
  from: RawBuilder<unknown>,
): RawBuilder<unknown> {
  const names = Object.keys(columns).map((column) => sql.ref(column));
  return sql`insert into ${sql.table(table)} (${sql.join(names)}) select ${sql.join(Object.values(columns))} ${from}`;
}

/** One of some texts, by its number. */
export function oneOf(texts: readonly string[], number: RawBuilder<unknown>): RawBuilder<string> {
  const cases = texts.map((text, index) => sql`when ${sql.lit(index)} then ${sql.lit(text)}`);
  return sql`case ${number} ${sql.join(cases, sql` `)} end`;
}

const sqlite: Dialect = {
  numbers: (first, end) =>
    sql`(with recursive counted(i) as (select ${sql.lit(first)} union all select i + 1 from counted where i < ${sql.lit(end - 1)}) select i from counted) as n`,
  padded: (value, width) => sql`printf(${sql.lit(`%0${width}d`)}, ${value})`,
  hex12: (value) => sql`printf('%012x', ${value})`,
};

const postgres: Dialect = {
  numbers: (first, end) =>
    sql`(select cast(i as bigint) as i from generate_series(${sql.lit(first)}, ${sql.lit(end - 1)}) as counted(i)) as n`,
  padded: (value, width) => sql`lpad(cast(${value} as text), ${sql.lit(width)}, '0')`,
  hex12: (value) => sql`lpad(to_hex(cast(${value} as bigint)), 12, '0')`,
};

const prime = 2_147_483_647;

/**
 * A number from 0 up to, but without, `bound` that looks like chance and is the same on both engines: whole numbers
 * only, mixed modulo a prime.
 * @param salt another one for each thing that is drawn for the same `i`.
 */
export function drawn(i: RawBuilder<unknown>, salt: number, bound: number): RawBuilder<number> {
  const mixed = sql`((${i} + ${sql.lit(salt * 1_000_003 + 17)}) * 48271 % ${sql.lit(prime)})`;
  const twice = sql`((${mixed} * ${mixed} % ${sql.lit(prime)} + ${mixed} + ${sql.lit(salt)}) * 69621 % ${sql.lit(prime)})`;
  return sql`(${twice} % ${sql.lit(bound)})`;
}

const steps = 1_048_576;

/**
 * As `drawn`, with small numbers drawn far more often than large ones: what is drawn evenly is raised to the power,
 * which may be 2, 3 or 5. With 5 of 400,000 the first is drawn 7 times of 100, and the first thousand 30 times.
 */
export function drawnSkewed(i: RawBuilder<unknown>, salt: number, bound: number, power: 2 | 3 | 5): RawBuilder<number> {
  const even = drawn(i, salt, steps);
  const second = sql`(${even} * ${even} / ${sql.lit(steps)})`;
  const raised = {
    2: second,
    3: sql`(${second} * ${even} / ${sql.lit(steps)})`,
    5: sql`(${second} * ${second} / ${sql.lit(steps)} * ${even} / ${sql.lit(steps)})`,
  }[power];
  return sql`(${raised} * ${sql.lit(bound)} / ${sql.lit(steps)})`;
}
