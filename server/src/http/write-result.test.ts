import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { makeResultWriter } from './write-result.ts';

const row = z.object({
  id: z.string(),
  amount: z.number(),
  kind: z.enum(['spend', 'refund']),
  note: z.optional(z.nullable(z.string())),
  isOpen: z.boolean(),
  share: z.number().check(z.minimum(0)),
});
const schema = z.object({
  rows: z.array(row),
  byName: z.record(z.string(), z.object({ amount: z.number(), details: z.record(z.string(), z.unknown()) })),
  days: z.array(z.catchall(z.object({ day: z.string() }), z.unknown())),
  page: z.nullable(z.number()),
});

/** What a field may hold: mostly what was promised. */
const of = <Value>(promised: fc.Arbitrary<Value>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 60, arbitrary: promised }, { weight: 1, arbitrary: fc.anything() });
const name = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'toJSON', 'constructor', '7', 'secret'));
/** Now and then with a field that nobody promised. */
const object = (fields: Record<string, fc.Arbitrary<unknown>>) =>
  fc
    .tuple(fc.record(fields), fc.option(fc.dictionary(name, fc.string(), { maxKeys: 2 }), { freq: 9 }))
    .map(([promised, more]) => ({ ...more, ...promised }));
const result = object({
  rows: of(
    fc.array(
      object({
        id: of(fc.string()),
        amount: of(fc.double()),
        kind: of(fc.constantFrom('spend', 'refund')),
        note: of(fc.option(fc.string(), { nil: undefined })),
        isOpen: of(fc.boolean()),
        share: of(fc.double({ noNaN: true })),
      }),
      { maxLength: 3 },
    ),
  ),
  byName: of(
    fc.dictionary(name, object({ amount: of(fc.integer()), details: of(fc.dictionary(name, fc.anything())) }), {
      maxKeys: 3,
    }),
  ),
  days: of(fc.array(object({ day: of(fc.string()) }), { maxLength: 3 })),
  page: of(fc.option(fc.integer())),
});

/** What comes of it: the value that a client reads, or that it is refused. */
function outcome(write: () => string | undefined): unknown {
  let text: string | undefined;
  try {
    text = write();
  } catch {
    return 'refused';
  }
  return text === undefined ? undefined : (JSON.parse(text) as unknown);
}

describe('A result', () => {
  test('is written as it would be had it been parsed: what is not promised is left out, what is wrong is refused', () => {
    const write = makeResultWriter(schema);
    let written = 0;
    let refused = 0;
    fc.assert(
      fc.property(result, (value) => {
        const expected = outcome(() => JSON.stringify(schema.parse(value)));
        expect(outcome(() => write(value as z.infer<typeof schema>))).toEqual(expected);
        if (expected === 'refused') refused += 1;
        else written += 1;
      }),
      { numRuns: 1_000 },
    );
    expect(written).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(100);
  });

  test('of one of several shapes is written in the shape that it has', () => {
    const write = makeResultWriter(
      z.union([z.array(z.object({ id: z.string() })), z.array(z.object({ day: z.string() }))]),
    );
    expect(write([{ id: 'a' }])).toBe('[{"id":"a"}]');
    expect(write([{ day: 'b', secret: 'c' } as { day: string }])).toBe('[{"day":"b"}]');
  });

  test('that is nothing has no text', () => {
    expect(makeResultWriter(z.undefined())(undefined)).toBeUndefined();
  });
});
