import type { Migrations } from '../../storage/open-storage.ts';

/** Invitation links. */
export const invitationMigrations: Migrations = {
  '0005-invitations': {
    async up(db) {
      await db.schema
        .createTable('invitations')
        .addColumn('invitation_id', 'text', (column) => column.primaryKey())
        .addColumn('user_id', 'text', (column) => column.notNull().references('users.user_id').onDelete('cascade'))
        .addColumn('accepted_at', 'bigint')
        .addColumn('revoked_at', 'bigint')
        .addColumn('expires_at', 'bigint', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('created_by', 'text', (column) => column.notNull())
        .addColumn('updated_at', 'bigint', (column) => column.notNull())
        .addColumn('updated_by', 'text', (column) => column.notNull())
        .execute();
      await db.schema.createIndex('invitations_by_user').on('invitations').columns(['user_id', 'created_at']).execute();
    },
  },
  '0101-invitation-mails': {
    async up(db) {
      await db.schema.alterTable('invitations').addColumn('emailed_at', 'bigint').execute();
    },
  },
};
