import type { RateLimits, Standing } from '../counters/counters.ts';
import {
  never,
  type SpendSubject,
  subjectName,
  type WindowOwner,
  type WindowSubject,
} from '../ledger/spend-subjects.ts';
import type { KeyCaller } from './caller.ts';
import { budgetsOf } from './caller.ts';
import type { Customer } from './identify-customer.ts';
import type { CountedWindow, LimitScope, LimitsOfCall, ScopedRate } from './limits.ts';

/** One limit that can stop a call, and how much of it is used. Money in nano-dollars. */
export interface EffectiveLimit {
  readonly kind: LimitKind;
  /** The API's field that says it. */
  readonly field: LimitField;
  readonly scope: LimitScope;
  /** Hash of the key, id of the user, team, organization, customer or deployment, name of the provider; of members `<team or organization>/<user>`. */
  readonly id: string;
  /** Name or pattern of the models that it holds for; null: all. */
  readonly model: string | null;
  readonly limit: number;
  readonly used: number;
  /** What calls in flight may still take. */
  readonly reserved: number;
  /** As it was written, such as `30d`; `1m` for rates; null: never reset. */
  readonly period: string | null;
  /** Epoch milliseconds; null: never, or when a call ends. */
  readonly resetsAt: number | null;
}

/** A limit, and the name under which it is counted. */
export interface CountedLimit {
  readonly name: string;
  readonly limit: EffectiveLimit;
}

/** What a limit counts. */
export type LimitKind = 'budget' | 'requests' | 'tokens' | 'max_parallel_requests';

/** The fields that limits are written in. */
export type LimitField =
  | 'max_budget'
  | 'budget_limits'
  | 'provider_budget_config'
  | 'model_max_budget'
  | 'max_parallel_requests'
  | 'rpm_limit'
  | 'tpm_limit'
  | 'model_rpm_limit'
  | 'model_tpm_limit'
  | 'rpm'
  | 'tpm';

/** What is left of a limit; not less than nothing. */
export function leftOf({ limit, used, reserved }: EffectiveLimit): number {
  return Math.max(0, limit - used - reserved);
}

/** Whether a limit lets no further call in: the comparison is that of admission, which lets in while anything is left. */
export function isExhausted({ limit, used, reserved }: EffectiveLimit): boolean {
  return used + reserved >= limit;
}

/**
 * Lists what can stop a call, in the order in which admission compares it.
 * @param limits what holds for the call.
 * @param standing how things stand for it.
 */
export function listEffectiveLimits(
  caller: KeyCaller,
  customer: Customer | null,
  limits: LimitsOfCall,
  standing: Standing,
): CountedLimit[] {
  const budgets = new Map(standing.budgets.map((budget) => [budget.subject, budget]));
  const list: CountedLimit[] = [];
  const addBudget = (
    name: string,
    about: Pick<EffectiveLimit, 'field' | 'scope' | 'id' | 'model' | 'period' | 'resetsAt'>,
  ) => {
    const budget = budgets.get(name);
    if (!budget || budget.maxNanoUsd === null) return;
    const { maxNanoUsd: limit, spentNanoUsd: used, reservedNanoUsd: reserved } = budget;
    list.push({ name, limit: { kind: 'budget', ...about, limit, used, reserved } });
  };
  for (const { subject, budget } of budgetsOf(caller.key)) {
    const { budgetDuration: period = null, budgetResetAt: resetsAt = null } = budget ?? {};
    addBudget(subjectName(subject), { field: 'max_budget', ...ownerOf(subject), model: null, period, resetsAt });
  }
  if (customer) {
    const { customerId, budget } = customer.record;
    addBudget(subjectName({ kind: 'customer', customerId }), {
      field: 'max_budget',
      scope: 'customer',
      id: customerId,
      model: null,
      period: budget.budgetDuration,
      resetsAt: budget.budgetResetAt,
    });
  }
  const addWindow = ({ name, subject }: CountedWindow) =>
    addBudget(name, {
      field: fieldOfWindow(subject),
      scope: scopeOfWindow[subject.owner],
      id: subject.ownerId,
      model: subject.model || null,
      period: subject.duration || null,
      resetsAt: subject.endsAt === never ? null : subject.endsAt,
    });
  const rates = new Map(standing.rates.map((rate) => [rate.subject, rate]));
  const addRate = (rate: ScopedRate) => {
    const use = rates.get(rate.subject);
    for (const limit of use ? limitsOfRate(rate, idOfRate(rate, caller, customer), use) : []) {
      list.push({ name: rate.subject, limit });
    }
  };
  for (const window of limits.windows) if (!isOfRoute(scopeOfWindow[window.subject.owner])) addWindow(window);
  for (const rate of limits.rates) if (!isOfRoute(rate.scope)) addRate(rate);
  // Compared last, when a call that was let in is about to go to one.
  for (const window of limits.windows) if (isOfRoute(scopeOfWindow[window.subject.owner])) addWindow(window);
  for (const rate of limits.rates) if (isOfRoute(rate.scope)) addRate(rate);
  return list;
}

