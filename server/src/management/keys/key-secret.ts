import { createHash, randomBytes } from 'node:crypto';

/** A new secret: `sk-` and 16 random bytes in base64url, 25 characters in all. */
export function generateSecret(): string {
  return `sk-${randomBytes(16).toString('base64url')}`;
}

/** What is stored of a secret: the hex SHA-256 of the whole string. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** The hash that a caller means by a secret or a hash: whatever does not start with `sk-` is taken as a hash. */
export function toKeyHash(secretOrHash: string): string {
  return secretOrHash.startsWith('sk-') ? hashSecret(secretOrHash) : secretOrHash;
}

/** What may be shown of a secret: `sk-...` and its last four characters. */
export function nameOfSecret(secret: string): string {
  return `sk-...${secret.slice(-4)}`;
}
