import { setTimeout as delay } from 'node:timers/promises';
import type { TestApp } from './start-test-app.ts';

/** A streamed answer that a test reads piece by piece. */
export interface OpenStream {
  readonly response: Response;
  /** Reads until the text has come; returns everything received so far. */
  readUntil(text: string): Promise<string>;
  /** Reads to the end, or to where it was cut; returns everything. */
  readAll(): Promise<string>;
  /** Hangs up. */
  abort(): void;
}

/** Sends a chat request with `stream: true` and resolves when the answer has begun. */
export async function openStream(app: TestApp, key: string, body: Record<string, unknown>): Promise<OpenStream> {
  const controller = new AbortController();
  const response = await fetch(`${app.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ stream: true, ...body }),
    signal: controller.signal,
  });
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let received = '';
  async function readWhile(condition: () => boolean): Promise<string> {
    while (condition()) {
      const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
      if (done) break;
      received += decoder.decode(value, { stream: true });
    }
    return received;
  }
  return {
    response,
    readUntil: (text) => readWhile(() => !received.includes(text)),
    readAll: () => readWhile(() => true).catch(() => received),
    abort: () => controller.abort(),
  };
}

/** The JSON of every event of a stream, without `[DONE]`. */
export function eventsOf(stream: string): Record<string, unknown>[] {
  return stream
    .split('\n\n')
    .filter((event) => event.startsWith('data: ') && event !== 'data: [DONE]')
    .map((event) => JSON.parse(event.slice('data: '.length)) as Record<string, unknown>);
}

/** The text that a stream's events say, over all choices. */
export function textOf(stream: string): string {
  return eventsOf(stream)
    .flatMap((event) => event['choices'] as { delta?: { content?: string } }[])
    .map((choice) => choice.delta?.content ?? '')
    .join('');
}

/** Waits until something holds; fails after twenty seconds. */
export async function eventually(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`did not come true within twenty seconds: ${what}`);
    await delay(10);
  }
}