/** Whether a limit bounds where a call can go: one that is reached leaves the other deployments of its model. */
export function isOfRoute(scope: LimitScope): boolean {
  return scope === 'provider' || scope === 'deployment';
}

function fieldOfWindow({ owner, model }: WindowSubject): LimitField {
  if (owner === 'proxy' || owner === 'deployment') return 'max_budget';
  if (owner === 'provider') return 'provider_budget_config';
  return model === '' ? 'budget_limits' : 'model_max_budget';
}

const scopeOfWindow: Readonly<Record<WindowOwner, LimitScope>> = {
  key: 'key',
  user: 'user',
  team: 'team',
  organization: 'organization',
  customer: 'customer',
  proxy: 'proxy',
  provider: 'provider',
  deployment: 'deployment',
};

function ownerOf(subject: SpendSubject): { scope: LimitScope; id: string } {
  switch (subject.kind) {
    case 'key':
      return { scope: 'key', id: subject.keyHash };
    case 'user':
      return { scope: 'user', id: subject.userId };
    case 'team':
      return { scope: 'team', id: subject.teamId };
    case 'member':
      return { scope: 'team_member', id: `${subject.teamId}/${subject.userId}` };
    case 'organization':
      return { scope: 'organization', id: subject.organizationId };
    case 'organization-member':
      return { scope: 'organization_member', id: `${subject.organizationId}/${subject.userId}` };
    case 'customer':
      return { scope: 'customer', id: subject.customerId };
    case 'window':
      return { scope: scopeOfWindow[subject.owner], id: subject.ownerId };
  }
}

function idOfRate({ scope, subject }: ScopedRate, { key }: KeyCaller, customer: Customer | null): string {
  switch (scope) {
    case 'key':
      return key.keyHash;
    case 'user':
      return key.userId ?? '';
    case 'team':
      return key.teamId ?? '';
    case 'team_member':
      return `${key.teamId}/${key.userId}`;
    case 'organization':
      return key.organization?.organizationId ?? '';
    case 'organization_member':
      return `${key.organization?.organizationId}/${key.userId}`;
    case 'customer':
      return customer?.record.customerId ?? '';
    case 'deployment':
      return subject.slice('deployment:'.length);
    case 'proxy':
    case 'provider':
      return '';
  }
}

function fieldsOfRate(scope: LimitScope, model: string): Readonly<Record<'requests' | 'tokens', LimitField>> {
  if (scope === 'deployment') return { requests: 'rpm', tokens: 'tpm' };
  if (model !== '') return { requests: 'model_rpm_limit', tokens: 'model_tpm_limit' };
  return { requests: 'rpm_limit', tokens: 'tpm_limit' };
}

function limitsOfRate(
  { scope, model, limits }: ScopedRate,
  id: string,
  use: { readonly requests: number; readonly tokens: number; readonly inFlight: number; readonly resetsAt: number },
): EffectiveLimit[] {
  const about = { scope, id, model: model || null, reserved: 0 };
  const fields = fieldsOfRate(scope, model);
  const all: [LimitKind, LimitField, keyof RateLimits, number][] = [
    ['max_parallel_requests', 'max_parallel_requests', 'maxParallelRequests', use.inFlight],
    ['requests', fields.requests, 'requestsPerMinute', use.requests],
    ['tokens', fields.tokens, 'tokensPerMinute', use.tokens],
  ];
  return all.flatMap(([kind, field, name, used]) => {
    const limit = limits[name];
    if (limit === null) return [];
    const window =
      kind === 'max_parallel_requests' ? { period: null, resetsAt: null } : { period: '1m', resetsAt: use.resetsAt };
    return [{ kind, field, ...about, limit, used, ...window }];
  });
}
