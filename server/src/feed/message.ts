import type { ChangedObject } from '../audit/change.ts';
import type { SpendTotal } from '../counters/counters.ts';

/** What one instance tells the others. */
export type Message =
  /** These things are no longer as they were. */
  | { readonly kind: 'changes'; readonly objects: readonly ChangedObject[] }
  /** Anything may have changed: too much to list, or said in a way that this version does not understand. */
  | { readonly kind: 'everything' }
  /** So much is spent, as the database has it. */
  | { readonly kind: 'spend'; readonly totals: readonly SpendTotal[] }
  /** The sender hears itself by this, and knows that its connection works. */
  | { readonly kind: 'beat'; readonly count: number };

/** A message with the instance that sent it. */
export interface Received {
  /** Empty when the message could not be read. */
  readonly from: string;
  readonly message: Message;
}

/** Instances of different versions run side by side while one replaces the other. */
const version = 1;

/** PostgreSQL refuses a notification of 8,000 bytes. */
const maxBytes = 7_000;
/** More than so many texts at once are told as "everything". */
const maxTexts = 20;

/**
 * Which things others are told of. Sessions, invitations and imports are read from the database by whoever needs
 * them; and the id of an invitation is a secret. A message holds no more than what kind of thing it is, and its id.
 */
const isTold: Readonly<Record<ChangedObject['type'], boolean>> = {
  key: true,
  user: true,
  'user-import': false,
  team: true,
  'team-member': true,
  invitation: false,
  'password-reset': false,
  session: false,
  settings: true,
  budget: true,
  customer: true,
  organization: true,
  'organization-member': true,
  model: true,
  spend: true,
};

/** The texts of a message about changes; none when nobody needs to hear of them. */
export function textsOfChanges(from: string, objects: readonly ChangedObject[]): string[] {
  const pairs = objects.filter(({ type }) => isTold[type]).map(({ type, id }) => [type, id]);
  return pairs.length === 0 ? [] : textsOf(from, 'changes', pairs);
}

/** The texts of a message about spend; none without totals. */
export function textsOfSpend(from: string, totals: readonly SpendTotal[]): string[] {
  if (totals.length === 0) return [];
  const pairs = totals.map(({ subject, spendNanoUsd }) => [subject, spendNanoUsd]);
  return textsOf(from, 'spend', pairs);
}

/** The text by which a sender hears itself. */
export function textOfBeat(from: string, count: number): string {
  return JSON.stringify({ v: version, from, beat: count });
}

function textsOf(from: string, name: 'changes' | 'spend', items: readonly unknown[]): string[] {
  const head = JSON.stringify({ v: version, from, [name]: [] });
  const texts: string[] = [];
  let part: string[] = [];
  let bytes = head.length;
  const end = () => {
    if (part.length > 0) texts.push(`${head.slice(0, -2)}${part.join(',')}]}`);
    part = [];
    bytes = head.length;
  };
  for (const item of items) {
    const text = JSON.stringify(item);
    const size = Buffer.byteLength(text) + 1;
    if (head.length + size > maxBytes) return [everything(from)];
    if (bytes + size > maxBytes) end();
    part.push(text);
    bytes += size;
  }
  end();
  return texts.length > maxTexts ? [everything(from)] : texts;
}

function everything(from: string): string {
  return JSON.stringify({ v: version, from, everything: true });
}

/** Reads a text. What cannot be understood means that everything may have changed. */
export function readMessage(text: string): Received {
  const value = parse(text);
  const from = typeof value['from'] === 'string' ? value['from'] : '';
  return { from, message: value['v'] === version ? messageIn(value) : { kind: 'everything' } };
}

function messageIn(value: Readonly<Record<string, unknown>>): Message {
  const { changes, spend, beat } = value;
  if (typeof beat === 'number') return { kind: 'beat', count: beat };
  if (Array.isArray(changes)) {
    const objects: ChangedObject[] = [];
    for (const pair of changes) {
      const object = objectIn(pair);
      // A thing that a newer version has: what depends on it here nobody knows.
      if (!object) return { kind: 'everything' };
      objects.push(object);
    }
    return { kind: 'changes', objects };
  }
  if (Array.isArray(spend)) {
    const totals: SpendTotal[] = [];
    for (const pair of spend) {
      const [subject, spendNanoUsd] = partsOf(pair);
      if (typeof subject !== 'string' || typeof spendNanoUsd !== 'number') return { kind: 'everything' };
      totals.push({ subject, spendNanoUsd });
    }
    return { kind: 'spend', totals };
  }
  return { kind: 'everything' };
}

function objectIn(pair: unknown): ChangedObject | null {
  const [type, id] = partsOf(pair);
  return typeof type === 'string' && typeof id === 'string' && isKnown(type) ? { type, id } : null;
}

function isKnown(type: string): type is ChangedObject['type'] {
  return Object.hasOwn(isTold, type);
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}

function partsOf(pair: unknown): readonly unknown[] {
  return Array.isArray(pair) ? pair : [];
}
