import { masterUserId } from '../../access/principal.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { lockUser } from '../users/index.ts';
import { insertInvitation } from './insert-invitation.ts';
import { type PresentedInvitation, presentInvitation } from './present-invitation.ts';

/**
 * Creates a link with which one person sets a password: valid seven days to the millisecond, works once. It is
 * also how an admin resets a password. Older links of the same person that nobody has used stop working.
 * @throws ApiError 400 for an unknown user and for the row of the master key, which has no password of its own.
 */
export async function createInvitation(
  parts: Parts,
  call: Call,
  input: { user_id: string },
): Promise<PresentedInvitation> {
  if (input.user_id === masterUserId) {
    throw refused(
      `${masterUserId} signs in with UI_USERNAME and UI_PASSWORD and cannot be invited. Add a user with /user/new and invite that one.`,
    );
  }
  return parts.changes.change(call.context, async (tx) => {
    const user = await lockUser(tx, input.user_id);
    if (!user) {
      throw refused("User id does not exist in 'LiteLLM_UserTable'. Fix this by creating user via `/user/new`.");
    }
    const { row, audit } = await insertInvitation(tx, {
      userId: user.user_id,
      createdBy: call.principal.userId ?? '',
      now: parts.now(),
    });
    return { result: presentInvitation(row), audit };
  });
}

function refused(message: string): ApiError {
  return new ApiError(400, message, { type: 'internal_server_error', param: 'None' });
}
