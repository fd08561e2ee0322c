import type { Exhausted, RateExceeded } from '../counters/counters.ts';
import { ApiError } from '../http/api-error.ts';
import { never, type WindowSubject } from '../ledger/spend-subjects.ts';
import type { KeyRecord } from '../management/keys/index.ts';
import { nanoUsdToUsd } from '../money/money.ts';
import type { KeyCaller } from './caller.ts';

/**
 * The contract's words for each kind of budget (4.6), with the subject's id where it names one, and when the money
 * is there again where that is known.
 */
export function budgetExceeded(exhausted: Exhausted, { key, special }: KeyCaller, status: number): ApiError {
  const { spentNanoUsd, maxNanoUsd } = exhausted;
  const window = special?.windows.find(({ name }) => name === exhausted.subject)?.subject ?? null;
  const spent = nanoUsdToUsd(spentNanoUsd);
  const max = nanoUsdToUsd(maxNanoUsd);
  const message = window ? windowExceeded(window, key, spent, max) : ownersBudgetExceeded(exhausted, key, spent, max);
  const advice =
    spentNanoUsd < maxNanoUsd
      ? ' The rest is set aside for requests that are still running; try again when they have finished.'
      : window && window.endsAt !== never
        ? ` It starts anew at ${new Date(window.endsAt).toISOString()}.`
        : '';
  return new ApiError(status, message + advice, { type: 'budget_exceeded', param: null, alwaysErrorShape: true });
}

function ownersBudgetExceeded({ subject }: Exhausted, key: KeyRecord, spent: number, max: number): string {
  const kind = subject.slice(0, subject.indexOf(':'));
  switch (kind) {
    case 'user':
      return `ExceededBudget: User=${key.userId} over budget. Spend=${spent}, Budget=${max}`;
    case 'team':
      return `Budget has been exceeded! Team=${key.teamId} Current cost: ${spent}, Max budget: ${max}`;
    case 'member':
      return `Budget has been exceeded! TeamMember=${key.userId}:${key.teamId} Current cost: ${spent}, Max budget: ${max}`;
    case 'organization':
      return `Budget has been exceeded! Organization=${key.organization?.organizationId} Current cost: ${spent}, Max budget: ${max}`;
    case 'organization-member':
      return `Budget has been exceeded! OrganizationMember=${key.userId}:${key.organization?.organizationId} Current cost: ${spent}, Max budget: ${max}`;
    case 'customer':
      return `ExceededBudget: End User=${subject.slice('customer:'.length)} over budget. Spend=${spent}, Budget=${max}`;
    default:
      return `Budget has been exceeded! ${nameOfKey(key)} Current cost: ${spent}, Max budget: ${max}`;
  }
}

function nameOfKey(key: KeyRecord): string {
  return `Key=${key.keyAlias ?? ''} (${key.keyName})`;
}

function windowExceeded(window: WindowSubject, key: KeyRecord, spent: number, max: number): string {
  const { owner, ownerId, model, duration } = window;
  if (model === '') {
    const who = {
      key: nameOfKey(key),
      team: `Team=${ownerId}`,
      user: `User=${ownerId}`,
      customer: `End User=${ownerId}`,
    };
    return `Budget has been exceeded! ${who[owner]} Current cost: ${spent}, Max budget: ${max} for ${duration}.`;
  }
  const who = {
    key: `Virtual Key: ${key.keyName}, key_alias: ${key.keyAlias}`,
    team: `Team: ${ownerId}`,
    user: `User: ${ownerId}`,
    customer: `End User: ${ownerId}`,
  };
  return `LiteLLM ${who[owner]}, exceeded budget for model=${model}. Current cost: ${spent}, Max budget: ${max}.`;
}

/** The contract's words (4.5). The subject is a descriptor and a value, such as `api_key:<hash>`. */
export function rateExceeded({ subject, limitType, limit, resetsAt }: RateExceeded, now: number): ApiError {
  const resets = `${new Date(resetsAt).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  return new ApiError(
    429,
    `Rate limit exceeded for ${subject.replace(':', ': ')}. Limit type: ${limitType}. Current limit: ${limit}, Remaining: 0. Limit resets at: ${resets}`,
    {
      type: 'None',
      param: 'None',
      alwaysErrorShape: true,
      headers: {
        'retry-after': String(Math.max(1, Math.ceil((resetsAt - now) / 1000))),
        rate_limit_type: limitType,
        reset_at: resets,
      },
    },
  );
}
