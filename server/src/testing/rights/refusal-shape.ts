import type { Answer } from './send-in-process.ts';

/** Places whose own refusals come as `{"error":{…}}` (contract 1.8, and the endpoints of its kind). */
const inErrorShape: readonly RegExp[] = [
  /^POST \/key\/(generate|delete|regenerate|update|block|unblock)$/,
  /^GET \/key\/(info|list|aliases)$/,
  /^POST \/v2\/key\/info$/,
  /^POST \/user\/(new|update)$/,
  /^GET \/user\/info$/,
  /^POST \/team\/(new|update)$/,
  /^GET \/team\/info$/,
  /^POST \/invitation\/new$/,
];

/** Places whose own refusals come as `{"detail": …}`. */
const inDetailShape: readonly RegExp[] = [
  /^POST \/key\/(service-account\/generate|bulk_update)$/,
  /^POST \/user\/(delete|bulk_update)$/,
  /^GET \/user\/(list|filter\/ui|daily\/activity.*)$/,
  /^POST \/team\/(member_.*|delete|block|unblock|model\/.*|permissions_.*)$/,
  /^GET \/team\/(list|available|permissions_list)$/,
  /^GET \/invitation\/info$/,
  /^POST \/invitation\/(update|delete)$/,
  /\/onboarding\//,
  /\/budget\//,
];

/** Kinds of refusals that have the first shape wherever they occur: of credentials, gates and unreadable bodies, and named ones. */
const everywhereInErrorShape =
  /^(auth_error|csrf_error|expired_key|token_not_found_in_db|team_member_.*|invalid_request_error)$/;

/** What is wrong with the body of a refusal; null when it has one of the contract's shapes, and that of its place. */
export function whatIsWrongWith(answer: Answer, endpoint: string): string | null {
  let body: unknown;
  try {
    body = JSON.parse(answer.text);
  } catch {
    return 'it is not JSON';
  }
  if (isRecord(body) && isRecord(body['error'])) {
    const { message, type, param, code } = body['error'];
    if (typeof message !== 'string' || message === '') return 'it says nothing';
    if (code !== String(answer.status)) return `its code ${code} is not the status`;
    if (![type, param].every((field) => field === null || typeof field === 'string')) return 'type or param is no text';
    const isDetailPlace = inDetailShape.some((place) => place.test(endpoint));
    return isDetailPlace && !everywhereInErrorShape.test(String(type)) ? 'it belongs into the detail shape' : null;
  }
  if (!isRecord(body) || !('detail' in body)) return 'it has none of the three shapes';
  const { detail } = body;
  if (Array.isArray(detail)) return answer.status === 422 && detail.every(isIssue) ? null : 'its list is no validation';
  if (typeof detail === 'string') return detail === '' ? 'it says nothing' : null;
  if (!isRecord(detail) || typeof detail['error'] !== 'string' || detail['error'] === '')
    return 'its detail says nothing';
  return inErrorShape.some((place) => place.test(endpoint)) ? 'it belongs into the error shape' : null;
}

function isIssue(issue: unknown): boolean {
  return isRecord(issue) && typeof issue['msg'] === 'string' && Array.isArray(issue['loc']) && issue['msg'] !== '';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
