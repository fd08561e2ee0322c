import type { createKey, updateKey } from '@latchkey/server/contract';
import type { InputOf } from '../../api/call.ts';
import type { KeyInfo } from './key-queries.ts';

/** How long a key lives; `custom` has a last day, `keep` leaves an existing end as it is. */
export type Expiry = '7d' | '30d' | '90d' | '365d' | 'custom' | 'never' | 'keep';

/** What the form holds, as typed. Empty numbers mean no limit. */
export interface KeyDraft {
  name: string;
  /** `me`, `person`, or a team id behind `team:`. */
  charge: string;
  /** Owner when `charge` is `person`. */
  person: { userId: string; label: string } | null;
  /** `null`: all that the owner may use. */
  models: readonly string[] | null;
  expiry: Expiry;
  /** `YYYY-MM-DD`, the last day of a `custom` expiry. */
  lastDay: string;
  budgetUsd: string;
  /** `never`: the budget does not reset. */
  budgetWindow: '1d' | '7d' | '1mo' | 'never' | (string & {});
  requestsPerMinute: string;
  tokensPerMinute: string;
  parallelRequests: string;
  /** Separated by commas. */
  tags: string;
  keyType: 'llm_api' | 'read_only' | 'management';
}

/** What is wrong, by field of the draft. */
export type DraftProblems = Partial<Record<keyof KeyDraft, string>>;

/** The form as it opens. */
export function emptyDraft(): KeyDraft {
  return {
    name: '',
    charge: 'me',
    person: null,
    models: null,
    expiry: '90d',
    lastDay: '',
    budgetUsd: '',
    budgetWindow: '1mo',
    requestsPerMinute: '',
    tokensPerMinute: '',
    parallelRequests: '',
    tags: '',
    keyType: 'llm_api',
  };
}

/** The form filled in with an existing key. */
export function draftOf(key: KeyInfo): KeyDraft {
  return {
    ...emptyDraft(),
    name: key.key_alias ?? '',
    charge: key.team_id === null ? 'me' : `team:${key.team_id}`,
    models: key.models.length === 0 ? null : key.models,
    expiry: 'keep',
    budgetUsd: key.max_budget === null ? '' : String(key.max_budget),
    budgetWindow: key.max_budget === null ? '1mo' : (key.budget_duration ?? 'never'),
    requestsPerMinute: textOf(key.rpm_limit),
    tokensPerMinute: textOf(key.tpm_limit),
    parallelRequests: textOf(key.max_parallel_requests),
    tags: key.tags.join(', '),
  };
}

/** Everything in the draft that the gateway would refuse, in words that help. */
export function problemsOf(draft: KeyDraft, now: Date = new Date()): DraftProblems {
  const problems: DraftProblems = {};
  if (draft.name.trim() === '') problems.name = 'Give the key a name, so that you can tell it from others later.';
  if (draft.charge === 'person' && draft.person === null) problems.person = 'Choose whose key this is.';
  if (draft.models?.length === 0) problems.models = 'Choose at least one model, or allow all.';
  if (draft.expiry === 'custom') {
    const end = endOfDay(draft.lastDay);
    if (end === null) problems.lastDay = 'Choose the last day on which the key works.';
    else if (end.getTime() <= now.getTime()) problems.lastDay = 'This day is over. Choose a later one.';
  }
  if (draft.budgetUsd.trim() !== '' && readAmount(draft.budgetUsd) === null) {
    problems.budgetUsd = 'Write an amount in dollars, such as 10 or 2.50.';
  }
  for (const field of ['requestsPerMinute', 'tokensPerMinute', 'parallelRequests'] as const) {
    if (draft[field].trim() !== '' && !/^\d{1,12}$/.test(draft[field].trim()))
      problems[field] = 'Write a whole number, or leave it empty for no limit.';
  }
  return problems;
}

