import { createHash, randomUUID } from 'node:crypto';
import type { Kysely, Transaction } from 'kysely';
import type { Principal } from '../access/principal.ts';
import type { Database } from '../storage/database.ts';
import type { Storage } from '../storage/open-storage.ts';
import './audit-log.table.ts';

/** What a write says about itself. The object also tells every cache what to forget. */
export interface AuditEntry {
  readonly action:
    | 'created'
    | 'updated'
    | 'deleted'
    | 'blocked'
    | 'unblocked'
    | 'accepted'
    | 'signed-in'
    | 'signed-out'
    | 'reset'
    | 'regenerated';
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
   * entry: a write that nobody can trace does not compile.
   */
  change<Result>(
    context: ChangeContext,
    write: (
      tx: Transaction<Database>,
    ) => Promise<{ result: Result; audit: AuditEntry | readonly [AuditEntry, ...AuditEntry[]] }>,
  ): Promise<Result>;
  /** Calls the listener after every committed change on this instance, before the writer's answer is sent. */
  onChange(listener: (object: ChangedObject) => void): void;
}

/** Creates the one way to write. */
export function createChanges(storage: Storage, now: () => number = Date.now): Changes {
  const listeners: ((object: ChangedObject) => void)[] = [];
  return {
    async change(context, write) {
      const { result, entries } = await storage.db.transaction().execute(async (tx) => {
        const { result, audit } = await write(tx);
        const entries = isEntry(audit) ? [audit] : [...audit];
        await writeEntries(tx, context, entries, now());
        return { result, entries };
      });
      for (const entry of entries) for (const listener of listeners) listener(entry.object);
      return result;
    },
    onChange(listener) {
      listeners.push(listener);
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

const secretName = /password|secret|api_key|authorization|private/i;

function withoutSecrets(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, secretName.test(name) && field !== null ? '***' : field]),
  );
}
