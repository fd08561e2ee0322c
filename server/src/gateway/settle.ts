import { masterUserId } from '../access/principal.ts';
import type { JournalEntry } from '../ledger/journal.ts';
import type { WindowSubject } from '../ledger/spend-subjects.ts';
import { promptCacheMoney } from '../prices/token-prices.ts';
import { countedTokens } from './counted-tokens.ts';
import type { DeploymentReservation } from './deployment-limits.ts';
import type { GatewayParts } from './gateway-parts.ts';
import type { ModelRequest, Outcome } from './model-request.ts';
import { storable } from './storable.ts';

/** Under this name the calls of the master key stand in the books; its hash is nowhere. */
const masterKeyAlias = 'litellm_proxy_master_key';

/**
 * The one way in which a model request ends. Whatever happens first (the end, an error, the client going away,
 * the provider breaking off) settles it; whatever happens after that changes nothing.
 */
export interface Settlement {
  readonly isSettled: boolean;
  /** From now on the answer counts against what bounds this deployment, too; what an earlier one had taken is free. */
  charge(deployment: DeploymentReservation | null): void;
  /** Resolves when the answer is safe in the journal. Later calls return the first one's promise. */
  settle(outcome: Outcome): Promise<void>;
}

/** Opens the settlement of a request that was admitted. */
export function openSettlement(request: ModelRequest, parts: SettlementParts): Settlement {
  return new RequestSettlement(request, parts);
}

/** What settling needs. */
type SettlementParts = Pick<GatewayParts, 'ledger' | 'now' | 'settings'>;

/**
 * A class, not an object made of closures: a getter in an object literal gives every object a shape of its own, which
 * the engine keeps apart from the young objects, and with it the whole request until the next major collection.
 */
class RequestSettlement implements Settlement {
  private settled: Promise<void> | null = null;
  private readonly request: ModelRequest;
  private readonly parts: SettlementParts;
  private deployment: DeploymentReservation | null = null;

  constructor(request: ModelRequest, parts: SettlementParts) {
    this.request = request;
    this.parts = parts;
  }

  get isSettled(): boolean {
    return this.settled !== null;
  }

  charge(deployment: DeploymentReservation | null): void {
    this.deployment?.end(0, this.parts.now());
    this.deployment = deployment;
  }

  settle(outcome: Outcome): Promise<void> {
    if (this.settled) return this.settled;
    const { request, parts } = this;
    const endedAt = parts.now();
    const key = request.caller.kind === 'key' ? request.caller.key : null;
    const cached = outcome.usageSource === 'cache' ? request.cacheLookup.answer : null;
    const promptCache = promptCacheMoney(outcome.deployment?.tokenPrices ?? null, outcome.usage);
    const entry: JournalEntry = {
      request_id: request.callId,
      response_id: outcome.responseId === null ? null : storable(outcome.responseId),
      call_type: request.endpoint.callType,
      endpoint: request.endpoint.name,
      key_hash: key === null ? masterKeyAlias : key.keyHash,
      user_id: key === null ? masterUserId : (key.userId ?? ''),
      team_id: key?.teamId ?? '',
      organization_id: key?.organization?.organizationId ?? '',
      end_user: request.endUser,
      model_group: storable(request.modelGroup),
      model: storable(outcome.deployment?.providerModel ?? request.modelGroup),
      provider: outcome.deployment?.provider ?? '',
      deployment_id: outcome.deployment?.id ?? '',
      api_base: outcome.deployment?.shownApiBase ?? '',
      status: outcome.status,
      http_status: outcome.httpStatus,
      error_message: outcome.errorMessage === null ? null : storable(outcome.errorMessage.slice(0, 1_000)),
      prompt_tokens: outcome.usage.promptTokens,
      completion_tokens: outcome.usage.completionTokens,
      cache_read_input_tokens: outcome.usage.cacheReadInputTokens,
      cache_creation_input_tokens: outcome.usage.cacheCreationInputTokens,
      reasoning_tokens: outcome.usage.reasoningTokens,
      usage_source: outcome.usageSource,
      spend_nano_usd: outcome.costNanoUsd,
      cache_status: request.cacheLookup.status,
      saved_nano_usd: cached?.costNanoUsd ?? 0,
      saved_ms: cached === null ? 0 : cached.durationMs - (endedAt - request.startedAt),
      unreported_input_tokens: cached !== null || outcome.usage.isPromptCacheReported ? 0 : outcome.usage.promptTokens,
      prompt_cache_saved_nano_usd: promptCache.savedNanoUsd,
      prompt_cache_premium_nano_usd: promptCache.premiumNanoUsd,
      streamed: request.isStream ? 1 : 0,
      aborted: outcome.aborted ? 1 : 0,
      attempts: outcome.attempts,
      started_at: request.startedAt,
      first_token_at: outcome.firstTokenAt,
      ended_at: endedAt,
      ip: request.incoming.socket.remoteAddress ?? '',
      tags: JSON.stringify(request.tags),
      session_id: sessionOf(request),
      spend_logs_metadata: request.logMetadata,
    };
    const windows = this.chargedWindows();
    this.settled = parts.ledger.settle(windows === null ? entry : { ...entry, windows });
    const tokens = countedTokens(outcome.usage, parts.settings.tokenRateLimitType);
    this.deployment?.end(tokens, endedAt);
    request.admission.end(tokens, endedAt);
    return this.settled;
  }

  private chargedWindows(): readonly WindowSubject[] | null {
    const { windows } = this.request.admission;
    if (this.deployment === null || this.deployment.windows.length === 0) return windows;
    return [...(windows ?? []), ...this.deployment.windows];
  }
}

/** What the caller holds its calls together by, in the body or in a header, a session before a trace; the empty string: nothing. */
function sessionOf({ body, incoming }: ModelRequest): string {
  const session =
    body.field('litellm_session_id') ??
    incoming.headers['x-litellm-session-id'] ??
    body.field('litellm_trace_id') ??
    incoming.headers['x-litellm-trace-id'];
  return typeof session === 'string' ? storable(session.slice(0, 200)) : '';
}
