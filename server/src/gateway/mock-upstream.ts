import { randomUUID } from 'node:crypto';
import type { UpstreamCall, UpstreamListener } from './call-upstream.ts';
import type { TokenCounter } from './count-tokens.ts';
import type { Deployment } from './model-catalog.ts';
import { type ModelRequestBody, promptOf } from './parse-request.ts';

/**
 * Answers for a deployment with `mock_response` as its provider would: a chat completion with that text, whole
 * or as a stream, with usage. Embeddings are a vector derived from the input's length.
 */
export function callMock(
  deployment: Deployment,
  request: ModelRequestBody,
  callType: 'acompletion' | 'aembedding',
  counter: TokenCounter,
  listener: UpstreamListener,
): UpstreamCall {
  let aborted = false;
  void answer().catch((error: unknown) => {
    if (!aborted) listener.onError(error instanceof Error ? error : new Error(String(error)));
  });

  async function answer(): Promise<void> {
    const text = deployment.mockResponse ?? '';
    const [promptTokens, completionTokens] = await Promise.all([
      counter.countPrompt(promptOf(request)),
      callType === 'acompletion' ? counter.countTexts([text]) : 0,
    ]);
    if (aborted) return;
    const usage = {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
    };
    const isStream = request.field('stream') === true && callType === 'acompletion';
    listener.onHeaders(200, { 'content-type': isStream ? 'text/event-stream' : 'application/json' });
    const bodies = isStream ? streamOf(deployment, text, usage) : [wholeOf(deployment, request, callType, text, usage)];
    for (const body of bodies) if (!aborted) listener.onData(Buffer.from(body));
    if (!aborted) listener.onEnd();
  }

  return {
    abort() {
      aborted = true;
    },
    resume: () => undefined,
  };
}

type MockUsage = Readonly<Record<'prompt_tokens' | 'completion_tokens' | 'total_tokens', number>>;

function wholeOf(
  deployment: Deployment,
  request: ModelRequestBody,
  callType: string,
  text: string,
  usage: MockUsage,
): string {
  if (callType === 'aembedding') {
    const input = request.field('input');
    const inputs = Array.isArray(input) && typeof input[0] !== 'number' ? input : [input];
    const base64 = request.field('encoding_format') === 'base64';
    return JSON.stringify({
      object: 'list',
      model: deployment.modelName,
      data: inputs.map((item, index) => ({ object: 'embedding', index, embedding: vectorOf(item, base64) })),
      usage: { prompt_tokens: usage.prompt_tokens, total_tokens: usage.prompt_tokens },
    });
  }
  return JSON.stringify({
    id: `chatcmpl-${randomUUID()}`,
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1000),
    model: deployment.modelName,
    choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
    usage,
  });
}

function streamOf(deployment: Deployment, text: string, usage: MockUsage): string[] {
  const head = {
    id: `chatcmpl-${randomUUID()}`,
    object: 'chat.completion.chunk',
    created: Math.floor(Date.now() / 1000),
    model: deployment.modelName,
  };
  const event = (data: unknown) => `data: ${JSON.stringify(data)}\n\n`;
  const pieces = text.match(/\s*\S+\s*/g) ?? [];
  return [
    event({ ...head, choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }] }),
    ...pieces.map((content) => event({ ...head, choices: [{ index: 0, delta: { content }, finish_reason: null }] })),
    event({ ...head, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
    event({ ...head, choices: [], usage }),
    'data: [DONE]\n\n',
  ];
}

function vectorOf(input: unknown, base64: boolean): number[] | string {
  const length = JSON.stringify(input ?? '').length;
  const vector = Array.from({ length: 8 }, (_, index) => Math.fround(Math.sin(length * (index + 1))));
  return base64 ? Buffer.from(Float32Array.from(vector).buffer).toString('base64') : vector;
}
