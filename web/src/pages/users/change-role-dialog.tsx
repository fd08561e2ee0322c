import { type Role, roles, updateUser } from '@latchkey/server/contract';
import { useState } from 'react';
import { call } from '../../api/call.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { RadioCards } from '../../components/radio-cards.tsx';
import { roleLabel } from '../../session/role-words.ts';
import { chosenRole, roleChoices } from './role-choices.ts';
import { useUserChange } from './use-user-change.ts';
import { type ListedUser, personName } from './users-query.ts';

/** Gives a person another role. */
export function ChangeRoleDialog({ user, onClose }: { user: ListedUser; onClose: () => void }) {
  const current = roles.find((role) => role === user.user_role) ?? null;
  const [role, setRole] = useState<Role>(current ?? 'internal_user');
  const change = useUserChange(
    (next: Role) => call(updateUser, { user_id: user.user_id, user_role: next }),
    `${personName(user)} is now ${roleLabel(role)}`,
    onClose,
  );
  return (
    <ConfirmDialog
      open
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
      tone="plain"
      title={`Change the role of ${personName(user)}`}
      description="Takes effect at once. Their keys stay as they are."
      confirmLabel="Change role"
      busy={change.isBusy}
      error={change.problem}
      onConfirm={() => (role === current ? onClose() : change.run(role))}
    >
      <RadioCards
        legend="Role"
        name="new-role"
        options={roleChoices}
        value={role}
        onValueChange={(value) => setRole(chosenRole(value))}
      />
    </ConfirmDialog>
  );
}
