import { nanoUsdFrom } from '../../api/nano-usd.ts';
import { describeWindow } from '../../components/describe-window.ts';
import { formatDate, formatUsd } from '../../format/index.ts';
import { endOf, type KeyDraft, readAmount } from './key-draft.ts';

/** The draft in one sentence: what the key may do, for how much, how long, and who pays. */
export function describeDraft(draft: KeyDraft, modelCount: number, payer: string): string {
  const models = describeCount(draft, modelCount);
  return `can use ${models}, ${describeBudget(draft)}, ${describeEnd(draft)}, charged to ${payer}.`;
}

function describeCount(draft: KeyDraft, modelCount: number): string {
  const chosen = draft.models?.length;
  if (chosen === undefined) return modelCount === 1 ? 'the one model you have' : `all ${modelCount} models`;
  if (chosen === 0) return 'the models you choose';
  return chosen === 1 ? '1 model' : `${chosen} models`;
}

/** What differs between two drafts, one line each: what it was and what it becomes. */
export function describeChanges(before: KeyDraft, after: KeyDraft): readonly string[] {
  const lines: string[] = [];
  const compare = (what: string, from: string, to: string) => {
    if (from !== to) lines.push(`${what}: ${from} → ${to}`);
  };
  compare('Name', before.name, after.name.trim());
  compare('Models', describeModels(before), describeModels(after));
  if (after.expiry !== 'keep') lines.push(`Expires: ${describeEnd(after)}`);
  compare('Budget', describeBudget(before), describeBudget(after));
  compare('Requests a minute', before.requestsPerMinute || 'no limit', after.requestsPerMinute.trim() || 'no limit');
  compare('Tokens a minute', before.tokensPerMinute || 'no limit', after.tokensPerMinute.trim() || 'no limit');
  compare('Requests at once', before.parallelRequests || 'no limit', after.parallelRequests.trim() || 'no limit');
  compare('Tags', before.tags || 'none', after.tags.trim() || 'none');
  return lines;
}

function describeModels(draft: KeyDraft): string {
  return draft.models === null ? 'all' : draft.models.join(', ');
}

/** The budget in words, such as "$5.00 a month". */
export function describeBudget(draft: KeyDraft): string {
  const amount = readAmount(draft.budgetUsd);
  if (amount === null) return 'no budget of its own';
  return `${formatUsd(nanoUsdFrom(amount))} ${describeWindow(draft.budgetWindow === 'never' ? null : draft.budgetWindow)}`;
}

function describeEnd(draft: KeyDraft): string {
  if (draft.expiry === 'custom' && draft.lastDay === '') return 'until the day you choose';
  const end = endOf(draft);
  return end === null ? 'without an end' : `until ${formatDate(end.toISOString())}`;
}
