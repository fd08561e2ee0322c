import { implement, type Route } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { getInternalUserSettings } from './get-internal-user-settings.ts';
import { getUiConfig } from './get-ui-config.ts';
import { getUiSettings } from './get-ui-settings.ts';
import * as contract from './settings.contract.ts';
import { updateInternalUserSettings } from './update-internal-user-settings.ts';

/** The endpoints that tell how the console is set up, and that set what new users get. */
export function settingsRoutes(parts: Parts): Route[] {
  return [
    implement(contract.getUiConfig, async () => getUiConfig(parts)),
    implement(contract.getUiSettings, () => getUiSettings(parts)),
    implement(contract.getInternalUserSettings, () => getInternalUserSettings(parts)),
    implement(contract.updateInternalUserSettings, (call, input) => updateInternalUserSettings(parts, call, input)),
  ];
}
