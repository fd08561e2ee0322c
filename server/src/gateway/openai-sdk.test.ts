import OpenAI, {
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  PermissionDeniedError,
  RateLimitError,
  UnprocessableEntityError,
} from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { post } from '../testing/make-key.ts';
import { makePerson, type Person } from '../testing/make-person.ts';
import { startTestApp, type TestApp, testDeployment } from '../testing/start-test-app.ts';
import { chat, type FakeUpstream, sendJson, startUpstream, usageOf } from '../testing/upstream.ts';

let upstream: FakeUpstream;
let app: TestApp;
let ann: Person;
let client: OpenAI;

beforeAll(async () => {
  upstream = await startUpstream();
  app = await startTestApp({
    settings: {
      models: [testDeployment('gpt', upstream.url), testDeployment('embed', upstream.url, { mode: 'embedding' })],
    },
  });
  ann = await makePerson(app, 'internal_user');
  client = sdk(await selfServedKey());
});
afterAll(async () => {
  await app.close();
  await upstream.close();
});

/** A key that the invited person makes for herself, signed in as herself. */
async function selfServedKey(fields: Record<string, unknown> = {}): Promise<string> {
  const answer = await ann.send('POST', '/key/generate', fields);
  expect(answer.status, answer.text).toBe(200);
  expect(answer.json()['user_id']).toBe(ann.userId);
  return String(answer.json()['key']);
}

function sdk(apiKey: string): OpenAI {
  return new OpenAI({ apiKey, baseURL: `${app.url}/v1`, maxRetries: 0 });
}

const messages = [{ role: 'user' as const, content: 'Hi' }];

/** The error that a call fails with. */
async function failureOf(call: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  const error: unknown = await call.then(
    () => new Error('the call succeeded'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof OpenAI.APIError)) throw error;
  return error;
}

