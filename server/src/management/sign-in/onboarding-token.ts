import { errors, jwtVerify, SignJWT } from 'jose';
import { ApiError } from '../../http/api-error.ts';
import type { Parts } from '../parts.ts';
import { deriveKey } from '../sessions/index.ts';

const lifetimeMs = 15 * 60_000;
const tokenType = 'litellm_onboarding';

/** The invitation and the person that an onboarding token is bound to. */
export interface OnboardingBinding {
  readonly invitationId: string;
  readonly userId: string;
}

/** Signs a token with which, for fifteen minutes, one invitation can be accepted for one person. */
export async function createOnboardingToken(
  parts: Parts,
  { invitationId, userId }: OnboardingBinding,
): Promise<string> {
  return new SignJWT({ token_type: tokenType, invitation_link: invitationId, user_id: userId })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(Math.floor((parts.now() + lifetimeMs) / 1_000))
    .sign(deriveKey(parts.settings.masterKey, 'onboarding-token'));
}

/**
 * Checks that a token was signed here, has not ended, and is bound to this invitation and this person.
 * @throws ApiError 401 in the contract's words.
 */
export async function checkOnboardingToken(
  parts: Parts,
  token: string | null,
  wanted: OnboardingBinding,
): Promise<void> {
  if (token === null) throw new ApiError(401, 'Missing onboarding session for invitation link.');
  const claims = await readClaims(parts, token);
  const isBound =
    claims?.['token_type'] === tokenType &&
    claims['invitation_link'] === wanted.invitationId &&
    claims['user_id'] === wanted.userId;
  if (!isBound) {
    throw new ApiError(
      401,
      'Invalid onboarding session for invitation link. Open the link again: its session lasts 15 minutes.',
    );
  }
}

async function readClaims(parts: Parts, token: string): Promise<Record<string, unknown> | null> {
  try {
    const { payload } = await jwtVerify(token, deriveKey(parts.settings.masterKey, 'onboarding-token'), {
      algorithms: ['HS256'],
      requiredClaims: ['exp'],
      currentDate: new Date(parts.now()),
    });
    return payload;
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}
