import { type CompiledQuery, type Kysely, type KyselyPlugin, sql } from 'kysely';
import { beforeAll, expect, it } from 'vitest';
import { type Access, masterPrincipal } from '../../access/principal.ts';
import type { Database } from '../../storage/database.ts';
import type { Storage } from '../../storage/open-storage.ts';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { type AuditFilter, listAuditRows, readAuditRowsAfter } from './audit-log.store.ts';

const everything: AuditFilter = {
  actorUserId: null,
  actorKeyHash: null,
  action: null,
  objectType: null,
  objectId: null,
  teamId: null,
  keyHash: null,
  since: null,
  until: null,
};
const all: Access = { principal: masterPrincipal, reach: 'all', roleReach: 'all' };
const own: Access = {
  principal: { ...masterPrincipal, kind: 'session', role: 'internal_user', userId: 'user-7' },
  reach: 'own',
  roleReach: 'own',
};
const newest = { sortBy: 'updated_at', sortOrder: 'desc', limit: 10, offset: 0 } as const;

describeOnEachEngine('The queries of the audit log', (openStorage, engine) => {
  let storage: Storage;

  beforeAll(async () => {
    storage = await openStorage();
    for (let start = 0; start < 20_000; start += 500) {
      const rows = Array.from({ length: 500 }, (_, at) => ({
        audit_id: `entry-${start + at}`,
        happened_at: (start + at) * 1_000,
        actor_user_id: `user-${(start + at) % 200}`,
        actor_key_hash: `key-${(start + at) % 300}`,
        action: ['created', 'updated', 'deleted'][at % 3] ?? '',
        object_type: ['key', 'user', 'team'][at % 3] ?? '',
        object_id: `object-${(start + at) % 1_000}`,
        before_json: '{}',
        after_json: '{}',
        ip: '',
        user_agent: '',
        request_id: '',
      }));
      await storage.db.insertInto('audit_log').values(rows).execute();
    }
    await sql`analyze`.execute(storage.db);
  });

  async function plansOf(action: (db: Kysely<Database>) => Promise<unknown>): Promise<string[]> {
    const queries: CompiledQuery[] = [];
    const spy: KyselyPlugin = {
      transformQuery({ node, queryId }) {
        queries.push(storage.db.getExecutor().compileQuery(node, queryId));
        return node;
      },
      transformResult: async ({ result }) => result,
    };
    await action(storage.db.withPlugin(spy));
    const explain = engine === 'sqlite' ? 'explain query plan' : 'explain';
    return Promise.all(
      // What is counted is read up to a bound, in whatever order: only the rows that are shown must come from an index.
      queries
        .filter((query) => query.sql.startsWith('select * '))
        .map(async (query) => {
          const { rows } = await storage.db.executeQuery<Record<string, unknown>>({
            ...query,
            sql: `${explain} ${query.sql}`,
          });
          return rows.map((row) => row['detail'] ?? row['QUERY PLAN']).join('\n');
        }),
    );
  }

  it.each([
    ['of everybody', all, everything],
    ['of one’s own account', own, everything],
    ['of an actor', all, { ...everything, actorUserId: 'user-3' }],
    ['of an actor’s key', all, { ...everything, actorKeyHash: 'key-3' }],
    ['of an object', all, { ...everything, objectId: 'object-3' }],
    ['of a time', all, { ...everything, since: 5_000_000, until: 5_100_000 }],
  ])('read the newest entries %s from an index', async (_whose, access, filter) => {
    const plans = await plansOf(async (db) => {
      await listAuditRows(db, access, filter, newest);
      await readAuditRowsAfter(db, access, filter, null, 500);
    });
    expect(plans).not.toEqual([]);
    for (const plan of plans) expect(plan).not.toMatch(/SCAN audit_log(?! USING)|Seq Scan on audit_log/);
  });
});
