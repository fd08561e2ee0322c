import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readBody } from './read-body.ts';

const server = createServer();
// A client that leaves halfway is told to nobody.
server.on('clientError', (_error, socket) => socket.destroy());
let port: number;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(() => server.close());

/** Begins a request whose body is announced longer than what is sent of it. */
async function beginRequest(): Promise<{ request: IncomingMessage; leave: () => Promise<void> }> {
  const arrived = once(server, 'request');
  const socket = connect(port, '127.0.0.1');
  socket.write('POST / HTTP/1.1\r\nhost: gateway\r\ncontent-length: 100\r\n\r\n{"model":');
  const [request] = (await arrived) as [IncomingMessage];
  const closed = new Promise((resolve) => request.socket.once('close', resolve));
  return {
    request,
    async leave() {
      socket.destroy();
      await closed;
    },
  };
}

const wentAway = { status: 400, message: 'The client went away before it had sent the whole body.' };

test('A body whose client leaves while it is read is refused', async () => {
  const { request, leave } = await beginRequest();
  const reading = readBody(request, 1_000).catch((error: unknown) => error);
  await leave();
  expect(await reading).toMatchObject(wentAway);
});

test('A body whose client has left before it is read is refused, and not waited for', async () => {
  const { request, leave } = await beginRequest();
  await leave();
  await expect(readBody(request, 1_000)).rejects.toMatchObject(wentAway);
});
