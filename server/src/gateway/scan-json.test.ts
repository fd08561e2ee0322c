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

/** Names and texts of values. Texts, since `JSON.parse` may misread names with escapes (see `namesIn`). */
function seenBy(text: string): [string, string][] {
  const bytes = Buffer.from(text);
  return (scanMembers(bytes) ?? []).map(({ name, valueStart, valueEnd }) => [
    name,
    bytes.toString('utf8', valueStart, valueEnd),
  ]);
}

let fresh = 0;

/**
 * The names that `JSON.parse` sees. It misreads names with escapes that come where it has met certain others before
 * (nodejs/node#63785); behind a first name that it has never met it has nothing to confuse them with.
 */
function namesIn(text: string): Set<string> {
  fresh += 1;
  const inside = text.slice(text.indexOf('{') + 1);
  const comma = inside.trimStart().startsWith('}') ? '' : ',';
  const parsed = JSON.parse(`{"fresh ${fresh}":0${comma}${inside}`) as object;
  return new Set(Object.keys(parsed).filter((name) => name !== `fresh ${fresh}`));
}

describe('Scanning an object without building it', () => {
  test('sees the members that JSON.parse sees, in order, with every value exactly as long as it is', () => {
    fc.assert(
      fc.property(objectText, ({ members, text }) => {
        expect(seenBy(text)).toEqual(members.map(({ name, value }) => [name, JSON.stringify(value)]));
        expect(new Set(members.map(({ name }) => name))).toEqual(namesIn(text));
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
        const edited = editMembers(bytes, scanMembers(bytes) ?? [], edits).toString();
        const expected = new Map(members.map(({ name, value }) => [name, JSON.stringify(value)]));
        for (const [name, next] of edits) {
          if (next === null) expected.delete(name);
          else expected.set(name, next);
        }
        expect(new Map(seenBy(edited))).toEqual(expected);
        expect(namesIn(edited)).toEqual(new Set(expected.keys()));
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
