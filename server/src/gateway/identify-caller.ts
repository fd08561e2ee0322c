import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { ChangedObject, Changes } from '../audit/change.ts';
import type { Counters } from '../counters/counters.ts';
import { ApiError, authError } from '../http/api-error.ts';
import { sessionTokenPrefix } from '../http/credential.ts';
import {
  blockedKey,
  blockedTeam,
  disabledUser,
  expiredKey,
  noCredential,
  notAKey,
  unknownKey,
} from '../http/credential-errors.ts';
import { type SpendSubject, subjectName } from '../ledger/spend-subjects.ts';
import { type KeyRecord, loadKeyRecord } from '../management/keys/index.ts';
import type { Storage } from '../storage/open-storage.ts';

/** Somebody who may call models. */
export type Caller =
  | { readonly kind: 'master' }
  | { readonly kind: 'key'; readonly key: KeyRecord; readonly subjects: readonly string[] };

/** Tells who sent a request. */
export interface CallerIdentifier {
  /**
   * A known caller is returned at once, without a promise.
   * @throws ApiError 401 for a missing, unknown, blocked or expired key; 503 when only the database could say, and
   * it does not answer.
   */
  identify(credential: string | null, now: number): Caller | Promise<Caller>;
  /** Forgets a key, so that the next request reads it again. */
  forget(keyHash: string): void;
}

interface CachedKey {
  readonly caller: Extract<Caller, { kind: 'key' }>;
  readonly readAt: number;
}

/** Backstop for changes made on other instances; changes made here are seen at once. */
const staleAfterMs = 10_000;
const keysInMemory = 50_000;
/** Bounded apart, so that a flood of random keys pushes no valid one out. */
const unknownKeysInMemory = 10_000;
const unknownForMs = 5_000;

/** Creates the identifier with its caches. */
export function createCallerIdentifier(options: {
  storage: Storage;
  changes: Changes;
  counters: Counters;
  masterKey: string;
}): CallerIdentifier {
  const known = new LRUCache<string, CachedKey>({ max: keysInMemory });
  /** Hashes of replaced secrets under which a key is known, by the key's hash of today. */
  const replaced = new LRUCache<string, Set<string>>({ max: keysInMemory });
  const unknown = new LRUCache<string, true>({ max: unknownKeysInMemory, ttl: unknownForMs });
  const loading = new Map<string, Promise<Caller>>();
  /** Counts changes, so that what was read before one is not kept after it. */
  let changeCount = 0;
  const masterKeyHash = sha256(options.masterKey);
  options.changes.onChange((object) => {
    if (object.type === 'session' || object.type === 'invitation') return;
    changeCount += 1;
    loading.clear();
    if (object.type === 'key') forgetKey(object.id);
    else forgetKeysOf(object, known);
  });

  function forgetKey(keyHash: string): void {
    known.delete(keyHash);
    unknown.delete(keyHash);
    for (const oldHash of replaced.get(keyHash) ?? []) known.delete(oldHash);
    replaced.delete(keyHash);
  }

  function remember(keyHash: string, caller: CachedKey['caller'], readAt: number): void {
    known.set(keyHash, { caller, readAt });
    const current = caller.key.keyHash;
    if (keyHash !== current) replaced.set(current, (replaced.get(current) ?? new Set()).add(keyHash));
  }

  async function load(credential: string, keyHash: string, now: number): Promise<Caller> {
    const generation = options.counters.generation;
    const changeCountBefore = changeCount;
    let record: KeyRecord | null;
    try {
      record = await loadKeyRecord(options.storage.db, keyHash, now);
    } catch (cause) {
      // While the database is away, what it said last still holds: nobody can change it there either.
      const last = known.get(keyHash);
      if (last) {
        known.set(keyHash, { caller: last.caller, readAt: now });
        return last.caller;
      }
      const error = new ApiError(
        503,
        'The gateway cannot reach its database, so it cannot check your key. Nothing was charged; try again shortly.',
        {
          type: 'no_db_connection',
          param: null,
          alwaysErrorShape: true,
        },
      );
      error.cause = cause;
      throw error;
    }
    if (!record) {
      if (changeCount === changeCountBefore) unknown.set(keyHash, true);
      throw unknownKey(credential, keyHash);
    }
    const { subjects, complete } = observeBudgets(record, options.counters, generation);
    const caller = { kind: 'key', key: record, subjects } as const;
    // What was read while a fold ran or something changed may be stale: then the next request reads again.
    if (complete && changeCount === changeCountBefore) remember(keyHash, caller, now);
    return caller;
  }

  async function loadOnce(credential: string, keyHash: string, now: number): Promise<Caller> {
    let pending = loading.get(keyHash);
    if (!pending) {
      const started = load(credential, keyHash, now).finally(() => {
        if (loading.get(keyHash) === started) loading.delete(keyHash);
      });
      loading.set(keyHash, started);
      pending = started;
    }
    return checked(await pending, credential, now);
  }

  return {
    identify(credential, now) {
      if (credential === null) throw noCredential();
      const keyHash = sha256(credential);
      const cached = known.get(keyHash);
      if (cached && now - cached.readAt < staleAfterMs) return checked(cached.caller, credential, now);
      // Both are digests, so the comparison tells an attacker nothing about the master key.
      if (keyHash === masterKeyHash) return master;
      if (!credential.startsWith('sk-')) throw notAKey(credential);
      if (credential.startsWith(sessionTokenPrefix)) {
        throw authError(
          401,
          'Authentication Error, A session of the console cannot call models. Create a key and send that.',
        );
      }
      if (unknown.has(keyHash)) throw unknownKey(credential, keyHash);
      return loadOnce(credential, keyHash, now);
    },
    forget: forgetKey,
  };
}

