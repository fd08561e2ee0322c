import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Permission } from '../access/permissions.contract.ts';
import { reachOf, reachOfRole } from '../access/permissions.contract.ts';
import { anonymous, type Principal } from '../access/principal.ts';
import { ApiError, authError, type Compatibility, errorBodyInShape, refusalFor } from './api-error.ts';
import type { Call, FileAnswer, Route } from './call.ts';
import { findCredential, readCookie, sessionCookieName } from './credential.ts';
import { noCredential } from './credential-errors.ts';
import type { Endpoint } from './endpoint.contract.ts';
import { parseInput } from './parse-input.ts';
import { makeResultWriter } from './write-result.ts';

/** Who a request comes from. */
export interface Authenticated {
  readonly principal: Principal;
  /** Set when the credential was the session cookie: then unsafe methods must send it back. */
  readonly csrfToken: string | null;
  readonly byCookie: boolean;
}

/** What the mount needs from the rest of the product. */
export interface MountOptions {
  /** @throws ApiError 401 when there is no valid credential. */
  authenticate(request: FastifyRequest): Promise<Authenticated>;
  /** Extra checks of keys with `allowed_routes`. @throws ApiError 403. */
  checkRoute(principal: Principal, endpoint: Endpoint<unknown, unknown>): void;
  readonly keyHeaderName: string | null;
  readonly publicBaseUrl: string | null;
  readonly compatibility: Compatibility;
  readonly rootPath: string;
}

