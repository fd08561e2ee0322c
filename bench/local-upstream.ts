import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

// A model provider that costs next to nothing: the same small chat completion for every request, whole or as a
// stream of twenty events, each written in a turn of the event loop of its own. Prints its port.

const usage = { prompt_tokens: 12, completion_tokens: 20, total_tokens: 32 };
const head = { id: 'chatcmpl-bench', created: 1_700_000_000, model: 'bench-model' };
const text = 'It is sunny in Lisbon today, with a light wind from the sea and about twenty-four degrees in the shade.';

const whole = Buffer.from(
  JSON.stringify({
    ...head,
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
    usage,
  }),
);
const wholeHead = ['content-type', 'application/json', 'content-length', String(whole.length)];
const events = [
  ...Array.from({ length: 17 }, (_, index) =>
    event({ choices: [{ index: 0, delta: { content: text.slice(index * 6, index * 6 + 6) }, finish_reason: null }] }),
  ),
  event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
  event({ choices: [], usage }),
  Buffer.from('data: [DONE]\n\n'),
];
const streamHead = ['content-type', 'text/event-stream; charset=utf-8'];
const streamFlag = Buffer.from('"stream":true');

function event(more: object): Buffer {
  return Buffer.from(`data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', ...more })}\n\n`);
}

function writeEvents(response: ServerResponse, next: number): void {
  if (response.destroyed) return;
  if (next === events.length - 1) response.end(events[next]);
  else {
    response.write(events[next]);
    setImmediate(writeEvents, response, next + 1);
  }
}

const server = createServer((request, response) => {
  let isStream = false;
  request.on('data', (chunk: Buffer) => {
    isStream ||= chunk.includes(streamFlag);
  });
  request.on('end', () => {
    if (isStream) {
      response.writeHead(200, streamHead);
      writeEvents(response, 0);
    } else {
      response.writeHead(200, wholeHead);
      response.end(whole);
    }
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
