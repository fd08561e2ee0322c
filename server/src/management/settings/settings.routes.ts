import { implement, type Route } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { getUiConfig } from './get-ui-config.ts';
import { getUiSettings } from './get-ui-settings.ts';
import * as contract from './settings.contract.ts';

/** The endpoints that tell how the console is set up. */
export function settingsRoutes(parts: Parts): Route[] {
  return [
    implement(contract.getUiConfig, async () => getUiConfig(parts)),
    implement(contract.getUiSettings, () => getUiSettings(parts)),
  ];
}
