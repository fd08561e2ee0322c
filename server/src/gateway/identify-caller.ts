import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { ChangedObject, Changes } from '../audit/change.ts';
import type { Counters } from '../counters/counters.ts';
import { ApiError, authError } from '../http/api-error.ts';
import { sessionTokenPrefix } from '../http/credential.ts';
import { noCredential, notAKey, unknownKey } from '../http/credential-errors.ts';
import { subjectName } from '../ledger/spend-subjects.ts';
import { type BudgetCalendar, loadWindows } from '../management/budgets/index.ts';
import { type KeyRecord, loadKeyRecord, type TokenAccess } from '../management/keys/index.ts';
import type { Storage } from '../storage/open-storage.ts';
import { budgetsOf, type Caller, type KeyCaller, keyCaller } from './caller.ts';

/** Tells who sent a request. */
export interface CallerIdentifier {
  /**
   * A known caller is returned at once, without a promise.
   * @throws ApiError 401 for a missing or unknown key; 503 when only the database could say, and it does not answer.
   * Whether the key may be used now is for the admission rules to say.
   */
  identify(credential: string | null, now: number): Caller | Promise<Caller>;
  /** Reads a key by its hash, as it is now; null for one that does not exist any more. */
  find(keyHash: string, now: number): Promise<KeyCaller | null>;
  /** Forgets who sent a credential, so that the next request reads it again. */
  forget(credential: string): void;
}

