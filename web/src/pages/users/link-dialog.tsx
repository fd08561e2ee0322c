import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ApiFailure } from '../../api/api-failure.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { formatDateTime } from '../../format/index.ts';
import { LinkToCopy } from './invitation-results.tsx';
import { createInvitationLink, createPasswordResetLink } from './password-link.ts';
import { type ListedUser, personName } from './users-query.ts';

/** Makes a link for a person who has an account: to accept the invitation, or to set a new password. */
export function LinkDialog({ user, onClose }: { user: ListedUser; onClose: () => void }) {
  const queryClient = useQueryClient();
  const isReset = user.status === 'active';
  const kind = isReset ? 'Password reset link' : 'Invite link';
  const creation = useMutation({
    mutationFn: () => (isReset ? createPasswordResetLink : createInvitationLink)(user.user_id),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['users'] }),
  });
  const link = creation.data;
  return (
    <Dialog
      open
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
      title={`${kind} for ${personName(user)}`}
      description={
        link === undefined
          ? `The link sets a ${isReset ? 'new ' : ''}password, works once, and ends in ${isReset ? '30 minutes' : '7 days'}. Links made before stop working.`
          : `${link.mailWords} The link works once and ends ${formatDateTime(link.expiresAt)}.`
      }
      footer={
        link === undefined ? (
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button variant="primary" busy={creation.isPending} onClick={() => creation.mutate()}>
              Create link
            </Button>
          </>
        ) : (
          <Button variant="primary" onClick={onClose}>
            Done
          </Button>
        )
      }
    >
      {link !== undefined && <LinkToCopy address={link.address} label={kind} />}
      {creation.error && (
        <p role="alert" className="whitespace-pre-line text-body text-danger">
          {creation.error instanceof ApiFailure
            ? creation.error.message
            : 'The console hit an unexpected problem. Try again.'}
        </p>
      )}
    </Dialog>
  );
}
