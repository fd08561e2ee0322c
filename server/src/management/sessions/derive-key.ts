import { hkdfSync } from 'node:crypto';

/** What a derived key is for. A signature made for one purpose is worthless for another. */
export type KeyPurpose = 'csrf' | 'console-token' | 'onboarding-token' | 'passkey-challenge' | 'known-browser';

/** A 256-bit key for one purpose, from the master key by HKDF-SHA-256: no answer is ever signed with the master key itself. */
export function deriveKey(masterKey: string, purpose: KeyPurpose): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', masterKey, '', `latchkey ${purpose}`, 32));
}