interface CachedKey {
  readonly caller: KeyCaller;
  /** When it is to be read again, whatever happens. */
  readonly staleAt: number;
  /** How often changes of other instances may have been missed before it was read. */
  readonly missed: number;
}

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
  /** Judges tokens of an identity provider; null where there are none. */
  tokenAccess: TokenAccess | null;
  /** Backstop for changes of other instances that are not heard of. */
  staleAfterMs: number;
  calendar: BudgetCalendar;
}): CallerIdentifier {
  const known = new LRUCache<string, CachedKey>({ max: keysInMemory });
  /** Hashes of replaced secrets under which a key is known, by the key's hash of today. */
  const replaced = new LRUCache<string, Set<string>>({ max: keysInMemory });
  const unknown = new LRUCache<string, true>({
    max: unknownKeysInMemory,
    ttl: Math.min(unknownForMs, options.staleAfterMs),
  });
  const loading = new Map<string, Promise<Caller>>();
  /** Counts changes, so that what was read before one is not kept after it. */
  let changeCount = 0;
  let missed = 0;
  const masterKeyHash = sha256(options.masterKey);
  options.changes.onChange((object) => {
    if (object.type === 'session' || object.type === 'invitation') return;
    changeCount += 1;
    loading.clear();
    if (object.type === 'key') forgetKey(object.id);
    else forgetKeysOf(object, known);
  });
  // Kept, though not trusted: while the database is away they are still the best that is known.
  options.changes.onMissed(() => {
    missed += 1;
    changeCount += 1;
    loading.clear();
    unknown.clear();
  });

  function forgetKey(keyHash: string): void {
    known.delete(keyHash);
    unknown.delete(keyHash);
    for (const oldHash of replaced.get(keyHash) ?? []) known.delete(oldHash);
    replaced.delete(keyHash);
  }

  function remember(keyHash: string, caller: KeyCaller, readAt: number): void {
    const windowsEndAt = (caller.special?.windows ?? []).map(({ endsAt }) => endsAt);
    known.set(keyHash, { caller, staleAt: Math.min(readAt + options.staleAfterMs, ...windowsEndAt), missed });
    const current = caller.key.keyHash;
    if (caller.key.replacedSecretEndsAt !== null)
      replaced.set(current, (replaced.get(current) ?? new Set()).add(keyHash));
  }

  /** Asks the database about somebody, and tells the counters what it says. */
  async function read(
    readRecord: () => Promise<KeyRecord | null>,
    now: number,
  ): Promise<{ caller: KeyCaller; isComplete: boolean } | null> {
    const { generation } = options.counters;
    const record = await readRecord();
    if (!record) return null;
    const windows = await loadWindows(options.storage.db, record.windowBudgets, now, options.calendar);
    const caller = keyCaller(record, windows);
    return { caller, isComplete: observeBudgets(caller, options.counters, generation) };
  }

  async function load(credential: string, keyHash: string, now: number): Promise<Caller> {
    const changeCountBefore = changeCount;
    let found: Awaited<ReturnType<typeof read>>;
    try {
      found = await read(() => readRecord(credential, keyHash, now), now);
    } catch (cause) {
      // What was refused was found out.
      if (cause instanceof ApiError) throw cause;
      // While the database is away, what it said last still holds: nobody can change it there either.
      const last = known.get(keyHash);
      if (last) {
        known.set(keyHash, { caller: last.caller, staleAt: now + options.staleAfterMs, missed });
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
    if (!found) {
      if (changeCount === changeCountBefore) unknown.set(keyHash, true);
      throw unknownKey(credential, keyHash);
    }
    // What was read while a fold ran or something changed may be stale: then the next request reads again.
    if (found.isComplete && changeCount === changeCountBefore) remember(keyHash, found.caller, now);
    return found.caller;
  }

  async function readRecord(credential: string, keyHash: string, now: number): Promise<KeyRecord | null> {
    const { tokenAccess, storage } = options;
    if (tokenAccess?.accepts(credential)) return (await tokenAccess.load(credential, now)).record;
    return loadKeyRecord(storage.db, keyHash, now);
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
      if (cached && cached.missed === missed && now < cached.staleAt) return checked(cached.caller, credential, now);
      // Both are digests, so the comparison tells an attacker nothing about the master key.
      if (keyHash === masterKeyHash) return master;
      if (options.tokenAccess?.accepts(credential)) return loadOnce(credential, keyHash, now);
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
    find: async (keyHash, now) =>
      (await read(() => loadKeyRecord(options.storage.db, keyHash, now), now))?.caller ?? null,
    forget: (credential) => known.delete(sha256(credential)),
  };
}

const master: Caller = { kind: 'master' };

/** A secret that was replaced stands for its key until the grace period ends. */
function checked(caller: Caller, credential: string, now: number): Caller {
  if (caller.kind === 'master') return caller;
  const endsAt = caller.key.replacedSecretEndsAt;
  if (endsAt !== null && endsAt <= now) throw unknownKey(credential, sha256(credential));
  return caller;
}

/** Tells the counters what the database said. @returns false when some of it is stale already. */
function observeBudgets({ key, special }: KeyCaller, counters: Counters, generation: number): boolean {
  let complete = true;
  for (const { subject, budget } of budgetsOf(key)) {
    if (budget) complete = counters.observe(subjectName(subject), budget, generation) && complete;
  }
  for (const window of special?.windows ?? []) {
    complete = counters.observe(window.name, window, generation) && complete;
  }
  return complete;
}

function forgetKeysOf(object: ChangedObject, known: LRUCache<string, CachedKey>): void {
  if (object.type === 'spend') {
    known.clear();
    return;
  }
  const concerns = concernOf(object);
  if (concerns === null) return;
  for (const [keyHash, { caller }] of known.entries()) if (concerns(caller.key)) known.delete(keyHash);
}

/** Which keys a change concerns, by what their records hold of others; null: none. */
function concernOf({ type, id }: ChangedObject): ((key: KeyRecord) => boolean) | null {
  switch (type) {
    case 'user':
      // A change of everybody at once names no user.
      return (key) => key.userId === id || id === '*';
    case 'team':
    case 'team-member':
      return (key) => key.teamId !== null && id.startsWith(key.teamId);
    case 'organization':
    case 'organization-member':
      return (key) => key.organization !== null && id.startsWith(key.organization.organizationId);
    case 'budget':
      return (key) => key.budgetId === id || key.organization?.budgetId === id;
    default:
      return null;
  }
}

/** Hex SHA-256 of the whole key: what is stored in its place. */
export function sha256(text: string): string {
  return hash('sha256', text);
}
