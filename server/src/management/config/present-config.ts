import type { Configuration, SectionValues, SettableSection } from '../../config/configuration.ts';
import { describeSetting, settingDescriptions } from '../../config/setting-descriptions.ts';
import { typeOfSetting } from '../../config/setting-shape.ts';
import { hiddenSecret } from '../single-sign-on/sso-settings.contract.ts';
import type { PresentedSetting } from './config.contract.ts';

/** Every setting of a section with its value and where that comes from; of a secret only whether there is one. */
export function presentSection(
  configuration: Configuration,
  stored: SectionValues,
  section: SettableSection,
): PresentedSetting[] {
  return Object.keys(settingDescriptions[section]).map((name) => presentSetting(configuration, stored, section, name));
}

/** One setting of a name that there is. */
export function presentSetting(
  configuration: Configuration,
  stored: SectionValues,
  section: SettableSection,
  name: string,
): PresentedSetting {
  const known = describeSetting(section, name);
  const { value, source } = findValue(configuration, stored, section, name);
  return {
    field_name: name,
    field_type: typeOfSetting(section, name),
    field_description: known?.description ?? '',
    field_value: known?.isSecret && value !== null ? hiddenSecret : value,
    field_default_value: known?.default ?? null,
    stored_in_db: source === 'database' ? true : source === 'default' ? null : false,
    source,
    can_be_set: known?.fixed === undefined,
    reason: known?.fixed === undefined ? null : `${name} ${known.fixed}`,
  };
}

function findValue(
  { file, environment }: Configuration,
  stored: SectionValues,
  section: SettableSection,
  name: string,
): { value: unknown; source: PresentedSetting['source'] } {
  const known = describeSetting(section, name);
  const fromDatabase = stored[section][name];
  if (fromDatabase !== undefined) return { value: fromDatabase, source: 'database' };
  const fromEnvironment = known?.environment === undefined ? undefined : environment[known.environment];
  const ofEnvironment = { value: fromEnvironment, source: 'environment' } as const;
  if (fromEnvironment !== undefined && known?.environmentFirst) return ofEnvironment;
  const fromFile = file[section][name] ?? undefined;
  if (fromFile !== undefined) return { value: fromFile, source: 'config file' };
  return fromEnvironment === undefined ? { value: null, source: 'default' } : ofEnvironment;
}
