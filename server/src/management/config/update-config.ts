import type { Transaction } from 'kysely';
import type { AuditEntry } from '../../audit/change.ts';
import { ConfigError } from '../../config/config-error.ts';
import { type SectionValues, type SettableSection, settableSections } from '../../config/configuration.ts';
import { describeSetting } from '../../config/setting-descriptions.ts';
import type { Settings } from '../../config/settings.ts';
import type { Call } from '../../http/call.ts';
import type { Database } from '../../storage/database.ts';
import { writeSetting } from '../settings/index.ts';
import { assertKnown, assertSettable, refuse } from './check-setting.ts';
import type { ConfigParts } from './config-parts.ts';
import { prepareElsewhere, prepareVariables, type WriteElsewhere } from './kept-elsewhere.ts';
import { lockStoredConfig } from './stored-config.store.ts';

/** Values to set by section and name; null: nothing is set, whatever the config file says. */
export type SentSections = {
  readonly [Section in SettableSection]?: Readonly<Record<string, unknown>> | null | undefined;
};

/**
 * Sets values above those of the config file: in force here when this returns, and on other instances within two
 * seconds. What is not sent stays. What has a place of its own in the database is written there.
 * @param variables variables of the environment to set anew: those about mail can be.
 * @throws ApiError 400 for a name that there is not, for what cannot be set while the gateway runs, and for a value
 * that the config file could not have either. Nothing is changed then.
 */
export async function setConfig(
  parts: ConfigParts,
  call: Call,
  sent: SentSections,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const own: Record<SettableSection, Record<string, unknown>> = {
    general_settings: {},
    litellm_settings: {},
    router_settings: {},
  };
  const elsewhere: WriteElsewhere[] = [];
  for (const section of settableSections) {
    for (const [name, value] of Object.entries(sent[section] ?? {})) {
      assertSettable(section, name, value);
      const write = await prepareElsewhere(parts, call, section, name, value);
      if (write) elsewhere.push(write);
      else own[section][name] = value;
    }
  }
  if (Object.keys(variables).length > 0) elsewhere.push(prepareVariables(parts, call, variables));
  if (elsewhere.length === 0 && settableSections.every((section) => Object.keys(own[section]).length === 0)) {
    throw refuse(
      'None',
      'Nothing was sent to set. Send general_settings, litellm_settings or router_settings with what is to change.',
    );
  }
  await change(parts, call, elsewhere, (before) => ({
    general_settings: { ...before.general_settings, ...own.general_settings },
    litellm_settings: { ...before.litellm_settings, ...own.litellm_settings },
    router_settings: { ...before.router_settings, ...own.router_settings },
  }));
}

/**
 * Takes back what was set through the API: the config file counts again.
 * @throws ApiError 400 for a name that there is not, and for one that is not set in the database.
 */
export async function unsetConfig(
  parts: ConfigParts,
  call: Call,
  section: SettableSection,
  name: string,
): Promise<void> {
  assertKnown(section, name);
  const endpoint = describeSetting(section, name)?.endpoint;
  if (endpoint !== undefined) throw refuse(name, `${section}.${name} is taken back field by field, with ${endpoint}.`);
  await change(parts, call, [], (before) => {
    const { [name]: value, ...rest } = before[section];
    if (value === undefined) {
      throw refuse(
        name,
        `Field name=${name} not in DB: what holds comes from elsewhere. GET /config/list tells from where.`,
      );
    }
    return { ...before, [section]: rest };
  });
}

async function change(
  parts: ConfigParts,
  call: Call,
  elsewhere: readonly WriteElsewhere[],
  make: (before: SectionValues) => SectionValues,
): Promise<void> {
  await parts.changes.change(call.context, async (tx) => {
    const before = await lockStoredConfig(tx, parts, call.context);
    const after = make(before);
    check(parts, after);
    const entries = await write(tx, parts, call, before, after);
    for (const writeElsewhere of elsewhere) entries.push(await writeElsewhere(tx));
    const [first, ...others] = entries;
    // What was sent holds already: that somebody said so again is worth a line all the same.
    return {
      result: undefined,
      audit: [first ?? { action: 'updated', object: { type: 'settings', id: 'config' } }, ...others],
    };
  });
  await parts.storedConfig.reload();
}

/** @throws ApiError 400 in the words of the config file's checks. */
function check({ configuration, settings }: ConfigParts, after: SectionValues): void {
  let next: Settings;
  try {
    next = configuration.settingsWith(after);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw refuse('None', `${error.message.replace(/\.?$/, '.')} Nothing was changed.`);
  }
  if (next.cache.maxBytes !== settings.cache.maxBytes) {
    throw refuse(
      'cache_params',
      `litellm_settings.cache_params.max_size_mb is read when the gateway starts: send ${settings.cache.maxBytes / 1024 / 1024}, or set it in the config file, and restart. Nothing was changed.`,
    );
  }
}

/** Writes the sections that differ. @returns an entry for each of them, with the values that differ. */
async function write(
  tx: Transaction<Database>,
  parts: ConfigParts,
  call: Call,
  before: SectionValues,
  after: SectionValues,
): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = [];
  for (const section of settableSections) {
    const [old, fresh] = [before[section], after[section]];
    const names = [...new Set([...Object.keys(old), ...Object.keys(fresh)])].filter(
      (name) => JSON.stringify(old[name]) !== JSON.stringify(fresh[name]),
    );
    if (names.length === 0) continue;
    await writeSetting(tx, parts, call.context, { name: section, value: JSON.stringify(fresh) });
    const file = parts.configuration.file[section];
    const inForce = (values: Readonly<Record<string, unknown>>) =>
      Object.fromEntries(names.map((name) => [name, (name in values ? values[name] : file[name]) ?? null]));
    entries.push({
      action: 'updated',
      object: { type: 'settings', id: section },
      before: inForce(old),
      after: inForce(fresh),
    });
  }
  return entries;
}
