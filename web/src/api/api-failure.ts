/** A refusal or breakdown of the gateway, in the words it gave. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  /** HTTP status; 0 when no answer came at all. */
  readonly status: number;
  readonly type: string | null;
  /** The field that the refusal is about, if the gateway named one. */
  readonly param: string | null;
  /** What to quote when asking for help. */
  readonly requestId: string | null;

  constructor(
    status: number,
    message: string,
    facts: { type?: string | null; param?: string | null; requestId?: string | null } = {},
  ) {
    super(message);
    this.status = status;
    this.type = facts.type ?? null;
    this.param = facts.param ?? null;
    this.requestId = facts.requestId ?? null;
  }
}

/** The failure of a request that never reached the gateway. */
export function unreachable(): ApiFailure {
  return new ApiFailure(0, 'The gateway could not be reached. Check your connection and try again.');
}

/** Reads the refusal out of an answer; understands every error body the gateway writes. */
export async function readFailure(response: Response): Promise<ApiFailure> {
  const requestId = response.headers.get('x-litellm-call-id') ?? response.headers.get('x-request-id');
  const body: unknown = await response.json().catch(() => null);
  const words = wordsOf(body);
  return new ApiFailure(response.status, words.message ?? wordsForStatus(response.status), { ...words, requestId });
}

interface Words {
  message?: string;
  type?: string;
  param?: string;
}

function wordsOf(body: unknown): Words {
  if (!isRecord(body)) return {};
  const { error, detail } = body;
  if (isRecord(error)) return textsOf(error);
  if (typeof error === 'string') return { message: error };
  if (typeof detail === 'string') return { message: detail };
  if (Array.isArray(detail)) return wordsOfFields(detail);
  if (isRecord(detail)) return typeof detail['error'] === 'string' ? { message: detail['error'] } : wordsOf(detail);
  return typeof body['message'] === 'string' ? { message: body['message'] } : {};
}

/** `[{loc: ['body', 'models', 0], msg}]`: one line per field; `param` is the first field. */
function wordsOfFields(problems: readonly unknown[]): Words {
  const lines: string[] = [];
  let param: string | undefined;
  for (const problem of problems) {
    if (!isRecord(problem) || typeof problem['msg'] !== 'string') continue;
    const location = Array.isArray(problem['loc']) ? problem['loc'].slice(1).join('.') : '';
    param ??= location === '' ? undefined : location;
    lines.push(location === '' ? problem['msg'] : `${location}: ${problem['msg']}`);
  }
  if (lines.length === 0) return {};
  return { message: lines.join('\n'), ...(param === undefined ? {} : { param }) };
}

function textsOf(error: Readonly<Record<string, unknown>>): Words {
  const { message, type, param } = error;
  return {
    ...(typeof message === 'string' && message !== '' ? { message } : {}),
    ...(typeof type === 'string' ? { type } : {}),
    ...(typeof param === 'string' && param !== 'None' ? { param } : {}),
  };
}

function wordsForStatus(status: number): string {
  if (status === 403) return 'You are not allowed to do this.';
  if (status === 404) return 'This does not exist, or you may not see it.';
  if (status === 429) return 'Too many attempts. Wait a moment and try again.';
  if (status >= 500) return 'The gateway had a problem. Try again; if it stays, tell your admin the request id.';
  return `The gateway refused the request (${status}).`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
