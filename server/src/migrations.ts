import { auditLogMigrations } from './audit/audit-log.migrations.ts';
import { installationMigrations } from './feed/installation.migrations.ts';
import { ledgerMigrations } from './ledger/ledger.migrations.ts';
import { outgoingMessageMigrations } from './mail/outgoing-messages.migrations.ts';
import { raisedAlertMigrations } from './management/alerts/raised-alerts.migrations.ts';
import { budgetMigrations } from './management/budgets/budgets.migrations.ts';
import { customerMigrations } from './management/customers/customers.migrations.ts';
import { healthCheckMigrations } from './management/health/health-checks.migrations.ts';
import { invitationMigrations } from './management/invitations/invitations.migrations.ts';
import { keyMigrations } from './management/keys/keys.migrations.ts';
import { modelMigrations } from './management/models/models.migrations.ts';
import { organizationMigrations } from './management/organizations/organizations.migrations.ts';
import { passwordResetMigrations } from './management/password-resets/password-resets.migrations.ts';
import { secondFactorMigrations } from './management/second-factors/second-factors.migrations.ts';
import { sessionMigrations } from './management/sessions/sessions.migrations.ts';
import { configMigrations } from './management/settings/config.migrations.ts';
import { singleSignOnMigrations } from './management/single-sign-on/single-sign-on.migrations.ts';
import { teamMigrations } from './management/teams/teams.migrations.ts';
import { userImportMigrations } from './management/users/user-imports.migrations.ts';
import { userMigrations } from './management/users/users.migrations.ts';
import type { Migrations } from './storage/open-storage.ts';

/** All migrations of all features; the number in a name is its place in the one order of the product. */
export const migrations: Migrations = {
  ...installationMigrations,
  ...auditLogMigrations,
  ...userMigrations,
  ...teamMigrations,
  ...keyMigrations,
  ...invitationMigrations,
  ...sessionMigrations,
  ...ledgerMigrations,
  ...modelMigrations,
  ...configMigrations,
  ...userImportMigrations,
  ...budgetMigrations,
  ...customerMigrations,
  ...secondFactorMigrations,
  ...passwordResetMigrations,
  ...outgoingMessageMigrations,
  ...organizationMigrations,
  ...singleSignOnMigrations,
  ...raisedAlertMigrations,
  ...healthCheckMigrations,
};
