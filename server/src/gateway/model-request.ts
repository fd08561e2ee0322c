import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TokenUsage } from '../prices/token-prices.ts';
import type { Admission } from './admit.ts';
import type { AskedRouting } from './asked-routing.ts';
import type { Caller } from './caller.ts';
import type { Deployment } from './model-catalog.ts';
import type { ModelRequestBody } from './parse-request.ts';
import type { CacheLookup, CachePlan } from './response-cache.ts';

/** An endpoint of the data plane. */
export interface ModelEndpoint {
  /** Path without `/v1`, as the books name it. */
  readonly name: '/chat/completions' | '/embeddings';
  readonly callType: 'acompletion' | 'aembedding';
  readonly canStream: boolean;
}

/** The endpoints that models are called through. */
export const modelEndpoints: readonly ModelEndpoint[] = [
  { name: '/chat/completions', callType: 'acompletion', canStream: true },
  { name: '/embeddings', callType: 'aembedding', canStream: false },
];

/** One model request on its way through the gateway. */
export interface ModelRequest {
  readonly callId: string;
  readonly startedAt: number;
  readonly endpoint: ModelEndpoint;
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  readonly caller: Caller;
  readonly body: ModelRequestBody;
  /** On whose behalf it is made, as the request names them; empty for nobody. */
  readonly endUser: string;
  readonly modelGroup: string;
  readonly tags: readonly string[];
  /** What the caller wants to find beside it in the log, as JSON; empty: nothing. */
  readonly logMetadata: string;
  readonly isStream: boolean;
  readonly asked: AskedRouting;
  /** How often a provider is asked again at most. */
  readonly maxRetries: number;
  /** The client itself asked for the usage event of a stream. */
  readonly wantsUsage: boolean;
  readonly admission: Admission;
  /** The most that it is expected to cost. */
  readonly reserveNanoUsd: number;
  readonly cachePlan: CachePlan;
  /** What the response cache had for it. */
  readonly cacheLookup: CacheLookup;
}

/** How an answer's tokens are known. */
export type UsageSource = 'provider' | 'counted' | 'cache' | 'none';

/** What came of a model request: all that the books need. */
export interface Outcome {
  readonly status: 'success' | 'failure';
  readonly httpStatus: number;
  readonly errorMessage: string | null;
  readonly deployment: Deployment | null;
  readonly responseId: string | null;
  readonly usage: TokenUsage;
  readonly usageSource: UsageSource;
  readonly costNanoUsd: number;
  readonly aborted: boolean;
  readonly attempts: number;
  readonly firstTokenAt: number | null;
}

/** How long a deployment may take until it begins to answer: as the caller says, else as its model does. */
export function timeoutMsOf({ isStream, asked }: ModelRequest, deployment: Deployment): number {
  const ofStream = isStream
    ? (asked.streamTimeoutMs ?? asked.timeoutMs ?? deployment.streamTimeoutMs)
    : asked.timeoutMs;
  return ofStream ?? deployment.timeoutMs;
}
