import type { ApiError } from '../http/api-error.ts';
import { nanoUsdToUsd } from '../money/money.ts';
import type { EffectiveLimit } from './effective-limits.ts';

/** Shows a limit and how much of it is used. */
export function presentUse(limit: EffectiveLimit) {
  const { kind, scope, id, model } = limit;
  return {
    kind,
    scope,
    id,
    model,
    limit: inUnits(limit, limit.limit),
    used: inUnits(limit, limit.used),
    reserved: inUnits(limit, limit.reserved),
  };
}

/** Money in dollars; everything else is a count. */
export function inUnits({ kind }: EffectiveLimit, amount: number): number {
  return kind === 'budget' ? nanoUsdToUsd(amount) : amount;
}

/** Shows what a rule refuses with. */
export function presentRefusal(rule: string, { status, type, param, message }: ApiError) {
  return { rule, status, type, param, message };
}