const master: Caller = { kind: 'master' };

/** States that depend on the clock or that refuse outright. Told before anything about models or money. */
function checked(caller: Caller, credential: string, now: number): Caller {
  if (caller.kind === 'master') return caller;
  const { key } = caller;
  if (key.replacedSecretEndsAt !== null && key.replacedSecretEndsAt <= now) {
    throw unknownKey(credential, sha256(credential));
  }
  if (key.blockedAt !== null) throw blockedKey();
  if (key.expiresAt !== null && key.expiresAt <= now) throw expiredKey(key.keyName, key.expiresAt, now);
  if (key.team?.blockedAt) throw blockedTeam(key.teamId ?? '');
  if (key.user?.disabledAt) throw disabledUser(key.userId ?? '');
  return caller;
}

function observeBudgets(
  key: KeyRecord,
  counters: Counters,
  generation: number,
): { subjects: string[]; complete: boolean } {
  const budgets: [SpendSubject, KeyRecord['budget'] | undefined][] = [
    [{ kind: 'key', keyHash: key.keyHash }, key.budget],
  ];
  if (key.teamId !== null) {
    budgets.push([{ kind: 'team', teamId: key.teamId }, key.team?.budget]);
    if (key.userId !== null)
      budgets.push([{ kind: 'member', teamId: key.teamId, userId: key.userId }, key.member?.budget]);
  } else if (key.userId !== null) budgets.push([{ kind: 'user', userId: key.userId }, key.user?.budget]);
  const subjects: string[] = [];
  let complete = true;
  for (const [subject, budget] of budgets) {
    const name = subjectName(subject);
    subjects.push(name);
    if (budget) complete = counters.observe(name, budget, generation) && complete;
  }
  return { subjects, complete };
}

function forgetKeysOf(object: ChangedObject, known: LRUCache<string, CachedKey>): void {
  if (object.type === 'spend') {
    known.clear();
    return;
  }
  if (object.type !== 'user' && object.type !== 'team' && object.type !== 'team-member') return;
  for (const [keyHash, { caller }] of known.entries()) {
    const { userId, teamId } = caller.key;
    // A change of everybody at once names no user.
    const isUser = userId === object.id || object.id === '*';
    if (object.type === 'user' ? isUser : teamId !== null && object.id.startsWith(teamId)) known.delete(keyHash);
  }
}

/** Hex SHA-256 of the whole key: what is stored in its place. */
export function sha256(text: string): string {
  return hash('sha256', text);
}
