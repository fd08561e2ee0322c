import { errorBody } from '../http/api-error.ts';
import { noUsage } from '../prices/read-usage.ts';
import { costNanoUsd, type TokenUsage } from '../prices/token-prices.ts';
import type { BegunAnswer } from './begun-answer.ts';
import type { GatewayParts } from './gateway-parts.ts';
import { createStreamMeter, doneEvent, type StreamMeter } from './meter-stream.ts';
import type { ModelRequest, UsageSource } from './model-request.ts';
import { streamBroken } from './openai-error.ts';
import { promptOf } from './parse-request.ts';
import { responseHeaders } from './response-headers.ts';
import type { Settlement } from './settle.ts';

/** How a stream came to its end. */
type Ending =
  | { readonly kind: 'complete' }
  | { readonly kind: 'aborted' }
  | { readonly kind: 'broken'; readonly reason: string };

/**
 * Passes a stream on as it comes, with backpressure both ways, and settles it at its end: complete, given up by
 * the client, or broken off by the provider. Only after that does the client get its `[DONE]` (or the error).
 */
export async function passStream(
  parts: GatewayParts,
  request: ModelRequest,
  settlement: Settlement,
  begun: BegunAnswer,
): Promise<void> {
  const { response } = request;
  const { deployment } = begun;
  const meter = createStreamMeter(request.wantsUsage);
  let firstTokenAt: number | null = null;
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    ...responseHeaders(request, parts.counters, {
      deployment,
      retries: begun.attempts - 1,
      now: parts.now(),
      costNanoUsd: null,
      upstreamMs: parts.now() - begun.sentAt,
      cacheKey: request.cachePlan.key,
      providerHeaders: begun.headers,
    }),
  });
  response.flushHeaders();

  const ending = await new Promise<Ending>((resolve) => {
    response.once('close', () => {
      if (!response.writableFinished) {
        begun.abort();
        resolve({ kind: 'aborted' });
      }
    });
    response.on('drain', () => begun.resume());
    begun.take({
      onData(chunk) {
        firstTokenAt ??= parts.now();
        try {
          const passed = meter.push(chunk);
          return passed === null || response.write(passed);
        } catch (error) {
          begun.abort();
          resolve({ kind: 'broken', reason: String(error) });
          return true;
        }
      },
      onEnd() {
        const last = meter.end();
        if (last !== null) response.write(last);
        resolve(
          meter.isComplete
            ? { kind: 'complete' }
            : { kind: 'broken', reason: meter.error ?? 'the stream ended before it was complete' },
        );
      },
      onError: (error) => resolve({ kind: 'broken', reason: error.message }),
    });
  });

  const { usage, source } = await usageOf(parts, request, meter);
  const cost = deployment.tokenPrices ? costNanoUsd(deployment.tokenPrices, usage) : 0;
  await settlement.settle({
    status: ending.kind === 'broken' ? 'failure' : 'success',
    httpStatus: ending.kind === 'aborted' ? 499 : ending.kind === 'broken' ? 500 : 200,
    errorMessage: ending.kind === 'broken' ? ending.reason : null,
    deployment,
    responseId: meter.responseId,
    usage,
    usageSource: source,
    costNanoUsd: cost,
    aborted: ending.kind === 'aborted',
    attempts: begun.attempts,
    firstTokenAt,
  });
  if (ending.kind === 'aborted') return;
  if (ending.kind === 'broken') {
    parts.chooser.failed(deployment.id, false, parts.now());
    // An error event of the provider's own has been passed on already.
    response.end(
      meter.error === null ? `data: ${JSON.stringify(errorBody(streamBroken(deployment.provider)))}\n\n` : undefined,
    );
    return;
  }
  const usageEvent = meter.usageEvent ?? usageEventOf(meter, request, usage);
  const events = meter.keptEvents();
  if (events && request.cachePlan.store) {
    parts.cache.store(request.cachePlan, {
      kind: 'stream',
      bytes: withoutUsage(events, request.wantsUsage ? meter.usageEvent : null),
      usageEvent,
      storedAt: parts.now(),
      usage,
      costNanoUsd: cost,
      durationMs: parts.now() - request.startedAt,
      responseId: meter.responseId,
      model: deployment.providerModel,
      provider: deployment.provider,
    });
  }
  if (request.wantsUsage && meter.usageEvent === null) response.write(usageEvent);
  response.end(doneEvent);
}

/** The provider's usage; without it, what was received is counted. */
async function usageOf(
  parts: GatewayParts,
  request: ModelRequest,
  meter: StreamMeter,
): Promise<{ usage: TokenUsage; source: UsageSource }> {
  if (meter.usage) return { usage: meter.usage, source: 'provider' };
  const [promptTokens, completionTokens] = await Promise.all([
    parts.tokens.countPrompt(promptOf(request.body)),
    parts.tokens.countTexts(meter.receivedTexts()),
  ]);
  return { usage: { ...noUsage, promptTokens, completionTokens }, source: 'counted' };
}

/** A usage event for clients that asked for one where the provider sent none. */
function usageEventOf(meter: StreamMeter, request: ModelRequest, usage: TokenUsage): Buffer {
  const event = {
    id: meter.responseId ?? `chatcmpl-${request.callId}`,
    object: 'chat.completion.chunk',
    created: meter.created ?? Math.floor(request.startedAt / 1000),
    model: request.modelGroup,
    choices: [],
    usage: {
      prompt_tokens: usage.promptTokens,
      completion_tokens: usage.completionTokens,
      total_tokens: usage.promptTokens + usage.completionTokens,
    },
  };
  return Buffer.from(`data: ${JSON.stringify(event)}\n\n`);
}

/** Events for the cache: the usage event is kept apart, so that it is replayed only to those who ask for it. */
function withoutUsage(events: Buffer, usageEvent: Buffer | null): Buffer {
  if (!usageEvent) return events;
  const at = events.lastIndexOf(usageEvent);
  return at === -1 ? events : Buffer.concat([events.subarray(0, at), events.subarray(at + usageEvent.length)]);
}
