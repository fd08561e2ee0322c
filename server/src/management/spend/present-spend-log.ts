import { nanoUsdToUsd } from '../../money/money.ts';
import { cacheStatuses, type PresentedSpendLog, usageSources } from './spend-logs.contract.ts';
import type { NamedSpendLog } from './spend-logs.store.ts';

/** Shows a line of the request log with the fields of LiteLLM's spend logs. Texts of prompts and answers are not kept. */
export function presentSpendLog(row: NamedSpendLog): PresentedSpendLog {
  return {
    request_id: (row.cache_status === 'hit' ? null : row.response_id) ?? row.request_id,
    litellm_call_id: row.request_id,
    call_type: row.call_type,
    api_key: row.key_hash,
    spend: nanoUsdToUsd(row.spend_nano_usd),
    total_tokens: row.prompt_tokens + row.completion_tokens,
    prompt_tokens: row.prompt_tokens,
    completion_tokens: row.completion_tokens,
    startTime: new Date(row.started_at).toISOString(),
    endTime: new Date(row.ended_at).toISOString(),
    completionStartTime: row.first_token_at === null ? null : new Date(row.first_token_at).toISOString(),
    request_duration_ms: row.ended_at - row.started_at,
    model: row.model,
    model_id: row.deployment_id,
    model_group: row.model_group,
    custom_llm_provider: row.provider,
    api_base: row.api_base,
    user: row.user_id,
    metadata: metadataOf(row),
    cache_hit: cacheHitOf(row),
    cache_key: row.cache_status === 'off' || row.cache_status === 'not_cacheable' ? 'Cache OFF' : '',
    request_tags: JSON.parse(row.tags) as string[],
    team_id: row.team_id,
    organization_id: row.organization_id || null,
    end_user: row.end_user,
    requester_ip_address: row.ip,
    messages: {},
    response: {},
    proxy_server_request: {},
    session_id: row.session_id || null,
    status: row.status,
    endpoint: row.endpoint,
    http_status: row.http_status,
    error_message: row.error_message,
    key_name: row.key_name,
    key_alias: row.key_alias,
    team_alias: row.team_alias,
    user_email: row.user_email,
    streamed: row.streamed === 1,
    aborted: row.aborted === 1,
    attempts: row.attempts,
    cache_read_input_tokens: row.cache_read_input_tokens,
    cache_creation_input_tokens: row.cache_creation_input_tokens,
    reasoning_tokens: row.reasoning_tokens,
    usage_source: usageSources.find((source) => source === row.usage_source) ?? 'none',
    cache_status: cacheStatuses.find((status) => status === row.cache_status) ?? 'off',
    saved_nano_usd: row.saved_nano_usd,
    prompt_cache_saved_nano_usd: row.prompt_cache_saved_nano_usd,
    prompt_cache_premium_nano_usd: row.prompt_cache_premium_nano_usd,
  };
}

function cacheHitOf(row: NamedSpendLog): string {
  if (row.cache_status === 'hit') return 'True';
  return row.cache_status === 'miss' || row.cache_status === 'stale' || row.status === 'failure' ? 'False' : 'None';
}

function metadataOf(row: NamedSpendLog): Record<string, unknown> {
  return {
    user_api_key: row.key_hash,
    user_api_key_alias: row.key_alias,
    user_api_key_user_id: row.user_id || null,
    user_api_key_team_id: row.team_id || null,
    user_api_key_team_alias: row.team_alias,
    user_api_key_org_id: null,
    requester_ip_address: row.ip,
    status: row.status,
    attempted_retries: Math.max(0, row.attempts - 1),
    spend_logs_metadata: row.spend_logs_metadata === '' ? null : (JSON.parse(row.spend_logs_metadata) as unknown),
    usage_object: {
      prompt_tokens: row.prompt_tokens,
      completion_tokens: row.completion_tokens,
      total_tokens: row.prompt_tokens + row.completion_tokens,
      cache_read_input_tokens: row.cache_read_input_tokens,
      cache_creation_input_tokens: row.cache_creation_input_tokens,
      reasoning_tokens: row.reasoning_tokens,
    },
    ...(row.status === 'failure'
      ? {
          error_information: {
            error_code: String(row.http_status),
            error_class: '',
            error_message: row.error_message ?? '',
            traceback: '',
            llm_provider: row.provider,
          },
        }
      : {}),
  };
}
