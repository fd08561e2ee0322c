import { noUsage, readUsage } from '../prices/read-usage.ts';
import { costNanoUsd, type TokenUsage } from '../prices/token-prices.ts';
import type { BegunAnswer } from './begun-answer.ts';
import type { GatewayParts } from './gateway-parts.ts';
import { textOfMessage } from './message-text.ts';
import type { ModelRequest, UsageSource } from './model-request.ts';
import { providerUnreachable } from './openai-error.ts';
import { promptOf } from './parse-request.ts';
import { responseHeaders } from './response-headers.ts';
import { type MemberSpan, scanMembers } from './scan-json.ts';
import { sendModelError } from './send-model-error.ts';
import type { Settlement } from './settle.ts';

/** Passes a whole answer on, byte for byte, after it was priced and settled. */
export async function passJson(
  parts: GatewayParts,
  request: ModelRequest,
  settlement: Settlement,
  begun: BegunAnswer,
): Promise<void> {
  const collected = await collectBody(begun);
  const upstreamMs = parts.now() - begun.sentAt;
  const { deployment } = begun;
  const common = {
    deployment,
    aborted: request.response.destroyed,
    attempts: begun.attempts,
    firstTokenAt: null,
  } as const;
  if (collected instanceof Error) {
    const error = providerUnreachable(deployment.provider, request.modelGroup, collected.message);
    await settlement.settle({
      ...common,
      status: 'failure',
      httpStatus: error.status,
      errorMessage: error.message,
      responseId: null,
      usage: noUsage,
      usageSource: 'none',
      costNanoUsd: 0,
    });
    sendModelError(request.response, error, request.callId);
    return;
  }
  const answer = readAnswer(collected);
  const { usage, source } = answer.usage
    ? ({ usage: answer.usage, source: 'provider' } as const)
    : await countUsage(parts, request, answer);
  const cost = deployment.tokenPrices ? costNanoUsd(deployment.tokenPrices, usage) : 0;
  await settlement.settle({
    ...common,
    status: 'success',
    httpStatus: begun.status,
    errorMessage: null,
    responseId: answer.id,
    usage,
    usageSource: source,
    costNanoUsd: cost,
  });
  if (request.cachePlan.store && begun.status === 200) {
    parts.cache.store(request.cachePlan, {
      kind: 'json',
      bytes: collected,
      usageEvent: null,
      storedAt: parts.now(),
      usage,
      costNanoUsd: cost,
      durationMs: parts.now() - request.startedAt,
      responseId: answer.id,
      model: deployment.providerModel,
      provider: deployment.provider,
    });
  }
  if (request.response.destroyed) return;
  const headers = responseHeaders(request, parts.counters, {
    deployment,
    retries: begun.attempts - 1,
    now: parts.now(),
    costNanoUsd: cost,
    upstreamMs,
    cacheKey: request.cachePlan.key,
    providerHeaders: begun.headers,
  });
  headers['content-type'] = begun.headers['content-type'] ?? 'application/json';
  headers['content-length'] = String(collected.length);
  request.response.writeHead(begun.status, headers);
  if (collected.length > joinedUpToBytes) request.response.end(collected);
  else request.response.end(collected.toString('latin1'), 'latin1');
}

/**
 * Smaller answers are given to Node as text, since it puts text behind the head and writes both as one, where for
 * bytes it writes two pieces. Latin-1 has a character for each byte and a byte for each character: nothing changes.
 */
const joinedUpToBytes = 16 * 1024;

/** No answer may be larger than this. */
const maxAnswerBytes = 256 * 1024 * 1024;

function collectBody(begun: BegunAnswer): Promise<Buffer | Error> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    begun.take({
      onData(chunk) {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes <= maxAnswerBytes) return true;
        begun.abort();
        resolve(new Error('the answer is larger than 256 MB'));
        return false;
      },
      onEnd() {
        const only = chunks[0];
        resolve(chunks.length === 1 && only ? only : Buffer.concat(chunks, bytes));
      },
      onError: resolve,
    });
  });
}

interface Answer {
  readonly id: string | null;
  readonly usage: TokenUsage | null;
  readonly choicesText: () => string[];
}

/** Reads id and usage out of an answer without building all of it (embeddings are large). */
function readAnswer(bytes: Buffer): Answer {
  let id: unknown;
  let usage: unknown;
  try {
    for (const member of scanMembers(bytes) ?? []) {
      if (member.name === 'id') id = valueAt(bytes, member);
      else if (member.name === 'usage') usage = valueAt(bytes, member);
    }
  } catch {
    // Not JSON: passed on as it is, with its text counted.
  }
  return {
    id: typeof id === 'string' ? id : null,
    usage: readUsage(usage),
    choicesText: () => textsOfChoices(bytes),
  };
}

function valueAt(bytes: Buffer, member: MemberSpan): unknown {
  return JSON.parse(bytes.toString('utf8', member.valueStart, member.valueEnd));
}

function textsOfChoices(bytes: Buffer): string[] {
  try {
    const { choices } = JSON.parse(bytes.toString('utf8')) as { choices?: { message?: unknown }[] };
    return (choices ?? []).map((choice) => textOfMessage(choice.message));
  } catch {
    return [];
  }
}

/** For providers that do not say: the texts are counted. */
async function countUsage(
  parts: GatewayParts,
  request: ModelRequest,
  answer: Answer,
): Promise<{ usage: TokenUsage; source: UsageSource }> {
  const [promptTokens, completionTokens] = await Promise.all([
    parts.tokens.countPrompt(promptOf(request.body)),
    parts.tokens.countTexts(answer.choicesText()),
  ]);
  return { usage: { ...noUsage, promptTokens, completionTokens }, source: 'counted' };
}
