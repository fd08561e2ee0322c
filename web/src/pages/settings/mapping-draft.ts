import { type Role, roles } from '@latchkey/server/contract';
import type { SettingValue } from './settings-draft.ts';

/** The mapping of groups as the fields hold it. */
export interface MappingDraft {
  readonly provider: string;
  readonly claim: string;
  /** Groups by role, as typed: separated by commas. */
  readonly groups: Readonly<Record<Role, string>>;
  /** Empty: what new users get. */
  readonly defaultRole: string;
  /** Of `team_mappings`. */
  readonly teamClaim: string;
}

/** Reads `role_mappings` or `team_mappings`; what is not set is empty. */
export function mappingFrom(value: unknown): MappingDraft {
  const mapping = isRecord(value) ? value : {};
  const groups = isRecord(mapping['roles']) ? mapping['roles'] : {};
  return {
    provider: textOf(mapping['provider']) || 'generic',
    claim: textOf(mapping['group_claim']),
    groups: Object.fromEntries(roles.map((role) => [role, listOf(groups[role])])) as Record<Role, string>,
    defaultRole: textOf(mapping['default_role']),
    teamClaim: textOf(mapping['team_ids_jwt_field']),
  };
}

/** `role_mappings` as the API takes it; null without a claim. Typed commas and spaces stay while one types. */
export function mappingValue(draft: MappingDraft): SettingValue {
  if (draft.claim === '') return null;
  const given = roles.filter((role) => draft.groups[role] !== '');
  return {
    provider: draft.provider,
    group_claim: draft.claim,
    default_role: draft.defaultRole === '' ? null : draft.defaultRole,
    roles: Object.fromEntries(given.map((role) => [role, draft.groups[role].split(/,\s?/)])),
  };
}

function listOf(value: unknown): string {
  return Array.isArray(value) ? value.join(', ') : '';
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
