import type * as z from 'zod/mini';
import { authError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { disabledUser } from '../../http/credential-errors.ts';
import type { Parts } from '../parts.ts';
import type { SignInThrottle } from '../passwords/index.ts';
import { findPasskey } from '../second-factors/index.ts';
import { lockUser } from '../users/index.ts';
import { checkMayUsePassword, type ProviderSignIn } from './provider-sign-in.ts';
import type { signInWithPasskey as endpoint } from './sign-in.contract.ts';
import { contextOf, handOverSession, startSession } from './start-session.ts';

type Input = z.infer<NonNullable<(typeof endpoint)['input']>>;

/**
 * Signs in with a passkey, which stands for password and second factor: its device has asked who is there.
 * @throws ApiError 401 for an answer that does not fit or was used before, and for a disabled account; 403
 * for people who have to sign in with a provider; 429 after too many.
 */
export async function signInWithPasskey(
  parts: Parts,
  throttle: SignInThrottle,
  providers: ProviderSignIn,
  call: Call,
  input: Input,
): Promise<z.infer<(typeof endpoint)['result']>> {
  const proved = await throttle.attempt({ account: `passkey ${input.response.id}`, ip: call.ip }, () =>
    findPasskey(parts, call, input.response),
  );
  if (!proved) throw unknownPasskey();
  await checkMayUsePassword(parts, providers, proved.userId);
  const account = { user_id: proved.userId, user_role: 'internal_user' };
  const { user, session } = await parts.changes.change(contextOf(call, account), async (tx) => {
    const user = await lockUser(tx, proved.userId);
    if (!user) throw unknownPasskey();
    if (user.disabled_at !== null) throw disabledUser(user.user_id);
    await proved.consume(tx);
    const { session, audit } = await startSession(tx, parts, call, user, 'passkey');
    return { result: { user, session }, audit };
  });
  const token = await handOverSession(parts, call, user, 'passkey', session);
  return { redirect_url: `${call.baseUrl}/ui/?login=success`, token };
}

function unknownPasskey() {
  return authError(
    401,
    'This passkey does not open an account here, or took longer than five minutes. Try again, or use your password.',
    'auth_error',
    'invalid_credentials',
  );
}
