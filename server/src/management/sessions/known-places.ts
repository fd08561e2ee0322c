import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { sql } from 'kysely';
import { masterUserId } from '../../access/principal.ts';
import type { Call } from '../../http/call.ts';
import { networkOf } from '../../http/network-of.ts';
import type { Parts } from '../parts.ts';
import '../users/users.table.ts';
import { deriveKey } from './derive-key.ts';
import './sessions.table.ts';

/** As long as browsers keep a cookie at most. */
const knownForSeconds = 400 * 24 * 3_600;

/** One browser remembers the accounts of this many people; whoever has not signed in with it the longest is forgotten. */
const mostAccounts = 8;

/** A browser as its cookie names it: a random name, and one mark for each account that has signed in with it. */
interface Browser {
  readonly name: string;
  readonly marks: readonly string[];
}

/**
 * The name of the browser that a call comes from, when this account has signed in with it before; null when not.
 * Nothing is stored about browsers: a mark is a signature over browser and account.
 * @param account as people type it: an e-mail address, or `UI_USERNAME`.
 */
export function knownBrowser(parts: Pick<Parts, 'settings'>, call: Call, account: string): string | null {
  const browser = readBrowser(call);
  if (!browser) return null;
  const mark = Buffer.from(markOf(parts, browser.name, account));
  const isKnown = browser.marks.map((one) => Buffer.from(one)).some((one) => isSame(one, mark));
  return isKnown ? browser.name : null;
}

/**
 * Remembers that an account has signed in with the browser of this call, so that guesses from elsewhere never keep its
 * owner out. Whoever has such a cookie has a few guesses of their own for this account, and nothing else.
 */
export function rememberBrowser(parts: Pick<Parts, 'settings'>, call: Call, account: string): void {
  const { name, marks } = readBrowser(call) ?? { name: randomBytes(16).toString('base64url'), marks: [] };
  const mark = markOf(parts, name, account);
  const others = marks.filter((one) => one !== mark).slice(0, mostAccounts - 1);
  call.setCookie(cookieNameOf(call), [name, mark, ...others].join('.'), knownForSeconds);
}

/**
 * Whether the sessions that an account has begun last came from this address (for IPv6 the /64). Sessions that are over
 * stay until the next one begins, so the address of the last sign-in is always among them.
 */
export async function isKnownAddress(
  { storage, settings }: Pick<Parts, 'storage' | 'settings'>,
  ip: string,
  account: string,
): Promise<boolean> {
  const name = account.trim().toLowerCase();
  const sessions = storage.db
    .selectFrom('sessions')
    .innerJoin('users', 'users.user_id', 'sessions.user_id')
    .select('sessions.ip');
  const rows = await (name === settings.uiUsername.toLowerCase()
    ? sessions.where('users.user_id', '=', masterUserId)
    : sessions.where(sql<boolean>`lower(users.user_email) = ${name}`)
  ).execute();
  return rows.some((row) => networkOf(row.ip) === networkOf(ip));
}

function readBrowser(call: Call): Browser | null {
  const value = call.cookie(cookieNameOf(call));
  if (value === null || !/^[\w-]{22}(\.[\w-]{22}){1,8}$/.test(value)) return null;
  const [name = '', ...marks] = value.split('.');
  return { name, marks };
}

function markOf({ settings }: Pick<Parts, 'settings'>, browserName: string, account: string): string {
  const key = deriveKey(settings.masterKey, 'known-browser');
  const text = `${browserName} ${account.trim().toLowerCase()}`;
  return createHmac('sha256', key).update(text).digest().subarray(0, 16).toString('base64url');
}

function isSame(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

/** With `__Host-`, browsers take the cookie from this host alone: no neighbour under the same domain can plant one. */
function cookieNameOf(call: Call): string {
  return call.baseUrl.startsWith('https:') ? '__Host-latchkey_browser' : 'latchkey_browser';
}
