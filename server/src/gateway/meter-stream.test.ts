import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chatEvents, usageOf } from '../testing/upstream.ts';
import { createStreamMeter, type StreamMeter } from './meter-stream.ts';

/** What a meter says once the bytes have come, in chunks of the lengths given (the last takes the rest). */
function metered(
  text: string | Buffer,
  options: { passUsage?: boolean; lengths?: readonly number[] } = {},
): { out: string; meter: StreamMeter } {
  const bytes = Buffer.from(text);
  const meter = createStreamMeter(options.passUsage ?? false);
  const out: Buffer[] = [];
  let from = 0;
  for (const length of [...(options.lengths ?? []), bytes.length]) {
    const chunk = bytes.subarray(from, from + length);
    from += chunk.length;
    const passed = chunk.length > 0 ? meter.push(Buffer.from(chunk)) : null;
    if (passed) out.push(Buffer.from(passed));
  }
  const last = meter.end();
  if (last) out.push(Buffer.from(last));
  return { out: Buffer.concat(out).toString(), meter };
}

const facts = ({ meter, out }: { meter: StreamMeter; out: string }) => ({
  out,
  usage: meter.usage,
  usageEvent: meter.usageEvent?.toString(),
  isComplete: meter.isComplete,
  responseId: meter.responseId,
  error: meter.error,
  texts: meter.receivedTexts(),
  kept: meter.keptEvents()?.toString(),
});

const usage = usageOf(11, 7, 3);
const events = chatEvents(['Grüße', ', 世界', ' 😀 "usage" data: [DONE]\n\n'], usage);
const delta = (content: string, more = '') =>
  `data: {"id":"c","choices":[{"index":0,"delta":{"content":${JSON.stringify(content)}}${more}}]}`;

describe('A metered stream', () => {
  test('is the same in whatever chunks its bytes come', () => {
    const streams = [
      events.join(''),
      events.join('').replaceAll('\n', '\r\n'),
      `: a comment\n\n${events.join(': keep-alive\n\n')}`,
      events.slice(0, -1).join(''),
      `${events.slice(0, 2).join('')}data: {"error":{"message":"overloaded"}}\n\n`,
      `event: message\nid: 1\n${events.join('retry: 5\n')}`,
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...streams),
        fc.boolean(),
        fc.array(fc.nat({ max: 60 }), { maxLength: 60 }),
        (stream, passUsage, lengths) => {
          expect(facts(metered(stream, { passUsage, lengths }))).toEqual(facts(metered(stream, { passUsage })));
        },
      ),
      { numRuns: 300 },
    );
  });

  test('passes on every byte but [DONE] to a client that asked for usage, and hides the usage event from all others', () => {
    expect(metered(events.join(''), { passUsage: true }).out).toBe(events.slice(0, -1).join(''));
    const { out, meter } = metered(events.join(''));
    expect(out).toBe(events.slice(0, -2).join(''));
    expect(meter.usageEvent?.toString()).toBe(events.at(-2));
    expect(meter.usage).toMatchObject({ promptTokens: 11, completionTokens: 7, cacheReadInputTokens: 3 });
  });

  test('takes usage from the last content event too, and the last one that comes', () => {
    const stream = [delta('a', ',"finish_reason":null'), delta('b', ',"finish_reason":"stop"')]
      .map((event, index) => `${event.slice(0, -1)},"usage":{"prompt_tokens":5,"completion_tokens":${index + 1}}}\n\n`)
      .join('');
    const { out, meter } = metered(`${stream}data: [DONE]\n\n`);
    expect(out).toBe(stream);
    expect(meter.usage).toMatchObject({ promptTokens: 5, completionTokens: 2 });
  });

  test('is not taken in by text that looks like events, usage or an end', () => {
    const text = 'data: [DONE]\n\n "usage":{"prompt_tokens":9} "finish_reason":"stop" "error":{}';
    const { meter } = metered(`${delta(text)}\n\n`);
    expect(meter).toMatchObject({ usage: null, isComplete: false, error: null });
    expect(meter.receivedTexts()).toEqual([text]);
  });

  test('is complete with [DONE] or a finish reason, and not without', () => {
    expect(metered(`${delta('a')}\n\ndata: [DONE]\n\n`).meter.isComplete).toBe(true);
    expect(metered(`${delta('a', ',"finish_reason":"stop"')}\n\n`).meter.isComplete).toBe(true);
    expect(metered(`${delta('a')}\n\n`).meter.isComplete).toBe(false);
    expect(metered('').meter.isComplete).toBe(false);
    expect(metered(`${delta('a', ',"finish_reason":"stop"')}\n\n${delta('cut').slice(0, -9)}`).meter.isComplete).toBe(
      false,
    );
  });

  test.each(['data: [DONE]', 'data: [DONE]\n', 'data:[DONE]\n\n', 'data: [DONE]\r\n\r\n', 'data: [DONE]\n\n\n'])(
    'is complete however the provider spells its end: %j',
    (end) => {
      const { out, meter } = metered(`${delta('a')}\n\n${end}`);
      expect(meter.isComplete).toBe(true);
      expect(out).not.toContain('DONE');
    },
  );

  test('passes on a last event that lacks its blank line, and never a torn one', () => {
    expect(metered(delta('a', ',"finish_reason":"stop"')).out).toBe(`${delta('a', ',"finish_reason":"stop"')}\n\n`);
    expect(metered(`${delta('a')}\n\n${delta('b').slice(0, -9)}`).out).toBe(`${delta('a')}\n\n`);
  });

  test.each([
    'data: {"error":{"message":"overloaded"}}',
    'data:{"id":"c","error":{"message":"overloaded"},"choices":[{"finish_reason":"error"}]}',
  ])('is never complete once the provider has sent an error in place of an answer: %s', (error) => {
    const { meter } = metered(`${delta('a')}\n\n${error}\n\ndata: [DONE]\n\n`);
    expect(meter.isComplete).toBe(false);
    expect(meter.error).toContain('overloaded');
  });

  test('counts what every choice received: content, reasoning, refusals and tool calls', () => {
    const deltas = [
      { index: 0, delta: { reasoning_content: 'think', content: null } },
      { index: 1, delta: { tool_calls: [{ index: 0, function: { name: 'f', arguments: '{"a"' } }] } },
      { index: 0, delta: { content: 'say' } },
      { index: 1, delta: { tool_calls: [{ index: 0, function: { arguments: ':1}' } }] } },
    ];
    const stream = deltas.map((choice) => `data: ${JSON.stringify({ id: 'c', choices: [choice] })}\n\n`).join('');
    expect(metered(stream).meter.receivedTexts()).toEqual(['thinksay', 'f{"a":1}']);
  });

  test('keeps counting what a client received when the stream is too long to be kept', () => {
    const { meter } = metered(`${delta('x'.repeat(50_000))}\n\n`.repeat(100));
    expect(meter.keptEvents()).toBe(null);
    expect(meter.receivedTexts().map((text) => text.length)).toEqual([5_000_000]);
  });

  test('refuses an event that grows beyond 16 MB', () => {
    const meter = createStreamMeter(false);
    const chunk = Buffer.alloc(6 * 1024 * 1024, 'x');
    meter.push(chunk);
    meter.push(chunk);
    expect(() => meter.push(chunk)).toThrow('longer than 16 MB');
  });
});