/** The request that creates the key. Only for drafts without problems. */
export function createInputOf(draft: KeyDraft, userId: string, now: Date = new Date()): InputOf<typeof createKey> {
  const budget = readAmount(draft.budgetUsd);
  const owner = draft.charge === 'person' ? draft.person?.userId : userId;
  return {
    key_alias: draft.name.trim(),
    ...(owner === undefined ? {} : { user_id: owner }),
    ...(draft.charge.startsWith('team:') ? { team_id: draft.charge.slice('team:'.length) } : {}),
    models: draft.models === null ? [] : [...draft.models],
    duration: durationOf(draft, now),
    max_budget: budget,
    ...(budget !== null && draft.budgetWindow !== 'never' ? { budget_duration: draft.budgetWindow } : {}),
    rpm_limit: readCount(draft.requestsPerMinute),
    tpm_limit: readCount(draft.tokensPerMinute),
    max_parallel_requests: readCount(draft.parallelRequests),
    tags: readTags(draft.tags),
    key_type: draft.keyType,
  };
}

/** The request that changes a key: only what differs from the draft it was opened with. */
export function updateInputOf(
  hash: string,
  before: KeyDraft,
  after: KeyDraft,
  now: Date = new Date(),
): InputOf<typeof updateKey> {
  const changed = (...fields: readonly (keyof KeyDraft)[]): boolean =>
    fields.some((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]));
  const budget = readAmount(after.budgetUsd);
  return {
    key: hash,
    ...(changed('name') ? { key_alias: after.name.trim() } : {}),
    ...(changed('models') ? { models: after.models === null ? [] : [...after.models] } : {}),
    ...(after.expiry === 'keep' ? {} : { duration: durationOf(after, now) ?? '-1' }),
    ...(changed('budgetUsd') ? { max_budget: budget } : {}),
    ...(changed('budgetWindow') || (changed('budgetUsd') && before.budgetUsd === '')
      ? { budget_duration: after.budgetWindow === 'never' ? null : after.budgetWindow }
      : {}),
    ...(changed('requestsPerMinute') ? { rpm_limit: readCount(after.requestsPerMinute) } : {}),
    ...(changed('tokensPerMinute') ? { tpm_limit: readCount(after.tokensPerMinute) } : {}),
    ...(changed('parallelRequests') ? { max_parallel_requests: readCount(after.parallelRequests) } : {}),
    ...(changed('tags') ? { tags: readTags(after.tags) } : {}),
  };
}

/** When the key would stop working; null: never. */
export function endOf(draft: KeyDraft, now: Date = new Date()): Date | null {
  if (draft.expiry === 'custom') return endOfDay(draft.lastDay);
  const days = /^(\d+)d$/.exec(draft.expiry)?.[1];
  return days === undefined ? null : new Date(now.getTime() + Number(days) * 86_400_000);
}

/** Dollars as typed; null when empty or not an amount. */
export function readAmount(text: string): number | null {
  const amount = text.trim().replace(/^\$/, '');
  return /^\d+(\.\d{1,9})?$/.test(amount) ? Number(amount) : null;
}

function durationOf(draft: KeyDraft, now: Date): string | null {
  if (draft.expiry === 'never' || draft.expiry === 'keep') return null;
  if (draft.expiry !== 'custom') return draft.expiry;
  const end = endOfDay(draft.lastDay);
  return end === null ? null : `${Math.ceil((end.getTime() - now.getTime()) / 1000)}s`;
}

/** The last moment of a calendar day in the browser's zone. */
function endOfDay(day: string): Date | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day);
  if (match === null) return null;
  return new Date(Number(match[1]), Number(match[2]) - 1, Number(match[3]), 23, 59, 59);
}

function readCount(text: string): number | null {
  return text.trim() === '' ? null : Number(text.trim());
}

function readTags(text: string): string[] {
  return [
    ...new Set(
      text
        .split(',')
        .map((tag) => tag.trim())
        .filter((tag) => tag !== ''),
    ),
  ];
}

function textOf(limit: number | null): string {
  return limit === null ? '' : String(limit);
}
