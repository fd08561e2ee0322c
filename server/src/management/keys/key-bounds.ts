import type { Settings } from '../../config/settings.ts';
import { addDuration } from '../budgets/index.ts';
import { refuseKey } from './key-rules.ts';
import type { NewKeyInput } from './keys.contract.ts';
import type { KeyTable } from './keys.table.ts';

type Bounds = Settings['keyGeneration']['upperBounds'];

const amounts = ['max_budget', 'max_parallel_requests', 'tpm_limit', 'rpm_limit'] as const;
const durations = ['duration', 'budget_duration'] as const;

/** Fills in what was not said of a new key: `litellm_settings.default_key_generate_params`. */
export function withDefaults(input: NewKeyInput, defaults: Settings['keyGeneration']['defaults']): NewKeyInput {
  const filled: NewKeyInput = { ...input };
  for (const name of [...amounts, ...durations] as const) {
    if (filled[name] == null && defaults[name] !== undefined) Object.assign(filled, { [name]: defaults[name] });
  }
  if (!filled.models?.length && defaults.models) filled.models = [...defaults.models];
  if (!filled.metadata || Object.keys(filled.metadata).length === 0) {
    filled.metadata = { ...(defaults.metadata ?? filled.metadata) };
  }
  return filled;
}

/**
 * Holds a new key to `litellm_settings.upperbound_key_generate_params`: what was not said becomes the bound.
 * @throws ApiError 400 for more than a bound, in the contract's words.
 */
export function withinBounds(input: NewKeyInput, bounds: Bounds, now: number): NewKeyInput {
  assertWithinBounds(input, bounds, now);
  const filled: NewKeyInput = { ...input };
  for (const name of [...amounts, ...durations] as const) {
    if ((filled[name] ?? '') === '' && bounds[name] !== undefined) Object.assign(filled, { [name]: bounds[name] });
  }
  return filled;
}

/**
 * Refuses limits above the bounds; what is null or absent is not compared.
 * @throws ApiError 400 in the contract's words.
 */
export function assertWithinBounds(
  input: Pick<NewKeyInput, (typeof amounts)[number] | (typeof durations)[number]>,
  bounds: Bounds,
  now: number,
): void {
  for (const name of amounts) {
    const value = input[name];
    const most = bounds[name];
    if (value != null && most !== undefined && value > most) throw overLimit(name, value, most);
  }
  for (const name of durations) {
    const value = input[name];
    const most = bounds[name];
    if (!value || most === undefined || most === '-1') continue;
    if (value === '-1' || addDuration(value, now, name) > addDuration(most, now, name)) {
      throw overLimit(name, value, most);
    }
  }
}

/**
 * Refuses to take away a limit of a key that has a bound: without a limit it would be above.
 * @param sentFields what the request names; a null there takes a limit away.
 * @throws ApiError 400 in the contract's words.
 */
export function assertLimitsStay(
  before: KeyTable,
  input: Pick<NewKeyInput, (typeof amounts)[number]>,
  sentFields: ReadonlySet<string>,
  bounds: Bounds,
): void {
  for (const name of amounts) {
    const most = bounds[name];
    const had = before[name === 'max_budget' ? 'max_budget_nano_usd' : name] !== null;
    if (had && most !== undefined && sentFields.has(name) && input[name] == null) throw overLimit(name, 'None', most);
  }
}

function overLimit(name: string, value: string | number, most: string | number) {
  return refuseKey(400, `${name} is over max limit set in config - user_value=${value}; max_value=${most}`);
}
