import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Storage } from '../storage/open-storage.ts';
import './installation.table.ts';

/**
 * A short name that all instances on one database have in common, and no others: channels and keys of a Redis that
 * several installations share carry it. A copy of the database is another installation, so the database's own
 * identity is part of it.
 */
export async function readNamespace(storage: Storage): Promise<string> {
  const row = await storage.db.selectFrom('installation').select('installation_id').executeTakeFirstOrThrow();
  return createHash('sha256')
    .update(JSON.stringify([row.installation_id, await databaseOf(storage)]))
    .digest('hex')
    .slice(0, 16);
}

async function databaseOf(storage: Storage): Promise<string> {
  if (storage.engine === 'sqlite') return 'sqlite';
  const { rows } = await sql<{ name: string }>`
    select oid || ' ' || datname as name from pg_database where datname = current_database()
  `.execute(storage.db);
  return rows[0]?.name ?? '';
}
