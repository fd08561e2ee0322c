import { implement, type Route } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { createSignInThrottle } from '../passwords/index.ts';
import { createResetLink } from './create-reset-link.ts';
import { forgotPassword } from './forgot-password.ts';
import * as contract from './password-resets.contract.ts';
import { openPasswordReset, resetPassword } from './reset-password.ts';

/**
 * The endpoints with which people who forgot their password get a new one.
 * @param reportFailure is told what went wrong after an answer was given.
 */
export function passwordResetRoutes(parts: Parts, reportFailure: (error: unknown) => void): Route[] {
  const throttle = createSignInThrottle(parts);
  return [
    implement(contract.forgotPassword, (call, input) => forgotPassword(parts, throttle, call, input, reportFailure)),
    implement(contract.openPasswordReset, (call) => openPasswordReset(parts, call)),
    implement(contract.resetPassword, (call, input) => resetPassword(parts, call, input)),
    implement(contract.createResetLink, (call, input) => createResetLink(parts, call, input)),
  ];
}