describe('The official OpenAI SDK, unchanged, with a self-served key', () => {
  test('chats', async () => {
    upstream.respond(chat(['Hel', 'lo'], usageOf(10, 2)));
    const { data, response } = await client.chat.completions.create({ model: 'gpt', messages }).withResponse();
    expect(data.choices[0]?.message.content).toBe('Hello');
    expect(data.usage).toMatchObject({ prompt_tokens: 10, completion_tokens: 2 });
    expect(response.headers.get('x-litellm-response-cost')).toBe('0.000019');
    expect(upstream.seen.at(-1)?.headers.authorization).toBe('Bearer provider-secret');
    expect(upstream.seen.at(-1)?.body['model']).toBe('provider-gpt');
  });

  test('streams, with usage when it asks for it', async () => {
    upstream.respond(chat(['Hel', 'lo', ' 世界'], usageOf(10, 3)));
    const stream = await client.chat.completions.create({
      model: 'gpt',
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    let usage: unknown = null;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      usage = chunk.usage ?? usage;
    }
    expect(text).toBe('Hello 世界');
    expect(usage).toEqual(usageOf(10, 3));
  });

  test('streams without usage when it does not', async () => {
    upstream.respond(chat(['Hello'], usageOf(10, 1)));
    const chunks = [];
    for await (const chunk of await client.chat.completions.create({ model: 'gpt', messages, stream: true }))
      chunks.push(chunk);
    expect(chunks.every((chunk) => chunk.choices.length > 0 && chunk.usage === undefined)).toBe(true);
  });

  test('embeds, in the base64 that it asks for by default and in numbers', async () => {
    const vector = [0.5, -0.25, 1];
    upstream.respond((request, response) =>
      sendJson(response, 200, {
        object: 'list',
        model: 'fake',
        data: [
          {
            object: 'embedding',
            index: 0,
            embedding:
              request.body['encoding_format'] === 'base64'
                ? Buffer.from(Float32Array.from(vector).buffer).toString('base64')
                : vector,
          },
        ],
        usage: { prompt_tokens: 4, total_tokens: 4 },
      }),
    );
    expect((await client.embeddings.create({ model: 'embed', input: 'Hi' })).data[0]?.embedding).toEqual(vector);
    expect(upstream.seen.at(-1)?.body['encoding_format']).toBe('base64');
    expect(
      (await client.embeddings.create({ model: 'embed', input: ['Hi'], encoding_format: 'float' })).data[0]?.embedding,
    ).toEqual(vector);
  });

  test('lists the models that the key may call, and finds one', async () => {
    async function names(of: OpenAI): Promise<string[]> {
      const found: string[] = [];
      for await (const model of of.models.list()) found.push(model.id);
      return found;
    }
    expect(await names(client)).toEqual(['gpt', 'embed']);
    expect(await names(sdk(await selfServedKey({ models: ['embed'] })))).toEqual(['embed']);
    expect((await client.models.retrieve('gpt')).id).toBe('gpt');
    await expect(client.models.retrieve('none')).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  test('is understood when it hangs up in the middle of a stream', async () => {
    upstream.respond(chat(['a', 'b', 'c'], usageOf(1, 3)));
    const stream = await client.chat.completions.create({ model: 'gpt', messages, stream: true });
    for await (const _ of stream) break;
    expect(stream.controller.signal.aborted).toBe(true);
  });
});

describe('The SDK’s own error classes', () => {
  test('tell a wrong key', async () => {
    const error = await failureOf(sdk('sk-wrong-key-0123456789').chat.completions.create({ model: 'gpt', messages }));
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({ status: 401, code: '401', type: 'token_not_found_in_db', param: 'key' });
    await expect(sdk('sk-wrong-key-0123456789').models.list()).rejects.toBeInstanceOf(AuthenticationError);
  });

  test('tell a blocked key', async () => {
    const key = await selfServedKey();
    await post(app, '/key/block', { key });
    const error = await failureOf(sdk(key).chat.completions.create({ model: 'gpt', messages }));
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error.message).toContain('Key is blocked');
  });

  test('tell an unknown model', async () => {
    const error = await failureOf(client.chat.completions.create({ model: 'gpt-none', messages }));
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({
      param: 'model',
      message: expect.stringContaining('Invalid model name passed in model=gpt-none'),
    });
  });

  test('tell a model that the key may not call', async () => {
    const error = await failureOf(
      sdk(await selfServedKey({ models: ['embed'] })).chat.completions.create({ model: 'gpt', messages }),
    );
    expect(error).toBeInstanceOf(PermissionDeniedError);
    expect(error.type).toBe('key_model_access_denied');
  });

  test('tell a spent budget, in the contract’s words', async () => {
    const key = await selfServedKey({ max_budget: 0.00001, key_alias: 'spent' });
    upstream.respond(chat(['Hello'], usageOf(10, 2)));
    await sdk(key).chat.completions.create({ model: 'gpt', messages });
    const error = await failureOf(sdk(key).chat.completions.create({ model: 'gpt', messages }));
    expect(error).toBeInstanceOf(UnprocessableEntityError);
    expect(error).toMatchObject({ type: 'budget_exceeded', status: 422 });
    expect(error.message).toBe(
      `422 Budget has been exceeded! Key=spent (sk-...${key.slice(-4)}) Current cost: 0.000019, Max budget: 0.00001`,
    );
  });

  test('tell a limit of rate, and when it ends', async () => {
    const limited = sdk(await selfServedKey({ rpm_limit: 1 }));
    upstream.respond(chat(['Hello'], usageOf(10, 2)));
    await limited.chat.completions.create({ model: 'gpt', messages });
    const error = await failureOf(limited.chat.completions.create({ model: 'gpt', messages }));
    expect(error).toBeInstanceOf(RateLimitError);
    expect(Number(error.headers?.get('retry-after'))).toBeGreaterThan(0);
  });

  test('tell a stream that the provider broke off', async () => {
    upstream.respond((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"id":"c","choices":[{"index":0,"delta":{"content":"He"}}]}\n\n', () => response.destroy());
    });
    const read = async () => {
      for await (const _ of await client.chat.completions.create({ model: 'gpt', messages, stream: true }));
    };
    expect((await failureOf(read())).message).toContain('broke the stream off');
  });

  test('tell a provider that cannot be reached', async () => {
    upstream.respond((_request, response) => void response.destroy());
    expect(await failureOf(client.chat.completions.create({ model: 'gpt', messages }))).toBeInstanceOf(
      InternalServerError,
    );
  });
});
