import type { Changes } from '../../audit/change.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Parts } from '../parts.ts';

/** What the control plane may do with the answers that the gateway keeps. */
export interface KeptAnswers {
  clear(): void;
  delete(keys: readonly string[]): void;
}

/** @throws ApiError 503 when there is no cache; its message is JSON, as clients of LiteLLM expect. */
export function pingCache(parts: Parts) {
  const { cache } = parts.settings;
  if (!cache.enabled) {
    const message = {
      message:
        'The response cache is off. Set litellm_settings.cache: true in the config file, or with POST /config/update.',
      litellm_cache_params: '{}',
      health_check_cache_params: {},
      traceback: '',
    };
    throw new ApiError(503, JSON.stringify(message), { type: 'cache_ping_error', param: 'None' });
  }
  return {
    status: 'healthy' as const,
    cache_type: 'local',
    ping_response: true,
    set_cache_response: 'success',
    litellm_cache_params: JSON.stringify(valuesOf(parts)),
    health_check_cache_params: {},
  };
}

/** How the cache is set up. No field can be changed here. */
export function getCacheSettings(parts: Parts) {
  return { fields: [], current_values: valuesOf(parts), redis_type_descriptions: {} };
}

function valuesOf({ settings: { cache } }: Parts): Record<string, unknown> {
  return {
    enabled: cache.enabled,
    type: 'local',
    mode: cache.mode,
    ttl: cache.ttlMs === null ? null : cache.ttlMs / 1000,
    namespace: cache.namespace,
    supported_call_types: cache.callTypes,
    max_size_mb: cache.maxBytes / 1024 / 1024,
  };
}

const responseCache = { type: 'settings', id: 'response-cache' } as const;

/** Forgets all answers when another instance was told to forget some: which ones, it does not tell. */
export function forgetAnswersWithOthers(changes: Changes, answers: KeptAnswers): void {
  changes.onChange((object, origin) => {
    if (object.type === responseCache.type && object.id === responseCache.id && origin === 'elsewhere') answers.clear();
  });
}

/** Forgets answers: those with these keys, or all. Other instances that hear of it forget all of theirs. */
export async function forgetAnswers(
  parts: Parts,
  answers: KeptAnswers,
  call: Call,
  keys: readonly string[] | null,
): Promise<{ status: 'success' }> {
  await parts.changes.change(call.context, async () => ({
    result: undefined,
    audit: {
      action: 'deleted',
      object: responseCache,
      after: { keys: keys === null ? 'all' : keys.length },
    },
  }));
  if (keys === null) answers.clear();
  else answers.delete(keys);
  return { status: 'success' };
}
