import type { Endpoint } from '@latchkey/server/contract';
import { ApiFailure, readFailure, unreachable } from './api-failure.ts';

/** The input of a declared endpoint. */
export type InputOf<Declared> = Declared extends Endpoint<infer Input, unknown> ? Input : never;

/** The answer of a declared endpoint. */
export type ResultOf<Declared> = Declared extends Endpoint<infer _Input, infer Result> ? Result : never;

/** How one call differs from the usual. */
export interface CallOptions {
  signal?: AbortSignal;
  /** Sent as `Authorization: Bearer …` in place of the session. */
  bearer?: string;
  /** `throw`: a 401 is the answer, not a reason to ask for the password again. */
  onSignedOut?: 'ask' | 'throw';
}

/** Address of the gateway without a trailing slash: where the console lives, minus `/ui/`. */
export const apiRoot = new URL(document.baseURI).href.replace(/[?#].*$/, '').replace(/\/ui\/.*$/, '');

const unsafeMethods: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

let csrfToken: string | null = null;
let signInAgain: (() => Promise<void>) | null = null;

/** Keeps the token that every unsafe request carries; `null` after signing out. */
export function rememberCsrfToken(token: string | null): void {
  csrfToken = token;
}

/** Sets what happens when the session has ended: the promise resolves once the person is signed in again. */
export function onSessionEnded(ask: (() => Promise<void>) | null): void {
  signInAgain = ask;
}

/**
 * Calls a declared endpoint and returns its answer.
 * A request whose session has ended waits for the person to sign in again, and is then sent once more.
 * @throws {ApiFailure} on any refusal, and when the gateway cannot be reached.
 */
export async function call<Result>(
  endpoint: Endpoint<undefined, Result>,
  input?: undefined,
  options?: CallOptions,
): Promise<Result>;
export async function call<Input, Result>(
  endpoint: Endpoint<Input, Result>,
  input: Input,
  options?: CallOptions,
): Promise<Result>;
export async function call(
  endpoint: Endpoint<unknown, unknown>,
  input?: unknown,
  options: CallOptions = {},
): Promise<unknown> {
  let response = await send(endpoint, input, options);
  const expectsSession =
    endpoint.permission !== 'public' && options.bearer === undefined && options.onSignedOut !== 'throw';
  if (response.status === 401 && expectsSession && csrfToken !== null && signInAgain !== null) {
    await signInAgain();
    response = await send(endpoint, input, options);
  }
  if (!response.ok) throw await readFailure(response);
  const text = await response.text();
  try {
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    return body;
  } catch {
    throw new ApiFailure(
      response.status,
      'The gateway sent an answer that is not JSON. A proxy in between may have changed it.',
    );
  }
}

async function send(endpoint: Endpoint<unknown, unknown>, input: unknown, options: CallOptions): Promise<Response> {
  const { path, rest } = fillPath(endpoint.path, input);
  const headers = new Headers({ accept: 'application/json' });
  if (options.bearer !== undefined) headers.set('authorization', `Bearer ${options.bearer}`);
  if (unsafeMethods.has(endpoint.method) && csrfToken !== null) headers.set('x-csrf-token', csrfToken);
  const inQuery = endpoint.method === 'GET' || endpoint.inputIn === 'query';
  const hasBody = !inQuery && endpoint.inputIn !== 'none';
  if (hasBody) headers.set('content-type', 'application/json');
  try {
    return await fetch(`${apiRoot}${path}${inQuery ? queryString(rest) : ''}`, {
      method: endpoint.method,
      headers,
      credentials: 'same-origin',
      cache: 'no-store',
      ...(hasBody ? { body: JSON.stringify(rest) } : {}),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  } catch (problem) {
    if (options.signal?.aborted === true) throw problem;
    throw unreachable();
  }
}

/** Puts `{name}` parameters of the path in place and returns the input without them. */
function fillPath(template: string, input: unknown): { path: string; rest: Record<string, unknown> } {
  const rest: Record<string, unknown> = typeof input === 'object' && input !== null ? { ...input } : {};
  const path = template.replace(/\{(\w+)\}|\*/g, (placeholder, name: string | undefined) => {
    const key = name ?? placeholder;
    const value = rest[key];
    delete rest[key];
    return String(value)
      .split('/')
      .map(encodeURIComponent)
      .join(key === '*' ? '/' : '%2F');
  });
  return { path, rest };
}

function queryString(input: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(input)) {
    if (value !== undefined && value !== null) query.set(name, String(value));
  }
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
