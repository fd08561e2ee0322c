import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the fake provider saw. */
export interface SeenRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
  readonly text: string;
  /** True once the gateway has given the call up. */
  aborted: boolean;
}

/** Answers one request of the fake provider. */
export type UpstreamScript = (
  request: SeenRequest,
  response: ServerResponse,
  incoming: IncomingMessage,
) => void | Promise<void>;

/** A scriptable provider that speaks OpenAI's dialect over real HTTP. */
export interface FakeUpstream {
  /** For `api_base`, ending in `/v1`. */
  readonly url: string;
  readonly seen: SeenRequest[];
  /** Replaces what the provider does from now on. */
  respond(script: UpstreamScript): void;
  close(): Promise<void>;
}

/** Usage of an answer in OpenAI's shape. */
export interface FakeUsage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  prompt_tokens_details?: { cached_tokens?: number; cache_write_tokens?: number; cache_creation_tokens?: number };
  cache_read_input_tokens?: number;
  cache_creation_input_tokens?: number;
  cache_creation?: { ephemeral_1h_input_tokens?: number };
}

/** A usage object that adds up. */
export function usageOf(promptTokens: number, completionTokens: number, cachedTokens = 0): FakeUsage {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    ...(cachedTokens > 0 ? { prompt_tokens_details: { cached_tokens: cachedTokens } } : {}),
  };
}

/** Answers with a whole chat completion. */
export function chatCompletion(text: string, usage: FakeUsage): UpstreamScript {
  return (_request, response) =>
    sendJson(response, 200, {
      id: 'chatcmpl-fake',
      object: 'chat.completion',
      created: 1_700_000_000,
      model: 'fake-model',
      choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
      usage,
    });
}

/** The events of a streamed chat completion; with `usage`, the usage event before `[DONE]`. */
export function chatEvents(pieces: readonly string[], usage: FakeUsage | null): string[] {
  const head = { id: 'chatcmpl-fake', object: 'chat.completion.chunk', created: 1_700_000_000, model: 'fake-model' };
  const event = (data: unknown) => `data: ${JSON.stringify(data)}\n\n`;
  return [
    event({ ...head, choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }] }),
    ...pieces.map((content) => event({ ...head, choices: [{ index: 0, delta: { content }, finish_reason: null }] })),
    event({ ...head, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
    ...(usage ? [event({ ...head, choices: [], usage })] : []),
    'data: [DONE]\n\n',
  ];
}

/** Answers with a streamed chat completion, or a whole one when no stream was asked for. */
export function chat(pieces: readonly string[], usage: FakeUsage): UpstreamScript {
  return (request, response, incoming) => {
    if (request.body['stream'] !== true) return chatCompletion(pieces.join(''), usage)(request, response, incoming);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const options = request.body['stream_options'] as { include_usage?: boolean } | undefined;
    for (const event of chatEvents(pieces, options?.include_usage === true ? usage : null)) response.write(event);
    response.end();
  };
}

/** Answers with JSON. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

/** Answers that wait until they are released, so that calls run at once however slow the machine is. */
export function holdAnswers(script: UpstreamScript): { readonly script: UpstreamScript; release(): void } {
  const released = Promise.withResolvers<void>();
  return {
    script: async (request, response, incoming) => {
      await released.promise;
      await script(request, response, incoming);
    },
    release: released.resolve,
  };
}

/** Starts the fake provider on a free port. Until told otherwise it answers "Hello" for 10 and 2 tokens. */
export async function startUpstream(): Promise<FakeUpstream> {
  let script: UpstreamScript = chat(['Hel', 'lo'], usageOf(10, 2));
  const seen: SeenRequest[] = [];
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const request: SeenRequest = {
      path: incoming.url ?? '',
      headers: incoming.headers,
      body: parse(text),
      text,
      aborted: false,
    };
    response.on('close', () => {
      if (!response.writableFinished) request.aborted = true;
    });
    seen.push(request);
    await script(request, response, incoming);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    seen,
    respond(next) {
      script = next;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
