import type { SettableSection } from '../../config/configuration.ts';
import { implement, type Route } from '../../http/call.ts';
import { assertKnown } from './check-setting.ts';
import * as contract from './config.contract.ts';
import type { ConfigParts } from './config-parts.ts';
import { getActiveCallbacks, getConfigCallbacks } from './get-callbacks.ts';
import { withKeptElsewhere } from './kept-elsewhere.ts';
import { presentSection, presentSetting } from './present-config.ts';
import { readStoredConfig } from './stored-config.store.ts';
import { setConfig, unsetConfig } from './update-config.ts';

/** The endpoints that show the settings of the config file and set them anew. */
export function configRoutes(parts: ConfigParts): Route[] {
  const { configuration, storage } = parts;
  const readShown = async () => withKeptElsewhere(storage.db, configuration.file, await readStoredConfig(storage.db));
  const show = async (section: SettableSection, name: string) =>
    presentSetting(configuration, await readShown(), section, name);
  return [
    implement(contract.updateConfig, async (call, input) => {
      await setConfig(parts, call, input, input.environment_variables ?? {});
      return { message: 'Config updated successfully' };
    }),
    implement(contract.listConfig, async (_call, { config_type: section = 'general_settings' }) =>
      presentSection(configuration, await readShown(), section),
    ),
    implement(contract.getConfigField, async (_call, { config_type: section = 'general_settings', field_name }) => {
      assertKnown(section, field_name);
      return show(section, field_name);
    }),
    implement(contract.updateConfigField, async (call, { config_type: section = 'general_settings', ...field }) => {
      await setConfig(parts, call, { [section]: { [field.field_name]: field.field_value } });
      return show(section, field.field_name);
    }),
    implement(contract.deleteConfigField, async (call, { config_type: section = 'general_settings', field_name }) => {
      await unsetConfig(parts, call, section, field_name);
      return show(section, field_name);
    }),
    implement(contract.getConfigCallbacks, () => getConfigCallbacks(parts)),
    implement(contract.getActiveCallbacks, () => getActiveCallbacks(parts)),
  ];
}
