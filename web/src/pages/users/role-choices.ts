import type { Role } from '@latchkey/server/contract';
import type { RadioCard } from '../../components/radio-cards.tsx';
import { roleLabels } from '../../session/role-words.ts';

/** What each role lets somebody else do; said about a third person. */
const roleEffects: Readonly<Record<Role, string>> = {
  internal_user: 'Creates their own keys and sees their own usage.',
  internal_user_viewer: 'Sees their own keys and usage. An admin creates the keys.',
  proxy_admin_viewer: 'Sees all keys, people, usage and caching. Changes nothing.',
  proxy_admin: 'Manages people, keys and settings, and sees everything.',
};

/** The roles to choose from, least power that does the job first. */
const rolesInOrder: readonly Role[] = ['internal_user', 'internal_user_viewer', 'proxy_admin_viewer', 'proxy_admin'];

/** The four roles as cards. */
export const roleChoices: readonly RadioCard[] = rolesInOrder.map((role) => ({
  value: role,
  label: roleLabels[role],
  hint: roleEffects[role],
}));

/** The role of a chosen card. */
export function chosenRole(value: string): Role {
  return rolesInOrder.find((role) => role === value) ?? 'internal_user';
}
