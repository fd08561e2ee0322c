/**
 * The door for the console: every declaration, and nothing that runs on the server.
 */
export * from './access/permissions.contract.ts';
export * from './gateway/endpoints/limits.contract.ts';
export * from './gateway/endpoints/models.contract.ts';
export * from './http/console-links.contract.ts';
export type { Endpoint, Method } from './http/endpoint.contract.ts';
export * from './mail/mail-events.contract.ts';
export * from './mail/mail-settings.contract.ts';
export * from './management/audit-log/audit-log.contract.ts';
export * from './management/budgets/budgets.contract.ts';
export * from './management/caching/caching.contract.ts';
export * from './management/caching/response-cache.contract.ts';
export * from './management/customers/customers.contract.ts';
export * from './management/email/email.contract.ts';
export * from './management/health/health.contract.ts';
export * from './management/invitations/invitations.contract.ts';
export * from './management/keys/bulk-keys.contract.ts';
export * from './management/keys/key-options.contract.ts';
export * from './management/keys/keys.contract.ts';
export * from './management/models/models.contract.ts';
export * from './management/password-resets/password-resets.contract.ts';
export * from './management/second-factors/second-factors.contract.ts';
export * from './management/sessions/sessions.contract.ts';
export * from './management/settings/settings.contract.ts';
export * from './management/sign-in/sign-in.contract.ts';
export * from './management/single-sign-on/single-sign-on.contract.ts';
export * from './management/single-sign-on/single-sign-on.contract.ts';
export * from './management/single-sign-on/sso-settings.contract.ts';
export * from './management/spend/global-spend.contract.ts';
export * from './management/spend/spend.contract.ts';
export * from './management/spend/spend-logs.contract.ts';
export * from './management/teams/team-changes.contract.ts';
export * from './management/teams/team-lists.contract.ts';
export * from './management/teams/teams.contract.ts';
export * from './management/usage/usage.contract.ts';
export * from './management/users/user-imports.contract.ts';
export * from './management/users/users.contract.ts';
