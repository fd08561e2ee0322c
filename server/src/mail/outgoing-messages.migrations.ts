import { sql } from 'kysely';
import type { Migrations } from '../storage/open-storage.ts';

/** What is told to people and programs outside. */
export const outgoingMessageMigrations: Migrations = {
  '0100-outgoing-messages': {
    async up(db) {
      await db.schema
        .createTable('outgoing_messages')
        .addColumn('message_id', 'text', (column) => column.primaryKey())
        .addColumn('channel', 'text', (column) => column.notNull())
        .addColumn('event', 'text', (column) => column.notNull())
        .addColumn('recipient', 'text', (column) => column.notNull())
        .addColumn('subject', 'text', (column) => column.notNull())
        .addColumn('sealed_content', 'text')
        .addColumn('reference', 'text', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('due_at', 'bigint')
        .addColumn('claimed_by', 'text')
        .addColumn('attempt_count', 'integer', (column) => column.notNull())
        .addColumn('last_error', 'text')
        .addColumn('sent_at', 'bigint')
        .addColumn('failed_at', 'bigint')
        .addColumn('withdrawn_at', 'bigint')
        .execute();
      const index = (name: string, columns: string[]) =>
        db.schema.createIndex(name).on('outgoing_messages').columns(columns).execute();
      await index('outgoing_messages_by_due', ['channel', 'due_at']);
      await index('outgoing_messages_by_recipient', ['recipient', 'event', 'created_at']);
      await index('outgoing_messages_by_creation', ['created_at', 'message_id']);
      await index('outgoing_messages_by_reference', ['reference', 'due_at']);
    },
  },
  '0105-outbox-by-outcome': {
    async up(db) {
      // The rare outcomes, so that a page of them does not read past all the others.
      for (const [name, column] of [
        ['outgoing_messages_waiting', 'due_at'],
        ['outgoing_messages_failed', 'failed_at'],
        ['outgoing_messages_withdrawn', 'withdrawn_at'],
      ] as const) {
        await sql`create index ${sql.ref(name)} on outgoing_messages (created_at, message_id) where ${sql.ref(column)} is not null`.execute(
          db,
        );
      }
    },
  },
};
