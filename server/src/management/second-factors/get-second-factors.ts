import type * as z from 'zod/mini';
import type { Call } from '../../http/call.ts';
import { endedSession, sessionNeeded } from '../../http/credential-errors.ts';
import type { Parts } from '../parts.ts';
import '../users/users.table.ts';
import { presentPasskey } from './present-passkey.ts';
import type { getSecondFactors as endpoint } from './second-factors.contract.ts';
import './second-factors.table.ts';

/** How the caller can prove who they are besides the password. @throws ApiError 403 for a caller without a session. */
export async function getSecondFactors(parts: Parts, call: Call): Promise<z.infer<(typeof endpoint)['result']>> {
  const { sessionHash, userId } = call.principal;
  if (sessionHash === null || userId === null) throw sessionNeeded('/user/second_factors');
  const { db } = parts.storage;
  const user = await db.selectFrom('users').select('password_hash').where('user_id', '=', userId).executeTakeFirst();
  if (!user) throw endedSession();
  const totp = await db
    .selectFrom('totp')
    .select('confirmed_at')
    .where('user_id', '=', userId)
    .where('confirmed_at', 'is not', null)
    .executeTakeFirst();
  const codes = await db
    .selectFrom('recovery_codes')
    .select(({ fn }) => fn.countAll<number>().as('left'))
    .where('user_id', '=', userId)
    .where('used_at', 'is', null)
    .executeTakeFirstOrThrow();
  const passkeys = await db
    .selectFrom('passkeys')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('created_at')
    .orderBy('passkey_id')
    .execute();
  return {
    is_available: user.password_hash !== null,
    totp_enabled: totp !== undefined,
    recovery_codes_left: codes.left,
    passkeys: passkeys.map(presentPasskey),
  };
}
