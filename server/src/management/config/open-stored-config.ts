import type { Changes } from '../../audit/change.ts';
import { ConfigError } from '../../config/config-error.ts';
import { type Configuration, nothingSet, type SectionValues, settableSections } from '../../config/configuration.ts';
import type { Settings } from '../../config/settings.ts';
import type { Storage } from '../../storage/open-storage.ts';
import { parseStoredTexts, readStoredTexts } from './stored-config.store.ts';

/** What is set through the API, put in force on this instance. */
export interface StoredConfig {
  /** Reads what is set and puts it in force; at once after a change of this instance. */
  reload(): Promise<void>;
  /** Calls the listener whenever other settings are in force, before whoever changed them has an answer. */
  onReplaced(listener: () => Promise<void>): void;
  close(): void;
}

/** How soon changes of other instances hold that are not heard of. */
const pollEveryMs = 2_000;

/**
 * Reads what is set through the API and keeps reading it.
 * @param options.replace puts settings in force.
 * @param options.onUnreadable told of a value that cannot be, for instance since the config file has changed; it is left out.
 */
export async function openStoredConfig(options: {
  storage: Storage;
  changes: Changes;
  configuration: Configuration;
  replace: (settings: Settings) => void;
  onUnreadable: (error: unknown, name: string) => void;
  onFailure: (error: unknown) => void;
}): Promise<StoredConfig> {
  const { storage, configuration } = options;
  const listeners: (() => Promise<void>)[] = [];
  let inForce = '{}';
  let reading: Promise<void> = Promise.resolve();

  async function read(): Promise<void> {
    const texts = await readStoredTexts(storage.db);
    const found = JSON.stringify(texts);
    if (found === inForce) return;
    options.replace(settingsOf(configuration, parseStoredTexts(texts), options.onUnreadable));
    inForce = found;
    for (const listener of listeners) await listener();
  }

  /** One reading at a time, so that an older one cannot replace a newer one. */
  function reload(): Promise<void> {
    reading = reading.catch(() => undefined).then(read);
    return reading;
  }

  await reload();
  const reloadSoon = () => {
    reload().catch(options.onFailure);
  };
  // Who changes something here reloads it before answering.
  options.changes.onChange((object, origin) => {
    if (object.type === 'settings' && origin === 'elsewhere') reloadSoon();
  });
  options.changes.onMissed(reloadSoon);
  const timer = setInterval(reloadSoon, pollEveryMs);
  timer.unref();
  return { reload, onReplaced: (listener) => void listeners.push(listener), close: () => clearInterval(timer) };
}

/** The settings with everything that is stored, but for what cannot be. */
function settingsOf(
  configuration: Configuration,
  stored: SectionValues,
  onUnreadable: (error: unknown, name: string) => void,
): Settings {
  try {
    return configuration.settingsWith(stored);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
  }
  let kept = nothingSet;
  for (const section of settableSections) {
    for (const [name, value] of Object.entries(stored[section])) {
      const next = { ...kept, [section]: { ...kept[section], [name]: value } };
      try {
        configuration.settingsWith(next);
        kept = next;
      } catch (error) {
        onUnreadable(error, `${section}.${name}`);
      }
    }
  }
  return configuration.settingsWith(kept);
}
