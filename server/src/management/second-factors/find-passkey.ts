import { generateAuthenticationOptions, verifyAuthenticationResponse } from '@simplewebauthn/server';
import type { Transaction } from 'kysely';
import type { Call } from '../../http/call.ts';
import type { Database } from '../../storage/database.ts';
import type { Parts } from '../parts.ts';
import { consumePasskeyChallenge, createPasskeyChallenge, isPasskeyChallenge } from './passkey-challenge.ts';
import { relyingPartyOf } from './relying-party.ts';
import './second-factors.table.ts';

/** What a browser answers when somebody signs in with a passkey (WebAuthn level 3, `AuthenticationResponseJSON`). */
export interface PasskeyAnswer {
  readonly id: string;
  readonly rawId: string;
  readonly type: 'public-key';
  readonly response: {
    readonly clientDataJSON: string;
    readonly authenticatorData: string;
    readonly signature: string;
    readonly userHandle?: string | undefined;
  };
  readonly clientExtensionResults: Record<string, never>;
}

/** A passkey that has proved to be there, and what remains to be written when its owner gets in. */
export interface ProvedPasskey {
  readonly userId: string;
  /** Uses the proof up: notes the count of signatures. @throws ApiError 401 when it was used before. */
  consume(tx: Transaction<Database>): Promise<void>;
}

const binding = 'sign-in';

/** What a browser needs to ask for any passkey of this gateway. Names nobody, and leaves nothing behind. */
export async function askForPasskey(parts: Parts, call: Call): Promise<Record<string, unknown>> {
  const options = await generateAuthenticationOptions({
    rpID: relyingPartyOf(call.baseUrl).id,
    challenge: createPasskeyChallenge(parts, binding),
    userVerification: 'required',
  });
  return { ...options };
}

/** Checks the answer of a passkey. @returns null when it is none of ours, or does not fit. */
export async function findPasskey(parts: Parts, call: Call, answer: PasskeyAnswer): Promise<ProvedPasskey | null> {
  const row = await parts.storage.db
    .selectFrom('passkeys')
    .selectAll()
    .where('passkey_id', '=', answer.id)
    .executeTakeFirst();
  if (!row) return null;
  const { id, origin } = relyingPartyOf(call.baseUrl);
  const { userHandle, ...response } = answer.response;
  let challenge = '';
  const verification = await verifyAuthenticationResponse({
    response: { ...answer, response: userHandle === undefined ? response : { ...response, userHandle } },
    expectedChallenge: (given) => {
      challenge = given;
      return isPasskeyChallenge(parts, binding, given);
    },
    expectedOrigin: origin,
    expectedRPID: id,
    credential: {
      id: row.passkey_id,
      publicKey: Uint8Array.from(Buffer.from(row.public_key, 'base64url')),
      counter: row.signature_count,
    },
    requireUserVerification: true,
  }).catch(() => null); // The library throws for everything that does not fit.
  if (!verification?.verified) return null;
  const { newCounter } = verification.authenticationInfo;
  return {
    userId: row.user_id,
    consume: async (tx) => {
      await consumePasskeyChallenge(tx, parts, challenge);
      await tx
        .updateTable('passkeys')
        .set({ signature_count: newCounter, last_used_at: parts.now() })
        .where('passkey_id', '=', row.passkey_id)
        .execute();
    },
  };
}
