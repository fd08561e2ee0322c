import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';

// What Latchkey is measured against: the least that a proxy in Node can do. It reads the request whole, sends it on
// with undici's fastest call, and passes status, content type and bytes back. It checks nothing and books nothing.
// Takes the upstream's origin; prints its port.

const upstream = new Pool(process.argv[2] ?? '', { pipelining: 1, keepAliveTimeout: 30_000 });

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    upstream.dispatch(
      {
        method: 'POST',
        path: request.url ?? '/',
        headers: { 'content-type': 'application/json', authorization: 'Bearer provider-secret' },
        body: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks),
      },
      {
        onRequestStart() {},
        onResponseStart(_controller, status, headers) {
          const length = headers['content-length'];
          response.writeHead(status, {
            'content-type': String(headers['content-type'] ?? 'application/json'),
            ...(length === undefined ? {} : { 'content-length': String(length) }),
          });
        },
        onResponseData(controller, chunk) {
          if (response.write(chunk)) return;
          controller.pause();
          response.once('drain', () => controller.resume());
        },
        onResponseEnd() {
          response.end();
        },
        onResponseError() {
          response.destroy();
        },
      },
    );
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
