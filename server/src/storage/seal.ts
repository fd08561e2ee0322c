import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** What is sealed. Every purpose has a key of its own, so a text of one cannot stand for another. */
export type SealPurpose =
  | 'model parameters'
  | 'single sign-on'
  | 'mail settings'
  | 'outgoing messages'
  | 'one-time codes';

/** What a sealed text belongs to: it opens nowhere else. */
export interface SealBinding {
  /** `LITELLM_SALT_KEY`, or the master key. */
  readonly saltKey: string;
  readonly purpose: SealPurpose;
  /** Id of the row that holds the text: moved to another row, it does not open. */
  readonly id: string;
}

const ivBytes = 12;
const tagBytes = 16;
const version = 'v1.';

/** Seals a JSON value with AES-256-GCM, for a column of the database. */
export function seal({ saltKey, purpose, id }: SealBinding, value: unknown): string {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', keyFor(saltKey, purpose), iv).setAAD(Buffer.from(id));
  const sealed = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
  return version + Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
}

/**
 * Opens what `seal` made.
 * @returns the value, to be checked by whoever knows its shape.
 * @throws Error when the key, the purpose, the id or the text is another.
 */
export function unseal({ saltKey, purpose, id }: SealBinding, text: string): unknown {
  if (!text.startsWith(version)) throw new Error(`What is sealed for ${purpose} ${id} is sealed in an unknown way.`);
  const bytes = Buffer.from(text.slice(version.length), 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', keyFor(saltKey, purpose), bytes.subarray(0, ivBytes), {
    authTagLength: tagBytes,
  })
    .setAAD(Buffer.from(id))
    .setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
  const opened = Buffer.concat([decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()]);
  return JSON.parse(opened.toString('utf8'));
}

function keyFor(saltKey: string, purpose: SealPurpose): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', saltKey, '', `latchkey ${purpose}`, 32));
}
