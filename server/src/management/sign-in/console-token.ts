import { SignJWT } from 'jose';
import type { Parts } from '../parts.ts';
import { deriveKey } from '../sessions/index.ts';

/** Who a token for the console is about. */
export interface ConsoleTokenFacts {
  readonly userId: string;
  readonly userEmail: string | null;
  readonly userRole: string;
  readonly loginMethod: string;
  readonly mustChangePassword: boolean;
  /** The credential inside: an opaque session token, or an onboarding token. */
  readonly key: string;
}

/**
 * Wraps a credential in the JWT that LiteLLM's clients decode (they do not verify it). It has no expiry: it lives
 * as long as the credential inside. The gateway itself accepts only what is inside.
 */
export async function createConsoleToken({ settings }: Parts, facts: ConsoleTokenFacts): Promise<string> {
  const claims = {
    user_id: facts.userId,
    key: facts.key,
    user_email: facts.userEmail,
    user_role: facts.userRole,
    login_method: facts.loginMethod,
    premium_user: false,
    auth_header_name: settings.keyHeaderName ?? 'Authorization',
    disabled_non_admin_personal_key_creation: false,
    server_root_path: settings.serverRootPath || '/',
    password_reset_required: facts.mustChangePassword,
  };
  return new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(deriveKey(settings.masterKey, 'console-token'));
}
