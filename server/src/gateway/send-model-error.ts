import type { ServerResponse } from 'node:http';
import { ApiError, errorBodyInShape } from '../http/api-error.ts';

/**
 * Answers with an error in the contract's shape; a response that has begun can only be cut.
 * @param headers what else is known of the request.
 */
export function sendModelError(
  response: ServerResponse,
  error: unknown,
  callId: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const apiError =
    error instanceof ApiError
      ? error
      : new ApiError(
          500,
          'Internal Server Error. The gateway failed while it served this request; its log holds the cause under the id in the x-litellm-call-id header.',
          {
            type: 'internal_server_error',
            param: null,
          },
        );
  const body = JSON.stringify(errorBodyInShape(apiError, 'error'));
  response.writeHead(apiError.status, {
    ...headers,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'x-litellm-call-id': callId,
    ...apiError.headers,
  });
  response.end(body);
}
