import { implement, type Route } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { createSignInThrottle } from '../passwords/index.ts';
import { askForPasskey } from '../second-factors/index.ts';
import { acceptInvitation } from './accept-invitation.ts';
import { changePassword } from './change-password.ts';
import { openInvitation } from './open-invitation.ts';
import type { ProviderSignIn } from './provider-sign-in.ts';
import * as contract from './sign-in.contract.ts';
import { signIn } from './sign-in.ts';
import { signInWithPasskey } from './sign-in-with-passkey.ts';
import { signOut } from './sign-out.ts';

/** The endpoints with which people get in and out. */
export function signInRoutes(parts: Parts, providers: ProviderSignIn): Route[] {
  const throttle = createSignInThrottle(parts);
  return [
    implement(contract.signIn, (call, input) => signIn(parts, throttle, providers, call, input)),
    implement(contract.signInByForm, async (call, input) => {
      const { redirect_url } = await signIn(parts, throttle, providers, call, input);
      call.redirect(redirect_url);
      return undefined;
    }),
    implement(contract.beginPasskeySignIn, async (call) => ({ options: await askForPasskey(parts, call) })),
    implement(contract.signInWithPasskey, (call, input) => signInWithPasskey(parts, throttle, providers, call, input)),
    implement(contract.signOut, (call) => signOut(parts, providers, call)),
    implement(contract.changePassword, (call, input) => changePassword(parts, throttle, call, input)),
    implement(contract.openInvitation, (call, input) => openInvitation(parts, call, input)),
    implement(contract.acceptInvitation, (call, input) => acceptInvitation(parts, throttle, providers, call, input)),
  ];
}
