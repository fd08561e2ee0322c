import type { Settings } from './settings.ts';

/** Settings that everybody holds, and whose values can be exchanged while the gateway runs. */
export interface ReplaceableSettings {
  /** Always the same object. `router` and `cache` stay the same too: whoever was given one sees what is set later. */
  readonly settings: Settings;
  replace(next: Settings): void;
}

/** Makes a copy of settings whose values can be exchanged. */
export function createReplaceableSettings(initial: Settings): ReplaceableSettings {
  const router = { ...initial.router };
  const cache = { ...initial.cache };
  const settings = { ...initial, router, cache };
  return {
    settings,
    replace(next) {
      Object.assign(settings, next, {
        router: Object.assign(router, next.router),
        cache: Object.assign(cache, next.cache),
      });
    },
  };
}
