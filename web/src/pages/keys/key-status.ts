import type { StatusTone } from '../../components/status.tsx';
import { formatDateTime, formatPercent, formatRelative } from '../../format/index.ts';
import type { KeyInfo } from './key-queries.ts';

/** The health of a key in words, and what to do about it. */
export interface KeyStatus {
  tone: StatusTone;
  words: string;
  /** The next step, for the title. */
  hint: string;
}

/** The fields of a key that its health depends on. */
export type KeyHealth = Pick<KeyInfo, 'status' | 'blocked' | 'spend' | 'max_budget' | 'budget_reset_at' | 'expires'>;

const soonMs = 7 * 86_400_000;

/** What a request with this key would get right now; the worst first. Limits of its owner or team are not looked at. */
export function describeKeyStatus(key: KeyHealth, now: Date = new Date()): KeyStatus {
  if (key.status === 'deleted') return { tone: 'quiet', words: 'Deleted', hint: 'Its spend stays in the books.' };
  if (key.status === 'expired') {
    return { tone: 'quiet', words: 'Expired', hint: 'Requests get 401. Give it a later end, or create a new key.' };
  }
  if (key.blocked === true || key.status === 'revoked') {
    return { tone: 'quiet', words: 'Blocked', hint: 'Requests get 401 until it is unblocked.' };
  }
  if (key.max_budget !== null && key.spend >= key.max_budget) {
    const resets =
      key.budget_reset_at === null
        ? 'Raise the budget to go on.'
        : `Resets ${formatRelative(key.budget_reset_at, now)}.`;
    return { tone: 'danger', words: 'Budget used up', hint: `Requests are refused. ${resets}` };
  }
  if (key.expires !== null && new Date(key.expires).getTime() - now.getTime() < soonMs) {
    return {
      tone: 'warning',
      words: `Expires ${formatRelative(key.expires, now)}`,
      hint: `Stops working ${formatDateTime(key.expires)}.`,
    };
  }
  if (key.max_budget !== null && key.spend >= key.max_budget * 0.8) {
    return { tone: 'warning', words: `${formatPercent(key.spend, key.max_budget)} used`, hint: 'Close to its budget.' };
  }
  return { tone: 'plain', words: 'Active', hint: 'Requests are answered.' };
}
