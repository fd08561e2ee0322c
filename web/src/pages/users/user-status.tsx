import { Status } from '../../components/status.tsx';
import { formatDateTime, formatRelative } from '../../format/index.ts';
import type { ListedUser } from './users-query.ts';

/** Where a person stands, in words. */
export function UserStatus({ user }: { user: Pick<ListedUser, 'status' | 'invitation_expires_at'> }) {
  const expiresAt = user.invitation_expires_at;
  switch (user.status) {
    case 'active':
      return <Status>Active</Status>;
    case 'invited':
      return (
        <Status tone="quiet" {...(expiresAt === null ? {} : { title: `The link ends ${formatDateTime(expiresAt)}` })}>
          Invited{expiresAt !== null && ` (expires ${formatRelative(expiresAt)})`}
        </Status>
      );
    case 'invitation_expired':
      return (
        <Status tone="warning" title="Copy a new invite link from the menu of this row">
          Invite expired
        </Status>
      );
    case 'no_password':
      return (
        <Status tone="quiet" title="Has no password and no open invitation">
          Not invited yet
        </Status>
      );
    case 'disabled':
      return <Status tone="danger">Disabled</Status>;
  }
}
