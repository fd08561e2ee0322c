import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GatewayParts } from './gateway-parts.ts';
import { type ModelEndpoint, modelEndpoints } from './model-request.ts';
import { serveModelRequest } from './serve-model-request.ts';

/** The data plane. It stands before the web framework: its few paths are served straight from `node:http`. */
export interface Gateway {
  /** Takes the request if its path and method are the data plane's; false otherwise. */
  serves(incoming: IncomingMessage, response: ServerResponse): boolean;
  /** Model requests that are being served. */
  readonly inFlight: number;
}

/** Creates the data plane. Every path also exists without `/v1`. */
export function createGateway(parts: GatewayParts, rootPath: string): Gateway {
  const byPath = new Map<string, ModelEndpoint>(
    modelEndpoints.flatMap((endpoint) => [
      [`${rootPath}/v1${endpoint.name}`, endpoint] as const,
      [`${rootPath}${endpoint.name}`, endpoint] as const,
    ]),
  );
  let inFlight = 0;
  const ended = () => {
    inFlight -= 1;
  };
  return {
    get inFlight() {
      return inFlight;
    },
    serves(incoming, response) {
      if (incoming.method !== 'POST') return false;
      const url = incoming.url ?? '';
      const query = url.indexOf('?');
      const endpoint = byPath.get(query === -1 ? url : url.slice(0, query));
      if (!endpoint) return false;
      inFlight += 1;
      void serveModelRequest(parts, endpoint, incoming, response).then(ended, ended);
      return true;
    },
  };
}
