import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { editMembers } from './edit-members.ts';
import { scanMembers } from './scan-json.ts';

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

/** White space behind an object changes nothing, but larger texts are looked at by words. */
const padding = ' '.repeat(5_000);

/** Expects that the scanner accepts what `JSON.parse` accepts, small and large, wherever in a word of memory it begins. */
function expectAgreement(text: string, offset: number): void {
  for (const sized of [text, text + padding]) {
    const bytes = Buffer.alloc(offset + Buffer.byteLength(sized), '{"');
    bytes.write(sized, offset);
    expect(scanMembers(bytes.subarray(offset)) !== null, sized).toBe(isObject(sized));
  }
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** A few changes of a text: at a place, some characters are taken out and others put in. */
const breakage = fc.array(
  fc.record({
    place: fc.double({ min: 0, max: 1, noNaN: true }),
    taken: fc.nat(2),
    put: fc.constantFrom(
      '',
      ...'{}[]",:\\ \t\n\0\x1f\x7f0-.e+u',
      'true',
      'nul',
      '\\u12',
      '\\x',
      '\u2028',
      '\ufeff',
      '😀',
    ),
  }),
  { minLength: 1, maxLength: 3 },
);

function applied(text: string, { place, taken, put }: { place: number; taken: number; put: string }): string {
  const at = Math.floor(place * text.length);
  return (text.slice(0, at) + put + text.slice(at + taken)).toWellFormed();
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

  test('never takes a name with an escape for one met before that is spelled like its bytes', () => {
    // Each name that begins with a backslash, in many spellings; then, spelled like it, the name that is an `a`.
    for (let spelling = 0; spelling < 10_000; spelling += 1) {
      const letter = String.fromCharCode(0x62 + (spelling % 24));
      const characters = [...`\\u0061${letter}`].map((character, index) =>
        index === 0 || (spelling >> index) % 2 === 1 ? spelled(character, true).slice(1, -1) : character,
      );
      expect(seenBy(`{"${characters.join('')}":1}`)).toEqual([[`\\u0061${letter}`, '1']]);
      expect(seenBy(`{"\\u0061${letter}":1}`)).toEqual([[`a${letter}`, '1']]);
    }
  });

  test('tells that a text is not an object', () => {
    for (const text of ['[]', '"{}"', '1', 'null', ' \n[{"model":"x"}]'])
      expect(scanMembers(Buffer.from(text))).toBe(null);
  });

  test('accepts exactly what JSON.parse accepts, wherever a text is broken', () => {
    fc.assert(
      fc.property(objectText, breakage, fc.nat(3), ({ text }, breaks, offset) => {
        const broken = breaks.reduce(applied, text);
        expectAgreement(broken, offset);
      }),
      { numRuns: 5_000 },
    );
  });

  test('accepts of short texts made of what JSON is made of exactly what JSON.parse accepts', () => {
    const pieces = fc.constantFrom(...'{}[]",:-+.eE019 \\/utnb\t\n', '"a"', '":', 'true', 'false', 'null', '\\u00e9');
    fc.assert(
      fc.property(fc.string({ unit: pieces, maxLength: 12 }), fc.nat(3), (inside, offset) => {
        for (const text of [`{"a":${inside}}`, `{${inside}}`, `{"a":[${inside}]}`, `{"a":"${inside}"}`, inside]) {
          expectAgreement(text, offset);
        }
      }),
      { numRuns: 5_000 },
    );
  });

  test('finds every quote, escape and control character of a long text, wherever in a word it lies', () => {
    for (let offset = 0; offset < 4; offset += 1) {
      for (let at = 0; at < 48; at += 1) {
        for (const special of ['"', '\\', '\\n', '\\"', '\0', '\x1f', '\x7f', ' ', '\x80', 'é', '!', '#', '[', ']']) {
          const text = `{"a":"${'x'.repeat(at)}${special}${'x'.repeat(48 - at)}"}`;
          expectAgreement(text, offset);
        }
      }
    }
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
    const edits = new Map([['model', '"b"']]);
    const edited = editMembers(bytes, scanMembers(bytes) ?? [], edits).toString();
    expect(edited).toBe('{ "model" : "b", "temperature":1.0e0 , "seed": 12345678901234567890, "x":"\\u00e9" }');
  });
});