/** Mounts every route behind its declaration: permission, validation, verb, and a result stripped to what was promised. */
export function mountRoutes(app: FastifyInstance, routes: readonly Route[], options: MountOptions): void {
  for (const route of routes) {
    const write = makeResultWriter(route.endpoint.result);
    for (const path of [route.endpoint.path, ...route.endpoint.aliases]) {
      app.route({
        method: route.endpoint.method,
        url: `${options.rootPath}${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
        handler: (request, reply) => serve(route, write, request, reply, options),
      });
    }
  }
}

async function serve(
  route: Route,
  write: (result: unknown) => string | undefined,
  request: FastifyRequest,
  reply: FastifyReply,
  options: MountOptions,
): Promise<FastifyReply> {
  const { endpoint } = route;
  const requestId = randomUUID();
  reply.header('x-litellm-call-id', requestId);
  reply.header('cache-control', 'no-store');
  try {
    const authenticated = await authenticateFor(endpoint, request, options);
    const { principal } = authenticated;
    if (principal !== anonymous) options.checkRoute(principal, endpoint);
    const reaches = reachFor(endpoint, principal);
    const { input, sentFields } = parseInput(endpoint, request);
    let redirectUrl: string | null = null;
    let page: string | null = null;
    const files: FileAnswer[] = [];
    const userAgent = request.headers['user-agent'] ?? '';
    const baseUrl = options.publicBaseUrl ?? `${request.protocol}://${request.host}${options.rootPath}`;
    const setCookie = (name: string, value: string, maxAge: number, path: string) =>
      void reply.header(
        'set-cookie',
        `${name}=${value}; Path=${path}; HttpOnly; SameSite=Lax; Max-Age=${maxAge}${baseUrl.startsWith('https:') ? '; Secure' : ''}`,
      );
    const setSessionCookie = (token: string, maxAge: number) =>
      setCookie(sessionCookieName, token, maxAge, options.rootPath || '/');
    const call: Call = {
      principal,
      access: { principal, ...reaches },
      context: { principal, ip: request.ip, userAgent, requestId },
      requestId,
      ip: request.ip,
      userAgent,
      baseUrl,
      csrfToken: authenticated.csrfToken,
      bearer: endpoint.permission === 'public' ? bearerOf(request) : null,
      sentFields,
      setSessionCookie,
      clearSessionCookie: () => setSessionCookie('', 0),
      wantsPage: request.headers.accept?.includes('text/html') === true,
      cookie: (name) => readCookie(request.headers.cookie, name),
      setCookie: (name, value, maxAgeSeconds) => setCookie(name, value, maxAgeSeconds, '/'),
      sendPage: (html) => {
        page = html;
      },
      redirect: (url) => {
        redirectUrl = url;
      },
      sendFile: (file) => void files.push(file),
    };
    const result = await route.serve(call, input);
    if (redirectUrl !== null) return reply.code(303).header('location', redirectUrl).send();
    if (page !== null) return reply.headers(pageHeaders).send(page);
    const file = files[0];
    if (file) {
      reply.header('content-type', file.contentType);
      reply.header('content-disposition', `attachment; filename="${file.name}"`);
      return reply.send(Readable.from(file.chunks));
    }
    // Before `send`, which would call a text that has no type yet plain text.
    return reply.type('application/json; charset=utf-8').send(write(result));
  } catch (error) {
    return sendError(refusalFor(options.compatibility, error), endpoint.errorShape, request, reply);
  }
}

const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

async function authenticateFor(
  endpoint: Endpoint<unknown, unknown>,
  request: FastifyRequest,
  options: MountOptions,
): Promise<Authenticated> {
  if (endpoint.permission === 'public') {
    assertNotFromElsewhere(endpoint, request);
    return { principal: anonymous, csrfToken: null, byCookie: false };
  }
  const authenticated = await options.authenticate(request);
  if (authenticated.principal === anonymous) throw noCredential();
  if (
    authenticated.byCookie &&
    endpoint.method !== 'GET' &&
    request.headers['x-csrf-token'] !== authenticated.csrfToken
  ) {
    throw authError(
      403,
      'This request came with a session cookie but without its `x-csrf-token` header, so it may not come from the console. Reload the page, or call the API with a key.',
      'csrf_error',
    );
  }
  return authenticated;
}

/**
 * Browsers say when a page of another site sends a request. No such page may sign a person in: they would work, and
 * make keys, in somebody else's account.
 */
function assertNotFromElsewhere(endpoint: Endpoint<unknown, unknown>, request: FastifyRequest): void {
  if (endpoint.method === 'GET' || request.headers['sec-fetch-site'] !== 'cross-site') return;
  throw authError(
    403,
    'This request was sent by a page of another site, so it may not come from the console. Sign in at the gateway’s own address.',
    'csrf_error',
  );
}

function reachFor(
  endpoint: Endpoint<unknown, unknown>,
  principal: Principal,
): Pick<Call['access'], 'reach' | 'roleReach'> {
  if (endpoint.permission === 'public' || endpoint.permission === 'signed-in')
    return { reach: 'own', roleReach: 'own' };
  const reach = reachOf(principal, endpoint.permission);
  if (reach === 'none') throw refusal(endpoint, endpoint.permission, principal);
  return { reach, roleReach: reachOfRole(principal.role, endpoint.permission) };
}

/** A role without any reach is refused in the contract's words. */
function refusal(endpoint: Endpoint<unknown, unknown>, permission: Permission, principal: Principal): ApiError {
  if (endpoint.refusal)
    return new ApiError(endpoint.refusal.status, endpoint.refusal.message, { type: 'auth_error', param: 'None' });
  if (principal.role === 'proxy_admin_viewer') {
    return authError(
      403,
      `user not allowed to access this route, role= proxy_admin_viewer. Trying to access: ${endpoint.path}`,
    );
  }
  if (permission === 'key:block') {
    return authError(
      403,
      `Only proxy admins, team admins, or org admins can call ${endpoint.path}. user_role=${principal.role}, user_id=${principal.userId}`,
    );
  }
  return authError(
    401,
    `Authentication Error, Only proxy admin can be used to generate, delete, update info for new keys/users/teams. Route=${endpoint.path}. Your role=${principal.role}. Your user_id=${maskId(principal.userId)}`,
  );
}

/** First six and last two characters; short ids are hidden whole. The masking is LiteLLM's. */
function maskId(id: string | null): string {
  if (id === null) return 'None';
  if (id.length <= 8) return '***';
  return `${id.slice(0, 6)}${'*'.repeat(id.length - 8)}${id.slice(-2)}`;
}

function bearerOf(request: FastifyRequest): string | null {
  const header = request.headers.authorization;
  return header === undefined ? null : findCredential({ authorization: header }, null);
}

/** Sends an error in the endpoint's shape. Unexpected ones are logged and told without their text. */
export function sendError(
  error: unknown,
  shape: 'error' | 'detail',
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  if (error instanceof ApiError) {
    for (const [name, value] of Object.entries(error.headers)) reply.header(name, value);
    return reply
      .code(error.status)
      .type('application/json')
      .send(JSON.stringify(errorBodyInShape(error, shape)));
  }
  request.log.error({ err: error }, 'request failed');
  const unexpected = new ApiError(
    500,
    'Internal Server Error. The gateway failed while it served this request; its log holds the cause under the id in the x-litellm-call-id header.',
    { type: 'internal_server_error', param: 'None' },
  );
  return reply
    .code(500)
    .type('application/json')
    .send(JSON.stringify(errorBodyInShape(unexpected, shape)));
}
