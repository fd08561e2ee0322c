import type { Role } from '../../access/permissions.contract.ts';

const texts: Readonly<Record<Role, { description: string; ui_label: string }>> = {
  proxy_admin: {
    description: 'admin over litellm proxy, has all permissions',
    ui_label: 'Admin (All Permissions)',
  },
  proxy_admin_viewer: { description: 'view all keys, view all spend', ui_label: 'Admin (View Only)' },
  internal_user: {
    description: 'view/create/delete their own keys, view their own spend',
    ui_label: 'Internal User (Create/Delete/View)',
  },
  internal_user_viewer: {
    description: 'view their own keys, view their own spend',
    ui_label: 'Internal User (View Only)',
  },
};

/** The four roles that a user can have, with LiteLLM's texts. */
export function listRoles(): Record<string, { description: string; ui_label: string }> {
  return texts;
}
