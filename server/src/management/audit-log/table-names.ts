import type { ChangedObject } from '../../audit/change.ts';

/** The tables of LiteLLM that the audit log names, by what was changed; what it has no table for has a name of ours. */
const tableNames: Readonly<Record<ChangedObject['type'], string>> = {
  key: 'LiteLLM_VerificationToken',
  user: 'LiteLLM_UserTable',
  'user-import': 'LiteLLM_UserImport',
  team: 'LiteLLM_TeamTable',
  'team-member': 'LiteLLM_TeamMembership',
  invitation: 'LiteLLM_InvitationLink',
  'password-reset': 'LiteLLM_PasswordResetTable',
  session: 'LiteLLM_UISession',
  settings: 'LiteLLM_Config',
  budget: 'LiteLLM_BudgetTable',
  customer: 'LiteLLM_EndUserTable',
  organization: 'LiteLLM_OrganizationTable',
  'organization-member': 'LiteLLM_OrganizationMembership',
  model: 'LiteLLM_ProxyModelTable',
  spend: 'LiteLLM_Spend',
};

/** The name of the table that holds such an object. A type that an older version wrote stays as it is. */
export function tableNameOf(objectType: string): string {
  return Object.hasOwn(tableNames, objectType) ? tableNames[objectType as ChangedObject['type']] : objectType;
}

/** What the table holds. A name that nobody knows stands for itself, and then nothing is found. */
export function objectTypeOf(tableName: string): string {
  return Object.entries(tableNames).find(([, name]) => name === tableName)?.[0] ?? tableName;
}
