import type { Endpoint } from '../../http/endpoint.contract.ts';
import { hashSecret } from '../../management/keys/key-secret.ts';
import type { TestApp } from '../start-test-app.ts';

/** An answer of the control plane. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  /** What was sent, as a text, with the hash of the credential: what stands in it may be repeated. */
  readonly sent: string;
}

/** A call of an endpoint. Fields that the path names travel in the path, all others where the declaration says. */
export interface CallToSend {
  readonly endpoint: Pick<Endpoint<unknown, unknown>, 'method' | 'inputIn'>;
  /** The path of the endpoint or one of its aliases. */
  readonly path: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** The bearer; null: none. */
  readonly credential: string | null;
}

/** Sends a call through the whole HTTP layer of the gateway, without a socket. */
export async function sendInProcess(app: TestApp, call: CallToSend): Promise<Answer> {
  const { path, rest } = intoPath(call.path, call.input);
  const inQuery = call.endpoint.inputIn === 'query' || call.endpoint.method === 'GET';
  const query = inQuery ? queryOf(rest) : '';
  const body = inQuery ? undefined : JSON.stringify(rest);
  return sendRaw(app, {
    method: call.endpoint.method,
    url: path + query,
    body,
    credential: call.credential,
  });
}

/** Sends a request as it is; the body is JSON unless it is told otherwise. */
export async function sendRaw(
  app: TestApp,
  request: {
    method: Endpoint<unknown, unknown>['method'];
    url: string;
    body?: string | undefined;
    contentType?: string;
    credential: string | null;
  },
): Promise<Answer> {
  const { method, url, body, contentType = 'application/json', credential } = request;
  const response = await app.app.http.inject({
    method,
    url,
    headers: {
      host: 'localhost',
      ...(credential === null ? {} : { authorization: `Bearer ${credential}` }),
      ...(body === undefined ? {} : { 'content-type': contentType }),
    },
    ...(body === undefined ? {} : { payload: body }),
  });
  return {
    status: response.statusCode,
    text: response.body,
    sent: [url, body, credential === null ? '' : hashSecret(credential)].join(' '),
  };
}

function intoPath(
  pattern: string,
  input: Readonly<Record<string, unknown>>,
): { path: string; rest: Record<string, unknown> } {
  const rest = { ...input };
  const take = (name: string) => {
    const value = rest[name];
    delete rest[name];
    return encodeURIComponent(String(value));
  };
  const path = pattern.replaceAll(/\{(\w+)\}/g, (_, name: string) => take(name)).replace('*', () => take('*'));
  return { path, rest };
}

function queryOf(input: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(input)) {
    if (value !== undefined) query.append(name, typeof value === 'object' ? JSON.stringify(value) : String(value));
  }
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
