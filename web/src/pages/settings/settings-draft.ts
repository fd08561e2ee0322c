/** A value of a setting, as the API shows and takes it. */
export type SettingValue = string | number | boolean | null | readonly string[] | Readonly<Record<string, unknown>>;

/** What the gateway says about a group of settings. */
export interface SettingsState {
  readonly values: Readonly<Record<string, unknown>>;
  readonly provenance: Readonly<Record<string, string>>;
}

/** Stands in an answer for a secret that is set. */
const hiddenSecret = '********';

/** What a person has changed and not saved, by the name of the setting. */
export type Changes = Readonly<Record<string, SettingValue>>;

/** The text of a setting, with what was changed; empty for one that is not set. Secrets are never shown. */
export function textOf(state: SettingsState, changes: Changes, name: string): string {
  const value = Object.hasOwn(changes, name) ? changes[name] : state.values[name];
  if (value === hiddenSecret || value === null || value === undefined) return '';
  return Array.isArray(value) ? value.join(', ') : String(value);
}

/** Whether a setting is on, with what was changed. */
export function isOn(state: SettingsState, changes: Changes, name: string): boolean {
  const value = Object.hasOwn(changes, name) ? changes[name] : state.values[name];
  return value === true;
}

/** True for a secret that the gateway has. */
export function hasSecret(state: SettingsState, name: string): boolean {
  return state.values[name] === hiddenSecret;
}

/** The changes with one more; a value that is the gateway's own is no change. */
export function withChange(state: SettingsState, changes: Changes, name: string, value: SettingValue): Changes {
  const { [name]: _before, ...others } = changes;
  return isSame(state.values[name] ?? null, value) ? others : { ...others, [name]: value };
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one === '' ? null : one) === JSON.stringify(other === '' ? null : other);
}
