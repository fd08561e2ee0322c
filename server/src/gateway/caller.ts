import type { RateDemand, RateLimits } from '../counters/counters.ts';
import { isLimited } from '../counters/rate-counters.ts';
import { type SpendSubject, subjectName } from '../ledger/spend-subjects.ts';
import type { ModelRate, WindowRecord } from '../management/budgets/index.ts';
import type { BudgetRecord, KeyRecord } from '../management/keys/index.ts';

/** Somebody who may call models. */
export type Caller = { readonly kind: 'master' } | KeyCaller;

/** The holder of a key, with everything that binds each of the key's calls. */
export interface KeyCaller {
  readonly kind: 'key';
  readonly key: KeyRecord;
  /** Names of what a call spends from, the key first. */
  readonly subjects: readonly string[];
  /** The limits of rate that exist; empty for most keys. */
  readonly rates: readonly RateDemand[];
  /** What holds for some models or for a period only; null for most keys. */
  readonly special: SpecialLimits | null;
}

/** Budgets for periods and for single models, and rates of single models. */
export interface SpecialLimits {
  readonly windows: readonly CallerWindow[];
  readonly modelRates: readonly { readonly model: string; readonly demand: RateDemand }[];
}

/** A window that runs, with the name under which it is counted. */
export interface CallerWindow extends WindowRecord {
  readonly name: string;
  /** Epoch milliseconds. */
  readonly endsAt: number;
}

/** What a key's calls spend from, with the budgets. The rule is that of `subjectsOf`. */
export function budgetsOf(key: KeyRecord): { subject: SpendSubject; budget: BudgetRecord | null }[] {
  const budgets: { subject: SpendSubject; budget: BudgetRecord | null }[] = [
    { subject: { kind: 'key', keyHash: key.keyHash }, budget: key.budget },
  ];
  const { userId, teamId, organization } = key;
  const add = (subject: SpendSubject, budget: BudgetRecord | undefined) =>
    budgets.push({ subject, budget: budget ?? null });
  if (teamId !== null) add({ kind: 'team', teamId }, key.team?.budget);
  const organizationId = organization?.organizationId ?? null;
  if (organizationId !== null) add({ kind: 'organization', organizationId }, organization?.budget);
  if (userId === null) return budgets;
  if (teamId === null) add({ kind: 'user', userId }, key.user?.budget);
  else add({ kind: 'member', teamId, userId }, key.member?.budget);
  if (organizationId !== null) {
    add({ kind: 'organization-member', organizationId, userId }, organization?.member?.budget);
  }
  return budgets;
}

/** Puts a key together with the names under which its calls are counted. */
export function keyCaller(key: KeyRecord, windows: readonly WindowRecord[]): KeyCaller {
  const modelRates = modelRatesOf(key);
  return {
    kind: 'key',
    key,
    subjects: budgetsOf(key).map(({ subject }) => subjectName(subject)),
    rates: ratesOf(key),
    special:
      windows.length === 0 && modelRates.length === 0
        ? null
        : {
            windows: windows.map((window) => ({
              ...window,
              name: subjectName(window.subject),
              endsAt: window.subject.endsAt,
            })),
            modelRates,
          },
  };
}

const noRates: readonly RateDemand[] = [];

/** Limits of rate, most special first. Those of a person hold for every key of theirs, also in teams. Source: contract 4.5. */
function ratesOf(key: KeyRecord): readonly RateDemand[] {
  const rates: RateDemand[] = [];
  const add = (subject: string, limits: RateLimits | undefined) => {
    if (limits && isLimited({ subject, limits })) rates.push({ subject, limits });
  };
  add(`api_key:${key.keyHash}`, key.rates);
  if (key.userId !== null) add(`user:${key.userId}`, key.user?.rates);
  if (key.teamId !== null) add(`team:${key.teamId}`, key.team?.rates);
  if (key.organization !== null) add(`organization:${key.organization.organizationId}`, key.organization.rates);
  return rates.length === 0 ? noRates : rates;
}

/** Limits of rate on single models: of the key, of the team of its team's keys, and of the owner of personal ones. */
function modelRatesOf(key: KeyRecord): SpecialLimits['modelRates'] {
  const of = (descriptor: string, rates: readonly ModelRate[] | undefined) =>
    (rates ?? []).map(({ model, requestsPerMinute, tokensPerMinute }) => ({
      model,
      demand: {
        subject: `${descriptor}:${model}`,
        limits: { requestsPerMinute, tokensPerMinute, maxParallelRequests: null },
      },
    }));
  return [
    ...of(`model_per_key:${key.keyHash}`, key.modelRates),
    ...(key.teamId === null
      ? of(`model_per_user:${key.userId}`, key.user?.modelRates)
      : of(`model_per_team:${key.teamId}`, key.team?.modelRates)),
  ];
}
