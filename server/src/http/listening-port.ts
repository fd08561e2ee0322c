import type { FastifyInstance } from 'fastify';

/** The port that a listening server got; differs from the one asked for when that was 0. */
export function listeningPort(http: FastifyInstance): number {
  const address = http.server.address();
  if (address === null || typeof address === 'string') throw new Error('the server is not listening on a port');
  return address.port;
}
