import { implement, type Route } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { createSignInThrottle } from '../passwords/index.ts';
import { getSecondFactors } from './get-second-factors.ts';
import { beginPasskey, finishPasskey, removePasskey } from './manage-passkeys.ts';
import { resetSecondFactors } from './reset-second-factors.ts';
import * as contract from './second-factors.contract.ts';
import { beginTotp, confirmTotp, removeTotp, renewRecoveryCodes } from './set-up-totp.ts';

/** The endpoints with which people protect their account by more than a password. */
export function secondFactorRoutes(parts: Parts): Route[] {
  const throttle = createSignInThrottle(parts);
  return [
    implement(contract.getSecondFactors, (call) => getSecondFactors(parts, call)),
    implement(contract.beginTotp, (call, input) => beginTotp(parts, throttle, call, input)),
    implement(contract.confirmTotp, (call, input) => confirmTotp(parts, throttle, call, input)),
    implement(contract.removeTotp, (call, input) => removeTotp(parts, throttle, call, input)),
    implement(contract.renewRecoveryCodes, (call, input) => renewRecoveryCodes(parts, throttle, call, input)),
    implement(contract.beginPasskey, (call, input) => beginPasskey(parts, throttle, call, input)),
    implement(contract.finishPasskey, (call, input) => finishPasskey(parts, call, input)),
    implement(contract.removePasskey, (call, input) => removePasskey(parts, throttle, call, input)),
    implement(contract.resetSecondFactors, (call, input) => resetSecondFactors(parts, call, input)),
  ];
}
