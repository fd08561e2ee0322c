import { hash } from 'node:crypto';
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import type { TokenAccessSettings } from '../../config/token-access-settings.ts';
import { ApiError, authError } from '../../http/api-error.ts';
import { refuseToken } from './token-refusals.ts';

/** A token that is what it says. */
export interface VerifiedToken {
  readonly claims: JWTPayload;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** Checks tokens, and remembers those that were found right. */
export interface TokenVerifier {
  /** @throws ApiError 401 for what is no token of the issuer for here, 503 while the issuer's keys cannot be read. */
  verify(token: string, now: number): Promise<VerifiedToken>;
}

/** Only with a key that the issuer alone has: with a shared secret, or none, anybody could sign. */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
const tokensInMemory = 10_000;
/** However many tokens name keys that nobody has, the issuer is asked for its keys this seldom. */
const askAgainAfterMs = 30_000;
const timeoutMs = 5_000;
const clockToleranceSeconds = 5;

/** Creates the verifier. The issuer's keys are read when the first token comes, and again when they are old. */
export function createTokenVerifier(settings: TokenAccessSettings): TokenVerifier {
  const verified = new LRUCache<string, VerifiedToken>({ max: tokensInMemory });
  const keySets = settings.publicKeyUrls.map((url) =>
    createRemoteJWKSet(new URL(url), {
      cacheMaxAge: settings.publicKeyTtlMs,
      cooldownDuration: askAgainAfterMs,
      timeoutDuration: timeoutMs,
    }),
  );

  return {
    async verify(token, now) {
      // The whole token names it: two that begin alike are two.
      const name = hash('sha256', token);
      const known = verified.get(name);
      if (known) return known;
      const fresh = await check(token, now);
      verified.set(name, fresh);
      return fresh;
    },
  };

  async function check(token: string, now: number): Promise<VerifiedToken> {
    try {
      const { payload } = await jwtVerify(token, findKey, {
        algorithms,
        issuer: settings.issuer,
        audience: [...settings.audiences],
        requiredClaims: ['exp'],
        clockTolerance: clockToleranceSeconds,
        currentDate: new Date(now),
      });
      return { claims: payload, expiresAt: (payload.exp ?? 0) * 1_000 };
    } catch (error) {
      throw refusalFor(error);
    }
  }

  /** The key that a token names, wherever the issuer publishes it. */
  async function findKey(...[header, token]: Parameters<JWTVerifyGetKey>) {
    let missing: unknown;
    for (const keySet of keySets) {
      try {
        return await keySet(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        missing = error;
      }
    }
    throw missing;
  }
}

/** What `jose` finds wrong with a token; everything else is wrong with the issuer's keys. */
const faultsOfTokens = [
  errors.JWTClaimValidationFailed,
  errors.JWTInvalid,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
];

function refusalFor(error: unknown): ApiError {
  if (error instanceof errors.JWTExpired) {
    return authError(
      401,
      'Authentication Error, this token has expired. Get a new one from your identity provider.',
      'expired_key',
    );
  }
  if (faultsOfTokens.some((fault) => error instanceof fault)) {
    return refuseToken(`it is not one of this gateway's issuer for this gateway (${(error as Error).message})`);
  }
  const away = new ApiError(
    503,
    'The gateway cannot read the keys of the identity provider, so it cannot check your token. Try again shortly.',
    { type: 'auth_error', param: 'None', alwaysErrorShape: true, headers: { 'retry-after': '5' } },
  );
  away.cause = error;
  return away;
}
