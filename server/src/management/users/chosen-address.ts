import { ApiError } from '../../http/api-error.ts';
import type { UserTable } from './users.table.ts';

/**
 * Whether an account may be found by its address, on behalf of somebody else than its holder: when an admin or a
 * provider of sign-in has given the address. One that the holder has entered may be another person's, and whoever
 * looks for that person, to give them a role, a team or a session, would find the wrong account.
 */
export function isFoundByAddress(user: Pick<UserTable, 'email_chosen_at'>): boolean {
  return user.email_chosen_at === null;
}

/** 400 for an address that stands for nobody, since nobody but its holder has said so. */
export function chosenAddress(email: string): ApiError {
  return new ApiError(
    400,
    `The account with the address ${email} has entered it itself, and nobody has confirmed it. Name the account by its user_id; to confirm the address, send both to /user/update.`,
    { type: 'bad_request_error', param: 'user_email' },
  );
}
