import { beginPasskeySignIn, signIn, signInWithPasskey } from '@latchkey/server/contract';
import { useState } from 'react';
import { ApiFailure } from '../api/api-failure.ts';
import { call, type InputOf } from '../api/call.ts';

/** What a form for signing in needs. */
export interface SignInForm {
  username: string;
  setUsername: (username: string) => void;
  password: string;
  setPassword: (password: string) => void;
  code: string;
  setCode: (code: string) => void;
  /** `code`: the password was right, and the account has a second factor. */
  step: 'password' | 'code';
  error: string | null;
  busy: boolean;
  /** Sends what was typed. */
  submit: () => Promise<void>;
  /** Asks the browser for a passkey. */
  submitPasskey: () => Promise<void>;
  /** From the code back to the password. */
  goBack: () => void;
}

/**
 * Signing in with a password, a second factor where there is one, or a passkey.
 * @param onSignedIn what follows; the form stays busy until it is done, and shows what it throws.
 */
export function useSignIn(onSignedIn: () => Promise<void>, initialUsername = ''): SignInForm {
  const [username, setUsername] = useState(initialUsername);
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [step, setStep] = useState<SignInForm['step']>('password');
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const attempt = async (send: () => Promise<unknown>, wordsFor: (problem: unknown) => string | null) => {
    setBusy(true);
    setError(null);
    try {
      await send();
      await onSignedIn();
      setPassword('');
      setCode('');
      setStep('password');
    } catch (problem) {
      setError(wordsFor(problem));
    }
    setBusy(false);
  };

  return {
    ...{ username, setUsername, password, setPassword, code, setCode, step, error, busy },
    submit: () =>
      attempt(
        () =>
          call(signIn, {
            username: username.trim(),
            password,
            ...(step === 'code' ? { one_time_code: code } : {}),
          }),
        (problem) => {
          if (!needsCode(problem)) return wordsForPassword(problem);
          setStep('code');
          return null;
        },
      ),
    submitPasskey: () => attempt(sendPasskey, wordsForPasskey),
    goBack: () => {
      setStep('password');
      setCode('');
      setError(null);
    },
  };
}

/** True where browsers offer passkeys: they are bound to a host name, so there are none at an IP address. */
export const canUsePasskeys =
  'PublicKeyCredential' in window && !/^[\d.]+$|^\[/.test(location.hostname) && window.isSecureContext;

async function sendPasskey(): Promise<void> {
  const { options } = await call(beginPasskeySignIn);
  const { startAuthentication } = await import('@simplewebauthn/browser');
  const answer = await startAuthentication({
    // The gateway made these for the browser; the contract passes them on as they are.
    optionsJSON: options as unknown as Parameters<typeof startAuthentication>[0]['optionsJSON'],
  });
  const { clientDataJSON, authenticatorData, signature, userHandle } = answer.response;
  const response: InputOf<typeof signInWithPasskey>['response'] = {
    ...{ id: answer.id, rawId: answer.rawId, type: answer.type, clientExtensionResults: {} },
    response: { clientDataJSON, authenticatorData, signature, ...(userHandle === undefined ? {} : { userHandle }) },
  };
  await call(signInWithPasskey, { response });
}

function needsCode(problem: unknown): boolean {
  return problem instanceof ApiFailure && problem.param === 'second_factor';
}

function wordsForPassword(problem: unknown): string {
  if (!(problem instanceof ApiFailure)) return 'Signing in failed. Try again.';
  if (problem.param === 'one_time_code') return problem.message;
  // One sentence for a wrong password and an unknown address, so that addresses cannot be probed.
  if (problem.param === 'invalid_credentials') return 'Email or password is wrong.';
  return problem.message;
}

function wordsForPasskey(problem: unknown): string | null {
  if (problem instanceof ApiFailure) return problem.message;
  // Whoever closes the browser's window has changed their mind.
  if (problem instanceof Error && problem.name === 'NotAllowedError') return null;
  return 'The passkey could not be used. Try again, or use your password.';
}
