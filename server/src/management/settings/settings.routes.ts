import { implement, type Route } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { getInternalUserSettings } from './get-internal-user-settings.ts';
import { getUiConfig } from './get-ui-config.ts';
import { getUiSettings } from './get-ui-settings.ts';
import * as contract from './settings.contract.ts';
import { updateInternalUserSettings } from './update-internal-user-settings.ts';
import type { WaysToSignIn } from './ways-to-sign-in.ts';

/** The endpoints that tell how the console is set up, and that set what new users get. */
export function settingsRoutes(parts: Parts, ways: WaysToSignIn): Route[] {
  return [
    implement(contract.getUiConfig, (call) => getUiConfig(parts, ways, call)),
    implement(contract.getUiSettings, (call) => getUiSettings(parts, ways, call)),
    implement(contract.getInternalUserSettings, () => getInternalUserSettings(parts)),
    implement(contract.updateInternalUserSettings, (call, input) => updateInternalUserSettings(parts, call, input)),
  ];
}
