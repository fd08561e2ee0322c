/**
 * A refusal that the caller is meant to read: what happened, why, what to do next.
 * Status, message, `type` and `param` are LiteLLM's where it has words for the case.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly type: string | null;
  readonly param: string | null;
  /** True for errors that come as `{"error":{…}}` even where the endpoint answers in the `detail` shape. */
  readonly alwaysErrorShape: boolean;
  /** For `{"detail": …}` bodies that are not `{"error": message}`. A text or a list comes that way from every endpoint. */
  readonly detail: unknown;
  readonly headers: Readonly<Record<string, string>>;
  /** What the same refusal was in January 2026, for `general_settings.compatibility`; null: the same. */
  readonly inJanuary2026: OlderRefusal | null;

  constructor(
    status: number,
    message: string,
    options: {
      type?: string | null;
      param?: string | null;
      alwaysErrorShape?: boolean;
      detail?: unknown;
      headers?: Readonly<Record<string, string>>;
      inJanuary2026?: OlderRefusal;
    } = {},
  ) {
    super(message);
    this.status = status;
    this.type = options.type === undefined ? null : options.type;
    this.param = options.param === undefined ? null : options.param;
    this.alwaysErrorShape = options.alwaysErrorShape ?? false;
    this.detail = options.detail;
    this.headers = options.headers ?? {};
    this.inJanuary2026 = options.inJanuary2026 ?? null;
  }
}

/** Status and words of a refusal that later versions changed. */
export interface OlderRefusal {
  readonly status: number;
  /** Absent: the words are the same. */
  readonly message?: string;
}

/** Which version's semantics the gateway follows where versions differ; the newest are the safe ones. */
export type Compatibility = 'newest' | '2026-01';

/** An error as callers of that version expect it. */
export function refusalFor(compatibility: Compatibility, error: unknown): unknown {
  if (compatibility === 'newest' || !(error instanceof ApiError) || error.inJanuary2026 === null) return error;
  const { status, message = error.message } = error.inJanuary2026;
  const { type, param, alwaysErrorShape, detail, headers } = error;
  return new ApiError(status, message, { type, param, alwaysErrorShape, detail, headers });
}

/** The body of the first of LiteLLM's error shapes; `code` is the status as a string. */
export interface ErrorBody {
  error: { message: string; type: string | null; param: string | null; code: string };
}

/** `{"error":{…}}`. */
export function errorBody(error: ApiError): ErrorBody {
  return { error: { message: error.message, type: error.type, param: error.param, code: String(error.status) } };
}

/** Body of an error for an endpoint that answers in the given shape. */
export function errorBodyInShape(error: ApiError, shape: 'error' | 'detail'): unknown {
  // Validation lists and plain texts have the detail shape wherever they occur.
  if (Array.isArray(error.detail) || typeof error.detail === 'string') return { detail: error.detail };
  if (shape === 'error' || error.alwaysErrorShape) return errorBody(error);
  return { detail: error.detail ?? { error: error.message } };
}

/** 401 or 403 with `type: auth_error`, in the words of the authentication step. */
export function authError(
  status: 401 | 403,
  message: string,
  type = 'auth_error',
  param: string | null = 'None',
): ApiError {
  return new ApiError(status, message, { type, param, alwaysErrorShape: true });
}
