import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import '../users/users.table.ts';

/** What signing in with providers has to say about the other ways in and out. */
export interface ProviderSignIn {
  /** Whether somebody may still sign in without a provider. */
  mayUsePassword(user: { readonly user_role: string }): Promise<boolean>;
  /** Where a browser that signs out goes to be signed out at its provider too; null: nowhere. */
  logoutUrl(call: Call): Promise<string | null>;
}

/**
 * Refuses somebody who has to sign in with a provider. Call it once they have proven who they are, outside of a write.
 * @throws ApiError 403.
 */
export async function checkMayUsePassword(
  { storage }: Parts,
  providers: ProviderSignIn,
  userId: string,
): Promise<void> {
  const user = await storage.db
    .selectFrom('users')
    .select('user_role')
    .where('user_id', '=', userId)
    .executeTakeFirst();
  if (!user || (await providers.mayUsePassword(user))) return;
  throw new ApiError(
    403,
    'People sign in with a provider here, not with a password or a passkey. Choose its button on the sign-in page.',
    { type: 'auth_error', param: 'provider_required' },
  );
}
