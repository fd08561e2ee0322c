import type { IncomingHttpHeaders } from 'node:http';
import type { ApiError } from '../http/api-error.ts';
import { noUsage } from '../prices/read-usage.ts';
import { Attempt, type Beginning } from './attempt.ts';
import type { BegunAnswer } from './begun-answer.ts';
import { limitsOfDeployment, type PassedOver, standsAgainst, takeDeployment } from './deployment-limits.ts';
import type { GatewayParts } from './gateway-parts.ts';
import { callMock } from './mock-upstream.ts';
import type { Deployment } from './model-catalog.ts';
import { type ModelRequest, timeoutMsOf } from './model-request.ts';
import { noDeploymentLeft } from './no-deployment-left.ts';
import { providerError, providerTimeout, providerUnreachable } from './openai-error.ts';
import { bodyForProvider } from './parse-request.ts';
import { passJson } from './pass-json.ts';
import { passStream } from './pass-stream.ts';
import { responseHeaders } from './response-headers.ts';
import { sendModelError } from './send-model-error.ts';
import type { Settlement } from './settle.ts';

/** Statuses after which another try may help. */
const retryable = new Set([408, 409, 429, 500, 502, 503, 504]);
/** Statuses after which a deployment rests at once. Source: the contract's router section. */
const coolsAtOnce = new Set([401, 404, 408, 429]);

/**
 * Sends a request to a provider: tries deployments until one answers, then passes the answer on. Once bytes
 * have gone to the client nothing is tried again.
 */
export async function forwardToProvider(
  parts: GatewayParts,
  request: ModelRequest,
  settlement: Settlement,
  deployments: readonly Deployment[],
): Promise<void> {
  const tried = new Set<string>();
  const running = parts.configuredBudgets.current(parts.now());
  const budgets = running instanceof Promise ? await running : running;
  let left = deployments;
  const passedOver: PassedOver[] = [];
  let failure: ApiError | null = null;
  let last: Deployment | null = null;
  let failedHeaders: IncomingHttpHeaders | null = null;
  let attempts = 0;
  while (attempts <= request.maxRetries) {
    if (left.every(({ id }) => tried.has(id))) tried.clear();
    const deployment = parts.chooser.choose(left, tried, parts.now());
    if (!deployment) break;
    const limits = limitsOfDeployment(deployment, budgets);
    const { reserveNanoUsd } = request;
    const taken =
      limits && (await takeDeployment(parts.counters, deployment, limits, { reserveNanoUsd, now: parts.now() }));
    if (taken && 'refusal' in taken) {
      passedOver.push(taken);
      left = left.filter((other) => !standsAgainst(taken, other));
      continue;
    }
    settlement.charge(taken);
    if (request.response.destroyed) break;
    attempts += 1;
    tried.add(deployment.id);
    last = deployment;
    failedHeaders = null;
    const beginning = await begin(parts, request, deployment, attempts);
    if ('answer' in beginning) {
      const begun = beginning.answer;
      if (begun.status < 300) {
        parts.chooser.succeeded(deployment.id);
        if (request.isStream && isEventStream(begun.headers)) await passStream(parts, request, settlement, begun);
        else await passJson(parts, request, settlement, begun);
        return;
      }
      failedHeaders = begun.headers;
      const body = await collect(begun);
      // Some providers repeat the credential that they refuse.
      const shown = deployment.apiKey ? body.replaceAll(deployment.apiKey, '***') : body;
      failure = providerError(begun.status, deployment.provider, shown);
      parts.chooser.failed(deployment.id, coolsAtOnce.has(begun.status), parts.now());
      if (!retryable.has(begun.status)) break;
    } else {
      failure = unreachable(request, deployment, beginning.error);
      // That the client went away says nothing about the deployment.
      if (!request.response.destroyed) parts.chooser.failed(deployment.id, failure.status === 408, parts.now());
    }
  }
  const error = failure ?? noneLeft(request, passedOver, parts.now());
  await settlement.settle({
    status: 'failure',
    httpStatus: request.response.destroyed ? 499 : error.status,
    errorMessage: request.response.destroyed ? 'The client went away before the provider answered.' : error.message,
    deployment: last,
    responseId: null,
    usage: noUsage,
    usageSource: 'none',
    costNanoUsd: 0,
    aborted: request.response.destroyed,
    attempts,
    firstTokenAt: null,
  });
  const headers = responseHeaders(request, parts.counters, {
    deployment: last,
    retries: Math.max(0, attempts - 1),
    now: parts.now(),
    costNanoUsd: null,
    upstreamMs: null,
    cacheKey: null,
    providerHeaders: failedHeaders,
  });
  sendModelError(request.response, error, request.callId, headers);
}

function noneLeft(request: ModelRequest, passedOver: readonly PassedOver[], now: number): ApiError {
  if (passedOver.length > 0) return noDeploymentLeft(passedOver, request.modelGroup, now);
  return providerUnreachable('', request.modelGroup, 'no deployment is left to try');
}

/** Starts one attempt; resolves as soon as the provider has answered with a status, or has failed to. */
function begin(
  parts: GatewayParts,
  request: ModelRequest,
  deployment: Deployment,
  attempts: number,
): Promise<Beginning> {
  const sentAt = parts.now();
  return new Promise((resolve) => {
    const attempt = new Attempt({ deployment, attempts, sentAt }, resolve);
    attempt.isMadeBy(
      deployment.mockResponse === null
        ? parts.upstreams.call(
            deployment,
            {
              path: request.endpoint.name,
              body: bodyForProvider(request.body, deployment.providerModel, request.isStream),
              timeoutMs: timeoutMsOf(request, deployment),
            },
            attempt,
          )
        : callMock(deployment, request.body, request.endpoint.callType, parts.tokens, attempt),
    );
    // A stream that has not begun is given up with its client; a whole answer is waited for, since the provider bills it.
    if (request.isStream) request.response.once('close', () => attempt.giveUp());
  });
}

function unreachable(request: ModelRequest, deployment: Deployment, error: Error): ApiError {
  if (error.name === 'HeadersTimeoutError' || error.name === 'ConnectTimeoutError') {
    return providerTimeout(deployment.provider, request.modelGroup, timeoutMsOf(request, deployment));
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.message;
  return providerUnreachable(deployment.provider, request.modelGroup, code);
}

/** The most of an error's text that is read. */
const maxErrorBytes = 64 * 1024;

function collect(begun: BegunAnswer): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const done = () => resolve(Buffer.concat(chunks).toString('utf8'));
    begun.take({
      onData(chunk) {
        bytes += chunk.length;
        if (bytes <= maxErrorBytes) chunks.push(chunk);
        return true;
      },
      onEnd: done,
      onError: done,
    });
  });
}

function isEventStream(headers: IncomingHttpHeaders): boolean {
  return (headers['content-type'] ?? '').startsWith('text/event-stream');
}
