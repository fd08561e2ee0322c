import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { logOf } from '../testing/books.ts';
import { makePersonalKey } from '../testing/make-key.ts';
import { eventsOf, textOf } from '../testing/open-stream.ts';
import { startTestApp, type TestApp } from '../testing/start-test-app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

const messages = [{ role: 'user', content: 'Hi' }];

describe('The demo model, without a provider or a network', () => {
  test('answers, whole and as a stream, counts exactly and charges its price', async () => {
    const { key } = await makePersonalKey(app);
    const send = (more: object) =>
      app.send('POST', '/v1/chat/completions', { key, body: { model: 'demo', messages, ...more } });
    const whole = await send({});
    const text = whole.json<{ choices: { message: { content: string } }[] }>().choices[0]?.message.content ?? '';
    const promptTokens = 3 + countTokens('user') + countTokens('Hi') + 3;
    const usage = {
      prompt_tokens: promptTokens,
      completion_tokens: countTokens(text),
      total_tokens: promptTokens + countTokens(text),
    };
    expect(text).toContain('Latchkey demo model');
    expect(whole.json()['usage']).toEqual(usage);
    const stream = await send({ stream: true, stream_options: { include_usage: true } });
    expect(textOf(stream.text)).toBe(text);
    expect(eventsOf(stream.text).at(-1)).toMatchObject({ choices: [], usage });
    expect((await send({ stream: true })).text).not.toContain('"usage"');
    const cost = promptTokens * 1_000 + countTokens(text) * 2_000;
    expect((await logOf(app, key)).map((row) => row.spend_nano_usd)).toEqual([cost, cost, cost]);
  });

  test('embeds each input, in numbers and in base64', async () => {
    const send = async (more: object) =>
      (await app.send('POST', '/v1/embeddings', { body: { model: 'demo', ...more } })).json<{
        data: { index: number; embedding: unknown }[];
      }>().data;
    const [one, two] = await send({ input: ['one', 'longer two'] });
    expect([one?.index, two?.index]).toEqual([0, 1]);
    expect(one?.embedding).toHaveLength(8);
    expect(one?.embedding).not.toEqual(two?.embedding);
    const [encoded] = await send({ input: 'one', encoding_format: 'base64' });
    const bytes = Buffer.from(String(encoded?.embedding), 'base64');
    expect([...new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))]).toEqual(
      one?.embedding,
    );
    expect(await send({ input: [1, 2, 3] })).toHaveLength(1);
  });
});
