import type { IncomingMessage } from 'node:http';
import { ApiError } from '../http/api-error.ts';

/**
 * Reads a request's body whole.
 * @throws ApiError 400 when the client went away meanwhile, 413 when it is larger than allowed (without
 * reading the rest), 415 when it is compressed.
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    return Promise.reject(
      new ApiError(415, `The body is compressed (content-encoding: ${encoding}). Send it uncompressed.`, {
        type: 'invalid_request_error',
        alwaysErrorShape: true,
      }),
    );
  }
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.reject(tooLarge(maxBytes));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) {
        request.removeAllListeners('data');
        request.resume();
        reject(tooLarge(maxBytes));
        return;
      }
      chunks.push(chunk);
    });
    request.on('end', () => {
      const only = chunks[0];
      resolve(chunks.length === 1 && only ? only : Buffer.concat(chunks, bytes));
    });
    request.on('error', () => reject(clientWentAway()));
    // Who has left before this listens is not heard of any more.
    if (request.destroyed) reject(clientWentAway());
  });
}

function clientWentAway(): ApiError {
  return new ApiError(400, 'The client went away before it had sent the whole body.', {
    type: 'invalid_request_error',
    alwaysErrorShape: true,
  });
}

function tooLarge(maxBytes: number): ApiError {
  return new ApiError(
    413,
    `The body is larger than ${Math.floor(maxBytes / 1024 / 1024)} MB, the most this gateway takes. Send less, or ask an admin to raise general_settings.max_request_size_mb.`,
    { type: 'invalid_request_error', alwaysErrorShape: true, headers: { connection: 'close' } },
  );
}
