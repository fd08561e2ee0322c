import type { Configuration } from '../../config/configuration.ts';
import type { Parts } from '../parts.ts';
import type { StoredConfig } from './open-stored-config.ts';

/** What the verbs about the configuration need. */
export interface ConfigParts extends Parts {
  readonly configuration: Configuration;
  readonly storedConfig: StoredConfig;
}
