import { matchesPattern } from '../../access/model-pattern.ts';
import { ApiError } from '../../http/api-error.ts';
import { sessionTokenPrefix } from '../../http/credential.ts';
import { usdToNanoUsd } from '../../money/money.ts';
import { addDuration } from '../budgets/index.ts';

/** The team id under which LiteLLM keeps its console's sessions; no key and no team may have it. */
export const reservedTeamId = 'litellm-dashboard';

/** A refusal in the words of the key endpoints. */
export function refuseKey(status: number, message: string): ApiError {
  return new ApiError(status, message, { type: 'internal_server_error', param: 'None' });
}

/** The most that an amount may be, in dollars: what a 64-bit count of nano-dollars holds. */
const largestUsd = 9_000_000_000;

/**
 * Reads an amount of dollars that was sent.
 * @returns nano-dollars; null when there is none.
 * @throws ApiError 400 for a negative amount, and for one too large to be counted.
 */
export function readAmount(name: string, usd: number | null | undefined): number | null {
  if (usd === null || usd === undefined) return null;
  if (usd < 0) throw refuseKey(400, `${name} cannot be negative. Received: ${usd}`);
  if (usd > largestUsd) {
    throw refuseKey(400, `${name} cannot be more than ${largestUsd} dollars. Leave it out (null) for no limit.`);
  }
  return usdToNanoUsd(usd);
}

/**
 * Reads an alias that was sent; an empty one is none.
 * @param param name of the field, for the refusal.
 * @throws ApiError 400 for one that is too long or holds characters that cannot be seen.
 */
export function readAlias(alias: string | null | undefined, param = 'key_alias'): string | null {
  const trimmed = alias?.trim();
  if (!trimmed) return null;
  if (trimmed.length > 255 || /\p{Cc}/u.test(trimmed)) {
    throw new ApiError(400, `${param} must have at most 255 characters, without line breaks and control characters.`, {
      type: 'bad_request_error',
      param,
    });
  }
  return trimmed;
}

/**
 * Reads a lifetime that was sent.
 * @returns epoch milliseconds of the end; null for never (absent, null, empty or `-1`).
 * @throws ApiError 400 for a text that is not a duration.
 */
export function readExpiry(duration: string | null | undefined, now: number): number | null {
  return !duration || duration === '-1' ? null : addDuration(duration, now);
}

/**
 * Reads whether and how often the gateway replaces a key's secret by itself.
 * @returns the interval, and when it ends first (epoch milliseconds; null: never).
 * @throws ApiError 400 for an interval that is missing, not a duration, or shorter than an hour.
 */
export function readRotation(
  autoRotate: boolean | null | undefined,
  interval: string | null | undefined,
  now: number,
): { rotation_interval: string | null; rotate_at: number | null } {
  const endsAt = interval ? addDuration(interval, now, 'rotation_interval') : null;
  if (endsAt !== null && endsAt - now < shortestRotationMs) {
    throw refuseKey(400, 'rotation_interval must be at least 1h, such as 30d.');
  }
  if (autoRotate && endsAt === null) {
    throw refuseKey(400, 'auto_rotate needs a rotation_interval, such as 30d.');
  }
  return { rotation_interval: interval || null, rotate_at: autoRotate ? endsAt : null };
}

const shortestRotationMs = 3_600_000;

/**
 * Checks a secret that the caller chose. It is not repeated in the refusal.
 * @throws ApiError 400 when it could not be used as a credential, or is too easy to guess.
 */
export function checkChosenSecret(secret: string, masterKey: string): void {
  if (!secret.startsWith('sk-')) {
    throw refuseKey(400, "Invalid key format. LiteLLM Virtual Key must start with 'sk-'. Received: ***");
  }
  if (secret.length < 16 || secret.length > 256 || !/^[\x21-\x7e]+$/.test(secret)) {
    throw refuseKey(
      400,
      'Invalid key format. A chosen key needs 16 to 256 characters, without spaces and from ASCII only. Leave `key` out for a random one.',
    );
  }
  if (secret === masterKey || secret.startsWith(sessionTokenPrefix)) {
    throw refuseKey(
      400,
      'Invalid key format. This value is kept for the gateway itself. Choose another one for `key`.',
    );
  }
}

const routesByKeyType = {
  default: [],
  llm_api: ['llm_api_routes'],
  management: ['management_routes'],
  read_only: ['info_routes'],
} as const;

/** What kind of calls a key is for. */
export type KeyType = keyof typeof routesByKeyType;

/** The routes of a new key: those that were sent, else those of its type. */
export function routesFor(keyType: KeyType, sent: readonly string[] | null | undefined): readonly string[] {
  return sent && sent.length > 0 ? sent : routesByKeyType[keyType];
}

/**
 * The names in a key's model list that a user's or team's list does not cover. An empty list covers all.
 * @param covering the list of the user (personal keys) or of the team.
 */
export function modelsBeyond(models: readonly string[], covering: readonly string[]): string[] {
  if (covering.length === 0 || covering.includes('all-proxy-models')) return [];
  const patterns = covering.filter((name) => name !== 'no-default-models');
  return models.filter(
    // The two names that only narrow, or stand for the covering list itself, are never too much.
    (name) =>
      name !== 'no-default-models' &&
      name !== 'all-team-models' &&
      !patterns.some((pattern) => matchesPattern(pattern, name)),
  );
}
