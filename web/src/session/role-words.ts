import type { Role } from '@latchkey/server/contract';

/** What people call the roles. */
export const roleLabels: Readonly<Record<Role, string>> = {
  proxy_admin: 'Admin',
  proxy_admin_viewer: 'Admin viewer',
  internal_user: 'Internal user',
  internal_user_viewer: 'Internal viewer',
};

/** What each role can do, one sentence in second person. */
export const roleSentences: Readonly<Record<Role, string>> = {
  proxy_admin: 'You manage people, keys and settings, and see everything.',
  proxy_admin_viewer: 'You see all keys, usage and caching. You change nothing.',
  internal_user: 'You create your own keys and see your own usage.',
  internal_user_viewer: 'You see your own keys and usage. An admin creates keys for you.',
};

/** The label of a role id as it travels; ids the console does not know are shown as they are. */
export function roleLabel(role: string): string {
  return isRole(role) ? roleLabels[role] : role;
}

/** The sentence for a role id; empty for ids the console does not know. */
export function roleSentence(role: string): string {
  return isRole(role) ? roleSentences[role] : '';
}

function isRole(role: string): role is Role {
  return role in roleLabels;
}
