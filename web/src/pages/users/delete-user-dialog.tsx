import { deleteUsers } from '@latchkey/server/contract';
import { call } from '../../api/call.ts';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { formatCountOf, formatRelative } from '../../format/index.ts';
import { useUserChange } from './use-user-change.ts';
import { type ListedUser, personName } from './users-query.ts';

/** Deletes a person with their keys. Destructive with live traffic, so the name must be typed. */
export function DeleteUserDialog({ user, onClose }: { user: ListedUser; onClose: () => void }) {
  const name = personName(user);
  const deletion = useUserChange(
    (userId: string) => call(deleteUsers, { user_ids: [userId] }),
    `${name} was deleted`,
    onClose,
  );
  return (
    <ConfirmDialog
      open
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
      title={`Delete ${name}?`}
      description={
        user.last_active_at === null ? 'Never active.' : `Last active ${formatRelative(user.last_active_at)}.`
      }
      consequences={[
        user.key_count === 0
          ? 'They have no keys.'
          : `${formatCountOf(user.key_count, 'key')} ${user.key_count === 1 ? 'stops' : 'stop'} working at once, wherever ${user.key_count === 1 ? 'it is' : 'they are'} in use.`,
        'They are signed out, and open invitations end.',
        'What they spent stays in usage and logs.',
      ]}
      confirmLabel="Delete user"
      typeToConfirm={name}
      busy={deletion.isBusy}
      error={deletion.problem}
      onConfirm={() => deletion.run(user.user_id)}
    />
  );
}
