import type { Exhausted, RateExceeded } from '../counters/counters.ts';
import { ApiError } from '../http/api-error.ts';
import { never, type WindowSubject } from '../ledger/spend-subjects.ts';
import { nanoUsdToUsd } from '../money/money.ts';
import type { Caller } from './caller.ts';
import type { CountedWindow } from './limits.ts';

/**
 * The contract's words for each kind of budget (4.6), with the subject's id where it names one, and when the money
 * is there again where that is known.
 */
export function budgetExceeded(
  exhausted: Exhausted,
  call: { readonly caller: Caller; readonly windows: readonly CountedWindow[]; readonly status: number },
): ApiError {
  const { spentNanoUsd, maxNanoUsd } = exhausted;
  const window = call.windows.find(({ name }) => name === exhausted.subject)?.subject ?? null;
  const spent = nanoUsdToUsd(spentNanoUsd);
  const max = nanoUsdToUsd(maxNanoUsd);
  const message = window
    ? windowExceeded(window, call.caller, spent, max)
    : ownersBudgetExceeded(exhausted, nameOfKey(call.caller), spent, max);
  const advice =
    spentNanoUsd < maxNanoUsd
      ? ' The rest is set aside for requests that are still running; try again when they have finished.'
      : window && window.endsAt !== never
        ? ` It starts anew at ${new Date(window.endsAt).toISOString()}.`
        : '';
  return new ApiError(call.status, message + advice, { type: 'budget_exceeded', param: null, alwaysErrorShape: true });
}

function ownersBudgetExceeded({ subject }: Exhausted, keyName: string, spent: number, max: number): string {
  const kind = subject.slice(0, subject.indexOf(':'));
  const id = subject.slice(kind.length + 1);
  switch (kind) {
    case 'user':
      return `ExceededBudget: User=${id} over budget. Spend=${spent}, Budget=${max}`;
    case 'team':
      return `Budget has been exceeded! Team=${id} Current cost: ${spent}, Max budget: ${max}`;
    case 'member': {
      const [teamId, userId] = JSON.parse(id) as [string, string];
      return `Budget has been exceeded! TeamMember=${userId}:${teamId} Current cost: ${spent}, Max budget: ${max}`;
    }
    case 'organization':
      return `Budget has been exceeded! Organization=${id} Current cost: ${spent}, Max budget: ${max}`;
    case 'organization-member': {
      const [organizationId, userId] = JSON.parse(id) as [string, string];
      return `Budget has been exceeded! OrganizationMember=${userId}:${organizationId} Current cost: ${spent}, Max budget: ${max}`;
    }
    case 'customer':
      return `ExceededBudget: End User=${id} over budget. Spend=${spent}, Budget=${max}`;
    default:
      return `Budget has been exceeded! ${keyName} Current cost: ${spent}, Max budget: ${max}`;
  }
}

const ownerNames: Readonly<Record<Exclude<WindowSubject['owner'], 'key' | 'proxy'>, string>> = {
  team: 'Team',
  user: 'User',
  organization: 'Organization',
  customer: 'End User',
  provider: 'Provider',
  deployment: 'Deployment',
};

function windowExceeded(window: WindowSubject, caller: Caller, spent: number, max: number): string {
  const { owner, ownerId, model, duration } = window;
  if (owner === 'proxy') return `Budget has been exceeded! Current cost: ${spent}, Max budget: ${max}.`;
  if (model === '') {
    const who = owner === 'key' ? nameOfKey(caller) : `${ownerNames[owner]}=${ownerId}`;
    return `Budget has been exceeded! ${who} Current cost: ${spent}, Max budget: ${max} for ${duration}.`;
  }
  const who = owner === 'key' ? virtualKey(caller) : `${ownerNames[owner]}: ${ownerId}`;
  return `LiteLLM ${who}, exceeded budget for model=${model}. Current cost: ${spent}, Max budget: ${max}.`;
}

function nameOfKey(caller: Caller): string {
  return caller.kind === 'master' ? '' : `Key=${caller.key.keyAlias ?? ''} (${caller.key.keyName})`;
}

function virtualKey(caller: Caller): string {
  return caller.kind === 'master' ? '' : `Virtual Key: ${caller.key.keyName}, key_alias: ${caller.key.keyAlias}`;
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
