import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ApiError } from '../http/api-error.ts';
import { bodyForProvider, parseModelRequest } from './parse-request.ts';

function refusalOf(body: string | Buffer): { status: number; message: string; param: string | null } {
  try {
    parseModelRequest(Buffer.from(body));
  } catch (error) {
    if (error instanceof ApiError) return { status: error.status, message: error.message, param: error.param };
    throw error;
  }
  throw new Error('nothing was refused');
}

function sent(body: string, askForUsage = false): string {
  return bodyForProvider(parseModelRequest(Buffer.from(body)), 'provider-model', askForUsage).toString();
}

describe('A body', () => {
  test.each([
    ['nothing', ''],
    ['a list', '[{"model":"a"}]'],
    ['null', 'null'],
    ['a text', '"model"'],
    ['two objects', '{"model":"a"}{"model":"b"}'],
    ['a trailing comma', '{"model":"a",}'],
    ['a byte order mark', '\ufeff{"model":"a"}'],
    ['a comment', '{"model":"a"/**/}'],
    ['a hundred thousand open brackets', '['.repeat(100_000)],
    ['an object with a hundred thousand open brackets', `{"model":"a","x":${'['.repeat(100_000)}`],
    ['a NUL after the end', '{"model":"a"}\0'],
  ])('that is %s is refused with 400', (_name, body) => {
    expect(refusalOf(body).status).toBe(400);
  });

  test('in broken UTF-8 is refused, since readers differ in what they make of it', () => {
    const broken = Buffer.concat([Buffer.from('{"model":"a'), Buffer.from([0xe2, 0x22]), Buffer.from('}')]);
    expect(refusalOf(broken)).toMatchObject({ status: 400, message: expect.stringContaining('UTF-8') });
  });

  test.each([
    '{"model":"a","model":"b"}',
    '{"model":"a","mod\\u0065l":"b"}',
    '{"__proto__":1,"model":"a","__proto__":2}',
  ])('with a name twice is refused, however it is spelled: %s', (body) => {
    const { status, message } = refusalOf(body);
    expect(status).toBe(400);
    expect(message).toMatch(/has '(model|__proto__)' twice/);
  });

  test('is read by the names that stand in it, also where JSON.parse has learnt to misread them', () => {
    // After this, JSON.parse takes the escapes of the bodies below for the names that it has just seen.
    JSON.parse('{"model":[],"\\\\u0061pi":0}');
    expect(refusalOf('{"model":"cheap","\\u0061pi_base":"http://elsewhere"}')).toMatchObject({ status: 401 });
    JSON.parse('{"model":[],"\\\\u006":0}');
    expect(refusalOf('{"model":"cheap","\\u006dodel":"dear"}')).toMatchObject({ status: 400, param: 'model' });
    JSON.parse('{"model":[],"\\\\u0073":0}');
    const body = parseModelRequest(Buffer.from('{"model":"cheap","\\u0073tream":true}'));
    expect([body.field('model'), body.field('stream')]).toEqual(['cheap', true]);
  });

  test('with 300,000 names of which the last is a repetition is refused without comparing each with each', () => {
    const names = Array.from({ length: 300_000 }, (_, index) => `"n${index}":0`).join(',');
    expect(refusalOf(`{${names},"n299999":1}`)).toMatchObject({ status: 400, param: 'n299999' });
  });

  test.each([
    'api_base',
    'base_url',
    'api_key',
    'api_version',
    'user_config',
    'model_list',
    'vertex_credentials',
    '\\u0061pi_base',
  ])('that names %s is refused with 401: where a model runs is not the caller’s to say', (name) => {
    expect(refusalOf(`{"model":"a","${name}":"http://169.254.169.254/"}`)).toMatchObject({
      status: 401,
      message: expect.stringMatching(/^Authentication Error, Rejected Request: \w+ is not allowed in request body\./),
    });
  });

  test('with a member __proto__ changes no prototype and lends no field', () => {
    const body = parseModelRequest(
      Buffer.from('{"__proto__":{"model":"stolen"},"constructor":{"prototype":{"polluted":1}}}'),
    );
    expect(body.field('model')).toBeUndefined();
    expect(body.field('toString')).toBeUndefined();
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
    expect('polluted' in {}).toBe(false);
  });
});

describe('What a provider is sent', () => {
  test('is what the caller sent, byte for byte, but for the model', () => {
    expect(sent('{"model":"a", "seed": 12345678901234567890, "temperature":1.50}')).toBe(
      '{"model":"provider-model", "seed": 12345678901234567890, "temperature":1.50}',
    );
  });

  test('has none of the fields that are for the gateway', () => {
    expect(
      sent(
        '{"cache":{"no-cache":true},"model":"a","tags":["x"],"num_retries":9,"fallbacks":["b"],"mock_response":"hi","messages":[]}',
      ),
    ).toBe('{"model":"provider-model","messages":[]}');
  });

  test.each([
    ['absent', '', { include_usage: true }],
    ['null', ',"stream_options":null', { include_usage: true }],
    ['refused by the caller', ',"stream_options":{"include_usage":false}', { include_usage: true }],
    ['refused twice', ',"stream_options":{"include_usage":false,"include_usage":false}', { include_usage: true }],
    [
      'beside others',
      ',"stream_options":{"include_obfuscation":false}',
      { include_usage: true, include_obfuscation: false },
    ],
  ])('asks for the usage of a stream where the caller’s wish is %s', (_name, options, expected) => {
    const body = JSON.parse(sent(`{"model":"a","stream":true${options}}`, true)) as Record<string, unknown>;
    expect(body['stream_options']).toEqual(expected);
  });

  test('asks for usage in options of any depth', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(sent(`{"model":"a","stream":true,"stream_options":{"x":${deep}}}`, true)).toContain('"include_usage":true');
  });

  test('is the same text as sent, whatever is in it, except for the model', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string({ minLength: 1 }).map((name) => `x${name}`),
          fc.jsonValue(),
          { noNullPrototype: true },
        ),
        (fields) => {
          const body = JSON.stringify({ ...fields, model: 'a' });
          expect(sent(body)).toBe(`${body.slice(0, -'"a"}'.length)}"provider-model"}`);
        },
      ),
    );
  });
});
