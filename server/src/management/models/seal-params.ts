import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const ivBytes = 12;
const tagBytes = 16;
const version = 'v1.';

/**
 * Seals the parameters of a model with AES-256-GCM under a key for this one purpose, bound to the model's id: a text
 * that is moved to another model does not open.
 * @param saltKey `LITELLM_SALT_KEY`, or the master key.
 */
export function sealParams(saltKey: string, modelId: string, params: Readonly<Record<string, unknown>>): string {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', keyFor(saltKey), iv).setAAD(Buffer.from(modelId));
  const sealed = Buffer.concat([cipher.update(JSON.stringify(params), 'utf8'), cipher.final()]);
  return version + Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
}

/** Opens what `sealParams` made. @throws Error when key, id or text is another. */
export function openParams(saltKey: string, modelId: string, text: string): Record<string, unknown> {
  if (!text.startsWith(version)) throw new Error(`The parameters of model ${modelId} are sealed in an unknown way.`);
  const bytes = Buffer.from(text.slice(version.length), 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', keyFor(saltKey), bytes.subarray(0, ivBytes), {
    authTagLength: tagBytes,
  })
    .setAAD(Buffer.from(modelId))
    .setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
  const opened = Buffer.concat([decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()]);
  return JSON.parse(opened.toString('utf8')) as Record<string, unknown>;
}

function keyFor(saltKey: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', saltKey, '', 'latchkey model parameters', 32));
}
