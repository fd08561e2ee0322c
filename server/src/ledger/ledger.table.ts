/** One answered (or failed) model request. `request_id` is the gateway's own call id, unique for ever. */
export interface RequestLogTable {
  request_id: string;
  /** The id inside the answer (`chatcmpl-…`), as chosen by the provider. Not unique. */
  response_id: string | null;
  call_type: string;
  endpoint: string;
  key_hash: string;
  user_id: string;
  team_id: string;
  /** The organization that paid; what became of team and key since does not change it. */
  organization_id: string;
  end_user: string;
  model_group: string;
  model: string;
  provider: string;
  deployment_id: string;
  api_base: string;
  /** `success` or `failure`. */
  status: string;
  http_status: number;
  error_message: string | null;
  prompt_tokens: number;
  completion_tokens: number;
  cache_read_input_tokens: number;
  cache_creation_input_tokens: number;
  reasoning_tokens: number;
  /** How the tokens are known: `provider` (its usage), `counted` (by our tokenizer), `cache`, `none`. */
  usage_source: string;
  spend_nano_usd: number;
  /**
   * What the response cache did: `hit`; `miss`; `stale` (a miss, too: what was kept was too old); `bypass` (the caller
   * wanted a fresh answer); `not_cacheable` (it keeps no answers to such calls); `off`.
   */
  cache_status: string;
  /** For hits: what the answer would have cost. */
  saved_nano_usd: number;
  /** For hits: how much longer the same answer took when its provider gave it. */
  saved_ms: number;
  /** Input tokens of an answer whose provider did not say how many of them its prompt cache held. */
  unreported_input_tokens: number;
  /** What input read from the provider's prompt cache cost less than other input. */
  prompt_cache_saved_nano_usd: number;
  /** What input written to the provider's prompt cache cost more than other input. */
  prompt_cache_premium_nano_usd: number;
  streamed: number;
  aborted: number;
  attempts: number;
  started_at: number;
  first_token_at: number | null;
  ended_at: number;
  ip: string;
  tags: string;
  /** What the caller holds calls together by; the empty string: nothing. */
  session_id: string;
  /** A JSON object that the caller wants to find beside the call; the empty string: nothing. */
  spend_logs_metadata: string;
}

/** Sums of a quarter of an hour. Ids that are missing are the empty string, so that the key is total. */
export interface UsageRollupTable {
  quarter_hour_at: number;
  key_hash: string;
  user_id: string;
  team_id: string;
  model: string;
  model_group: string;
  provider: string;
  endpoint: string;
  requests: number;
  failed_requests: number;
  prompt_tokens: number;
  completion_tokens: number;
  cache_read_input_tokens: number;
  cache_creation_input_tokens: number;
  spend_nano_usd: number;
  cache_hits: number;
  cache_misses: number;
  /** Those of the misses for which an answer was kept that was too old. */
  stale_cache_misses: number;
  cache_bypasses: number;
  uncacheable_requests: number;
  cached_prompt_tokens: number;
  cached_completion_tokens: number;
  saved_nano_usd: number;
  saved_ms: number;
  unreported_input_tokens: number;
  prompt_cache_saved_nano_usd: number;
  prompt_cache_premium_nano_usd: number;
  duration_ms: number;
}

/** Sums of the answers that carry a tag: an answer with two tags counts once in each. */
export type TagRollupTable = UsageRollupTable & { tag: string };

/** Sums of the answers that were given to a named customer (`user` of the request). */
export type CustomerRollupTable = UsageRollupTable & { end_user: string };

/** Sums of the answers that an organization paid for, whatever has become of its teams and keys since. */
export type OrganizationRollupTable = UsageRollupTable & { organization_id: string };

declare module '../storage/database.ts' {
  interface Database {
    request_logs: RequestLogTable;
    usage_rollups: UsageRollupTable;
    tag_rollups: TagRollupTable;
    customer_rollups: CustomerRollupTable;
    organization_rollups: OrganizationRollupTable;
  }
}
