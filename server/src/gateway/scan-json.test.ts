import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { editMembers, scanMembers } from './scan-json.ts';

/** A string that is awkward in JSON: escapes, quotes, backslashes, brackets, emoji. */
const awkward = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({
    unit: fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', ' ', 'u', '\n', 'é', '😀'),
    maxLength: 12,
  }),
  fc.constantFrom('model', 'stream', '__proto__', 'constructor', ''),
);

const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    awkward,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(awkward, tie('any'), { maxKeys: 4 }),
  ),
})).any;

/** Writes a string in one of JSON's many spellings: every character may be a `\u` escape. */
function spelled(text: string, asEscapes: boolean): string {
  if (!asEscapes) return JSON.stringify(text);
  return `"${[...Array(text.length).keys()].map((at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`;
}

const space = fc.string({ unit: fc.constantFrom(' ', '\n', '\r', '\t'), maxLength: 3 });

/** The text of an object with the members given, with white space wherever JSON allows it. Names may repeat. */
const objectText = fc
  .tuple(
    fc.array(fc.record({ name: awkward, value, asEscapes: fc.boolean(), gaps: fc.tuple(space, space, space, space) }), {
      maxLength: 6,
    }),
    space,
    space,
  )
  .map(([members, before, after]) => ({
    members,
    text: `${before}{${members
      .map(
        ({ name, value, asEscapes, gaps }) =>
          `${gaps[0]}${spelled(name, asEscapes)}${gaps[1]}:${gaps[2]}${JSON.stringify(value)}${gaps[3]}`,
      )
      .join(',')}${members.length === 0 ? after : ''}}${after}`,
  }));

function seenBy(text: string): [string, unknown][] {
  const bytes = Buffer.from(text);
  return (scanMembers(bytes) ?? []).map((member) => [
    member.name,
    JSON.parse(bytes.toString('utf8', member.valueStart, member.valueEnd)) as unknown,
  ]);
}

describe('Scanning an object without building it', () => {
  test('sees the members that JSON.parse sees, in order, with every value exactly as long as it is', () => {
    fc.assert(
      fc.property(objectText, ({ members, text }) => {
        const expected = members.map(({ name, value }) => [name, JSON.parse(JSON.stringify(value))]);
        expect(seenBy(text)).toEqual(expected);
        const last = new Map(seenBy(text));
        const parsed = JSON.parse(text) as Record<string, unknown>;
        for (const [name, found] of Object.entries(parsed)) expect(last.get(name)).toEqual(found);
      }),
      { numRuns: 500 },
    );
  });

  test('tells that a text is not an object', () => {
    for (const text of ['[]', '"{}"', '1', 'null', ' \n[{"model":"x"}]'])
      expect(scanMembers(Buffer.from(text))).toBe(null);
  });

  test('ends on bytes that are no JSON at all, whatever they are', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', '\\', ',', ':', 'a', ' '), maxLength: 40 }),
        (text) => {
          try {
            scanMembers(Buffer.from(`{${text}`));
          } catch (error) {
            expect(error).toBeInstanceOf(SyntaxError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  test('is not stopped by a hundred thousand nested brackets', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const bytes = Buffer.from(`{"a":${deep},"model":"x"}`);
    expect(scanMembers(bytes)?.map((member) => member.name)).toEqual(['a', 'model']);
  });
});

describe('Editing members in place', () => {
  const edit = fc.dictionary(
    fc.constantFrom('model', 'stream', 'a"b', '__proto__', 'new'),
    fc.option(value, { nil: null }),
    { noNullPrototype: false },
  );

  test('gives what editing the object gives', () => {
    fc.assert(
      fc.property(objectText, edit, ({ members, text }, changes) => {
        fc.pre(new Set(members.map(({ name }) => name)).size === members.length);
        const bytes = Buffer.from(text);
        const edits = new Map(
          Object.entries(changes).map(([name, next]) => [name, next === null ? null : JSON.stringify(next)]),
        );
        const edited = JSON.parse(editMembers(bytes, scanMembers(bytes) ?? [], edits).toString()) as Record<
          string,
          unknown
        >;
        const expected = new Map(Object.entries(JSON.parse(text) as Record<string, unknown>));
        for (const [name, next] of edits) {
          if (next === null) expected.delete(name);
          else expected.set(name, JSON.parse(next));
        }
        expect(new Map(Object.entries(edited))).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  test('leaves the bytes of every other member as they came', () => {
    const bytes = Buffer.from('{ "model" : "a", "temperature":1.0e0 , "seed": 12345678901234567890, "x":"\\u00e9" }');
    const edited = editMembers(bytes, scanMembers(bytes) ?? [], new Map([['model', '"b"']])).toString();
    expect(edited).toBe('{ "model" : "b", "temperature":1.0e0 , "seed": 12345678901234567890, "x":"\\u00e9" }');
  });
});
