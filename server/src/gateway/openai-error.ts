import { ApiError } from '../http/api-error.ts';

/** OpenAI's error classes by status, as the contract names them in messages. */
const classByStatus: Readonly<Record<number, string>> = {
  400: 'BadRequestError',
  401: 'AuthenticationError',
  403: 'PermissionDeniedError',
  404: 'NotFoundError',
  408: 'Timeout',
  413: 'BadRequestError',
  422: 'UnprocessableEntityError',
  429: 'RateLimitError',
  500: 'InternalServerError',
  502: 'BadGatewayError',
  503: 'ServiceUnavailableError',
  504: 'Timeout',
};

/** 400 with `type: invalid_request_error`, OpenAI's own type for a body that cannot be used. */
export function badRequest(message: string, param: string | null = null): ApiError {
  return new ApiError(400, message, { type: 'invalid_request_error', param, alwaysErrorShape: true });
}

/**
 * An error that the provider answered with. Keeps the status, so that SDKs raise their own class; says whose
 * fault it is where that is easily mistaken.
 */
export function providerError(status: number, provider: string, body: string): ApiError {
  if (status < 400) return providerRedirected(status, provider);
  const { message, type, param } = readProviderError(body);
  const name = classByStatus[status] ?? (status >= 500 ? 'InternalServerError' : 'APIError');
  const hint =
    status === 401 || status === 403
      ? " The provider refused the gateway's own credentials; your key is fine. Ask an admin to check the model's api_key."
      : '';
  return new ApiError(status, `litellm.${name}: ${provider}Exception - ${message}${hint}`, {
    type,
    param,
    alwaysErrorShape: true,
  });
}

/** Redirects are not followed: they could carry the gateway's credentials elsewhere. */
function providerRedirected(status: number, provider: string): ApiError {
  return new ApiError(
    502,
    `litellm.BadGatewayError: ${provider}Exception - The provider answered with a redirect (${status}), which is not followed. Ask an admin to check the model's api_base.`,
    { type: null, param: null, alwaysErrorShape: true },
  );
}

/** The provider could not be reached, or broke off before it answered. Status 500, as the contract measured. */
export function providerUnreachable(provider: string, modelGroup: string, reason: string): ApiError {
  return new ApiError(
    500,
    `litellm.InternalServerError: ${provider}Exception - Connection error. The provider of model '${modelGroup}' could not be reached (${reason}). Try again; if it stays, ask an admin to check the model's api_base.`,
    { type: null, param: null, alwaysErrorShape: true },
  );
}

/** 408: the provider took longer than the model's timeout. */
export function providerTimeout(provider: string, modelGroup: string, timeoutMs: number): ApiError {
  return new ApiError(
    408,
    `litellm.Timeout: ${provider}Exception - The provider of model '${modelGroup}' did not answer within ${timeoutMs / 1000} s. Try again, or ask an admin to raise the model's timeout.`,
    { type: 'timeout', param: null, alwaysErrorShape: true },
  );
}

/** A stream that the provider broke off: what came before it stands, nothing follows. */
export function streamBroken(provider: string): ApiError {
  return new ApiError(
    500,
    `litellm.InternalServerError: ${provider}Exception - The provider broke the stream off before it was complete. What you received so far is charged; send the request again for a whole answer.`,
    { type: 'stream_error', param: null, alwaysErrorShape: true },
  );
}

function readProviderError(body: string): { message: string; type: string | null; param: string | null } {
  try {
    const parsed = JSON.parse(body) as { error?: { message?: unknown; type?: unknown; param?: unknown } | string };
    const error = parsed.error;
    if (typeof error === 'string') return { message: error, type: null, param: null };
    if (error && typeof error.message === 'string') {
      return {
        message: error.message,
        type: typeof error.type === 'string' ? error.type : null,
        param: typeof error.param === 'string' ? error.param : null,
      };
    }
  } catch {
    // Not JSON: the text itself is the message.
  }
  return { message: body.slice(0, 2_000) || 'the provider gave no reason', type: null, param: null };
}
