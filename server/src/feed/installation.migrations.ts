import { randomUUID } from 'node:crypto';
import type { Migrations } from '../storage/open-storage.ts';

/** The name of this installation, made once with its database. */
export const installationMigrations: Migrations = {
  '0070-installation': {
    async up(db) {
      await db.schema
        .createTable('installation')
        .addColumn('installation_id', 'text', (column) => column.primaryKey())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .execute();
      await db.insertInto('installation').values({ installation_id: randomUUID(), created_at: Date.now() }).execute();
    },
  },
};
