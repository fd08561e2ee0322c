import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import type { Endpoint } from '../../http/endpoint.contract.ts';

/** A request that must be refused, and what is wrong with it. */
export interface BadInput {
  readonly what: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** False: it may be served, as long as it does not fail. */
  readonly mustBeRefused: boolean;
}

/** The part of JSON schema that the declarations use. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
}

/** Texts that do not shrink when they are compressed, as an index of one engine would try. */
const longText = Array.from({ length: 400 }, (_, index) =>
  createHash('sha256').update(String(index)).digest('base64url'),
).join('');
const endlessText = longText.repeat(5);

/**
 * Every way in which the input of an endpoint can be wrong, one field at a time: another type, none where one is
 * needed, an unknown value, numbers that are negative, not whole, not finite or endless, texts that are too long
 * or cannot be stored, and nesting without end.
 * @param good an input that is served.
 */
export function badInputsOf(
  endpoint: Endpoint<unknown, unknown>,
  good: Readonly<Record<string, unknown>>,
): readonly BadInput[] {
  if (endpoint.input === null) return [];
  const schema = z.toJSONSchema(endpoint.input, { io: 'input', unrepresentable: 'any' }) as Schema;
  const inPath = new Set([...endpoint.path.matchAll(/\{(\w+)\}|(\*)/g)].map((match) => match[1] ?? match[2] ?? ''));
  const bad: BadInput[] = [];
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    if (inPath.has(name)) continue;
    const isInQuery = endpoint.inputIn === 'query';
    if (schema.required?.includes(name)) {
      const { [name]: _, ...rest } = good;
      bad.push({ what: `no ${name}`, input: rest, mustBeRefused: true });
    }
    const add = (values: readonly BadValue[], mustBeRefused: boolean) => {
      for (const [what, value] of values) {
        bad.push({ what: `${name}: ${what}`, input: { ...good, [name]: value }, mustBeRefused });
      }
    };
    add(isInQuery ? badInQuery(field) : badValues(field, endpoint.longTexts), true);
    add(isInQuery ? oddInQuery : oddValues(field), false);
  }
  return bad;
}

type BadValue = readonly [what: string, value: unknown];

function badValues(field: Schema, longTexts: boolean): BadValue[] {
  const types = typesOf(field);
  const bad: BadValue[] = [
    ...([true, 12_345, 'text', ['text'], { a: 1 }, null] as const)
      .filter((value) => !types.has('any') && !types.has(typeOf(value)))
      .map((value): BadValue => [`the ${typeOf(value)} ${JSON.stringify(value)}`, value]),
  ];
  if (types.has('string') || types.has('enum')) {
    bad.push(['a text with U+0000', 'a\0b']);
  }
  if (types.has('enum')) bad.push(['an unknown value', 'no-such-value']);
  if (types.has('number')) bad.push(...badNumbers);
  if (types.has('array')) {
    bad.push(['a list of lists', [[[]]]], ['a list with U+0000', ['a\0b']], ['a list with null', [null]]);
  }
  if (types.has('object')) {
    bad.push(['nesting without end', nested(150)], ['a name with U+0000', { 'a\0b': 1 }]);
  }
  return longTexts ? bad : [...bad, ...endlessTexts(types)];
}

function endlessTexts(types: ReadonlySet<string>): BadValue[] {
  const bad: BadValue[] = [];
  if (types.has('string')) bad.push(['a text without end', endlessText]);
  if (types.has('array')) bad.push(['a list of texts without end', [endlessText]]);
  if (types.has('object')) {
    bad.push(['a text without end inside', { a: endlessText }], ['a name without end', { [endlessText]: 1 }]);
  }
  return bad;
}

/** What may mean something, and must not make the gateway fail. */
function oddValues(field: Schema): BadValue[] {
  const types = typesOf(field);
  const odd: BadValue[] = [];
  if (types.has('string')) odd.push(...oddTexts.map((text): BadValue => [text.slice(0, 20), text]));
  if (types.has('number'))
    odd.push(['zero', 0], ['tiny', 5e-324], ['minus zero', -0], ['largest', Number.MAX_SAFE_INTEGER]);
  if (types.has('array')) {
    odd.push(['no entries', []], ['many entries', Array.from({ length: 2_000 }, (_, index) => `entry ${index}`)]);
    odd.push(...oddInLists.map((text): BadValue => [`a list of ${text.slice(0, 20)}`, [text]]));
  }
  if (types.has('object')) {
    odd.push(['a prototype', JSON.parse('{"__proto__":{"a":1},"constructor":1}')], ['nothing', {}]);
    odd.push(...oddInLists.map((text): BadValue => [`a name ${text.slice(0, 20)}`, { [text]: text }]));
  }
  return odd;
}

const oddTexts = ['', longText, '\ud800', "' or 1=1 --", '%', '../../x'];
const oddInLists = [longText, '\ud800'];

const oddInQuery: readonly BadValue[] = [
  ...oddTexts,
  ...['-1', '0', '1e308', '9223372036854775808', '2026-02-30', '9999999-01-01'],
].map((text): BadValue => [text.slice(0, 20), text]);

/** Texts are all there is in a query. */
function badInQuery(field: Schema): BadValue[] {
  const types = typesOf(field);
  const bad: BadValue[] = [
    ['U+0000', 'a\0b'],
    ['a text without end', endlessText],
  ];
  if (field.enum) bad.push(['an unknown value', 'no-such-value']);
  return types.has('number')
    ? [...bad, ['text', 'text'], ['NaN', 'NaN'], ['Infinity', 'Infinity'], ['1e999', '1e999']]
    : bad;
}

const badNumbers: readonly BadValue[] = [
  ['negative', -1],
  ['larger than money', 1e300],
  ['larger than integers', 2 ** 63],
  ['a number in quotes', '7'],
];

function nested(depth: number): unknown {
  return depth === 0 ? 1 : { a: nested(depth - 1) };
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function typesOf(schema: Schema): Set<string> {
  const types = new Set<string>();
  for (const option of schema.anyOf ?? []) for (const type of typesOf(option)) types.add(type);
  if (schema.enum ?? schema.const) types.add('enum');
  else for (const type of [schema.type ?? []].flat()) types.add(type === 'integer' ? 'number' : type);
  if (types.size === 0) types.add('any');
  return types;
}
