import type { Settings } from './settings.ts';

/** The sections of the config file whose values can also be set through the API. */
export const settableSections = ['general_settings', 'litellm_settings', 'router_settings'] as const;

/** One of these sections. */
export type SettableSection = (typeof settableSections)[number];

/** Values by section and name, as the config file has them. A name that is absent is not set, null says "nothing". */
export type SectionValues = { readonly [Section in SettableSection]: Readonly<Record<string, unknown>> };

/** Nothing is set. */
export const nothingSet: SectionValues = { general_settings: {}, litellm_settings: {}, router_settings: {} };

/** What the gateway was told at its start, for whoever lays values of the database above it. */
export interface Configuration {
  /** What the config file says, references to the environment filled in. */
  readonly file: SectionValues;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /**
   * The settings with these values above the file's.
   * @throws ConfigError for values that the file could not have either, in the words of a start.
   */
  settingsWith(stored: SectionValues): Settings;
}
