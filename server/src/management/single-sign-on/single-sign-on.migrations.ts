import type { Migrations } from '../../storage/open-storage.ts';

/** Identities at providers, and sign-ins that are under way. */
export const singleSignOnMigrations: Migrations = {
  '0090-single-sign-on': {
    async up(db) {
      await db.schema
        .createTable('user_identities')
        .addColumn('issuer', 'text', (column) => column.notNull())
        .addColumn('subject', 'text', (column) => column.notNull())
        .addColumn('user_id', 'text', (column) => column.notNull().references('users.user_id').onDelete('cascade'))
        .addColumn('provider', 'text', (column) => column.notNull())
        .addColumn('email', 'text')
        .addColumn('mapped_role', 'text')
        .addColumn('mapped_team_ids', 'text', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('last_used_at', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('user_identities_pk', ['issuer', 'subject'])
        .execute();
      await db.schema.createIndex('user_identities_by_user').on('user_identities').columns(['user_id']).execute();
      await db.schema.createIndex('user_identities_by_subject').on('user_identities').columns(['subject']).execute();
      await db.schema
        .createTable('sign_on_attempts')
        .addColumn('state_hash', 'text', (column) => column.primaryKey())
        .addColumn('browser_hash', 'text', (column) => column.notNull())
        .addColumn('provider', 'text', (column) => column.notNull())
        .addColumn('redirect_uri', 'text', (column) => column.notNull())
        .addColumn('return_path', 'text', (column) => column.notNull())
        .addColumn('preview_id', 'text')
        .addColumn('network', 'text', (column) => column.notNull())
        .addColumn('expires_at', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema
        .createIndex('sign_on_attempts_by_network')
        .on('sign_on_attempts')
        .columns(['network', 'expires_at'])
        .execute();
      await db.schema.createIndex('sign_on_attempts_by_end').on('sign_on_attempts').columns(['expires_at']).execute();
      await db.schema
        .createTable('sign_on_previews')
        .addColumn('preview_id', 'text', (column) => column.primaryKey())
        .addColumn('provider', 'text', (column) => column.notNull())
        .addColumn('started_by', 'text', (column) => column.notNull())
        .addColumn('sealed_outcome', 'text')
        .addColumn('expires_at', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('sign_on_sessions')
        .addColumn('session_hash', 'text', (column) =>
          column.primaryKey().references('sessions.session_hash').onDelete('cascade'),
        )
        .addColumn('provider', 'text', (column) => column.notNull())
        .addColumn('sealed_id_token', 'text')
        .execute();
    },
  },
};
