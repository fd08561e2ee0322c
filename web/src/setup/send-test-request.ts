import { readFailure, unreachable } from '../api/api-failure.ts';
import { apiRoot } from '../api/call.ts';

/** What came back from a test request. */
export interface TestAnswer {
  text: string;
  /** Model that answered, as the answer names it. */
  model: string;
  durationMs: number;
  promptTokens: number | null;
  completionTokens: number | null;
  /** Null when the gateway did not name a cost. */
  costNanoUsd: number | null;
}

/**
 * Sends one short chat completion with the given secret, as any client would: without the session.
 * @throws {ApiFailure} with the gateway's words when it is refused.
 */
export async function sendTestRequest(secret: string, model: string): Promise<TestAnswer> {
  const startedAtMs = performance.now();
  const response = await fetch(`${apiRoot}/v1/chat/completions`, {
    method: 'POST',
    credentials: 'omit',
    cache: 'no-store',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model,
      messages: [{ role: 'user', content: 'Say hello in one sentence.' }],
      max_tokens: 60,
    }),
  }).catch(() => {
    throw unreachable();
  });
  if (!response.ok) throw await readFailure(response);
  const body: unknown = await response.json();
  const cost = Number(response.headers.get('x-litellm-response-cost') ?? Number.NaN);
  return {
    text: textAt(body, ['choices', 0, 'message', 'content']) ?? '',
    model: textAt(body, ['model']) ?? model,
    durationMs: Math.round(performance.now() - startedAtMs),
    promptTokens: numberAt(body, ['usage', 'prompt_tokens']),
    completionTokens: numberAt(body, ['usage', 'completion_tokens']),
    costNanoUsd: Number.isFinite(cost) ? Math.round(cost * 1_000_000_000) : null,
  };
}

function at(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (part, step) => (typeof part === 'object' && part !== null ? Reflect.get(part, step) : undefined),
    value,
  );
}

function textAt(value: unknown, path: readonly (string | number)[]): string | null {
  const found = at(value, path);
  return typeof found === 'string' ? found : null;
}

function numberAt(value: unknown, path: readonly (string | number)[]): number | null {
  const found = at(value, path);
  return typeof found === 'number' ? found : null;
}
