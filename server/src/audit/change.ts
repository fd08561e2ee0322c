import { createHash, randomUUID } from 'node:crypto';
import type { Kysely, Transaction } from 'kysely';
import type { Principal } from '../access/principal.ts';
import { againAfterDeadlock } from '../storage/again-after-deadlock.ts';
import type { Database } from '../storage/database.ts';
import type { Storage } from '../storage/open-storage.ts';
import type { auditActions } from './audit-actions.contract.ts';
import './audit-log.table.ts';

/** What a write says about itself. The object also tells every cache what to forget. */
export interface AuditEntry {
  readonly action: (typeof auditActions)[number];
  readonly object: ChangedObject;
  /** The state before and after; fields that look like secrets are masked before they are written. */
  readonly before?: Readonly<Record<string, unknown>> | undefined;
  readonly after?: Readonly<Record<string, unknown>> | undefined;
}

/** A thing that changed. */
export interface ChangedObject {
  readonly type:
    | 'key'
    | 'user'
    | 'user-import'
    | 'team'
    | 'team-member'
    | 'invitation'
    | 'password-reset'
    | 'session'
    | 'settings'
    | 'budget'
    | 'customer'
    | 'organization'
    | 'organization-member'
    | 'model'
    | 'spend';
  readonly id: string;
}

/** Who writes, and from where. */
export interface ChangeContext {
  readonly principal: Principal;
  readonly ip: string;
  readonly userAgent: string;
  readonly requestId: string;
}

/** A context for writes by the gateway itself. */
export const systemContext: ChangeContext = {
  principal: {
    kind: 'master-key',
    role: 'proxy_admin',
    userId: 'system',
    keyHash: null,
    keyTeamId: null,
    organizationIds: [],
    sessionHash: null,
  },
  ip: '',
  userAgent: '',
  requestId: '',
};

/** Runs writes, and tells listeners what has changed once it is committed. */
export interface Changes {
  /**
   * Runs a write in one transaction together with its audit entries. The return type demands at least one
   * entry: a write that nobody can trace does not compile. A database that finds writes waiting for each other takes
   * one of them back, and that one is run again.
   * @param write changes nothing but through `tx`; returns an `actor` where it alone finds out who writes: somebody who is just signing in.
   */
  change<Result>(
    context: ChangeContext,
    write: (tx: Transaction<Database>) => Promise<{
      result: Result;
      audit: AuditEntry | readonly [AuditEntry, ...AuditEntry[]];
      actor?: Principal;
    }>,
  ): Promise<Result>;
  /**
   * Calls the listener after every committed change: of this instance before the writer's answer is sent, of
   * another one when it is heard of, which may be more than once or, at worst, never.
   */
  onChange(listener: ChangeListener): void;
  /** Calls the listener when changes of other instances may have been missed: what is remembered must be read again. */
  onMissed(listener: () => void): void;
}

/** @param origin whether this instance made the change. */
export type ChangeListener = (object: ChangedObject, origin: 'here' | 'elsewhere') => void;

/** The one way to write, with the ends that are connected to the other instances. */
export interface ConnectedChanges extends Changes {
  /** Passes on what another instance has changed. */
  receive(objects: readonly ChangedObject[]): void;
  /** Passes on that changes of others may have been missed. */
  miss(): void;
}

/** Tells other instances of a change; called within its transaction, and what it returns after the commit. */
export type TellChanges = (tx: Transaction<Database>, objects: readonly ChangedObject[]) => Promise<() => void>;

/** Creates the one way to write. */
export function createChanges(
  storage: Storage,
  now: () => number = Date.now,
  tellOthers: TellChanges = async () => () => undefined,
): ConnectedChanges {
  const listeners: ChangeListener[] = [];
  const missedListeners: (() => void)[] = [];
  return {
    async change(context, write) {
      const { result, entries, tellCommitted } = await againAfterDeadlock(() =>
        storage.db.transaction().execute(async (tx) => {
          const { result, audit, actor = context.principal } = await write(tx);
          const entries = isEntry(audit) ? [audit] : [...audit];
          await writeEntries(tx, { ...context, principal: actor }, entries, now());
          const objects = entries.map((entry) => entry.object);
          return { result, entries, tellCommitted: await tellOthers(tx, objects) };
        }),
      );
      for (const entry of entries) for (const listener of listeners) listener(entry.object, 'here');
      tellCommitted();
      return result;
    },
    onChange(listener) {
      listeners.push(listener);
    },
    onMissed(listener) {
      missedListeners.push(listener);
    },
    receive(objects) {
      for (const object of objects) for (const listener of listeners) listener(object, 'elsewhere');
    },
    miss() {
      for (const listener of missedListeners) listener();
    },
  };
}

function isEntry(audit: AuditEntry | readonly AuditEntry[]): audit is AuditEntry {
  return !Array.isArray(audit);
}

async function writeEntries(
  db: Kysely<Database>,
  context: ChangeContext,
  entries: readonly AuditEntry[],
  happenedAt: number,
): Promise<void> {
  // In slices, since both engines bound the number of parameters of a statement.
  for (let start = 0; start < entries.length; start += 500) {
    const slice = entries.slice(start, start + 500);
    await db
      .insertInto('audit_log')
      .values(
        slice.map((entry) => ({
          audit_id: randomUUID(),
          happened_at: happenedAt,
          actor_user_id: context.principal.userId ?? '',
          actor_key_hash: context.principal.keyHash ?? '',
          action: entry.action,
          object_type: entry.object.type,
          object_id: loggedIdOf(entry.object),
          before_json: JSON.stringify(withoutSecrets(entry.before ?? {})),
          after_json: JSON.stringify(withoutSecrets(entry.after ?? {})),
          ip: context.ip,
          user_agent: context.userAgent.slice(0, 400),
          request_id: context.requestId,
        })),
      )
      .execute();
  }
}

/**
 * The id that the log may hold. Whoever has the id of an invitation can set the person's password, and more people read
 * the log than may invite: of invitations it holds the SHA-256 in hex.
 */
function loggedIdOf({ type, id }: ChangedObject): string {
  return type === 'invitation' ? createHash('sha256').update(id).digest('hex') : id;
}

const secretName = /password|secret|api_key|authorization(?!_endpoint)|private/i;

function withoutSecrets(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, secretName.test(name) && field !== null ? '***' : field]),
  );
}
