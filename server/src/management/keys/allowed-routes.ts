import { ApiError } from '../../http/api-error.ts';
import type { Endpoint } from '../../http/endpoint.contract.ts';

const infoRoutes: readonly string[] = [
  '/key/info',
  '/key/health',
  '/key/list',
  '/v2/key/info',
  '/team/info',
  '/team/list',
  '/v2/team/list',
  '/team/available',
  '/organization/list',
  '/user/info',
  '/v2/user/info',
  '/user/filter/ui',
  '/model/info',
  '/v1/model/info',
  '/v2/model/info',
  '/model_group/info',
  '/models',
  '/v1/models',
  '/health',
  '/limits/effective',
];

/** The key routes that a team can grant to its plain members. */
export const keyManagementRoutes: readonly string[] = [
  '/key/generate',
  '/key/update',
  '/key/delete',
  '/key/info',
  '/key/regenerate',
  '/key/{key_id}/regenerate',
  '/key/service-account/generate',
  '/key/list',
  '/key/block',
  '/key/unblock',
  '/key/bulk_update',
];

const managementRoutes: readonly string[] = [
  ...['new', 'update', 'delete', 'info', 'list'].map((verb) => `/user/${verb}`),
  ...[
    'new',
    'update',
    'delete',
    'list',
    'info',
    'block',
    'unblock',
    'available',
    'permissions_list',
    'permissions_update',
  ].map((verb) => `/team/${verb}`),
  '/v2/team/list',
  ...['new', 'update', 'delete', 'info'].map((verb) => `/model/${verb}`),
  ...keyManagementRoutes,
];

const spendRoutes: readonly string[] = [
  ...['keys', 'users', 'tags', 'calculate', 'logs', 'logs/ui', 'logs/session/ui'].map((name) => `/spend/${name}`),
  '/cost/estimate',
];

const globalSpendRoutes: readonly string[] = [
  ...['logs', 'keys', 'teams', 'end_users', 'models', 'report', 'provider', 'tags', 'all_tag_names'].map(
    (name) => `/global/spend/${name}`,
  ),
  '/global/predict/spend/logs',
];

/** Paths of model calls; a `/v1` in front is optional for the first kind. Everything below them belongs to them. */
const modelPaths: readonly string[] = [
  '/chat/completions',
  '/completions',
  '/embeddings',
  '/images',
  '/audio',
  '/moderations',
  '/batches',
  '/files',
  '/fine_tuning',
  '/assistants',
  '/threads',
  '/models',
  '/responses',
  '/messages',
  '/vector_stores',
  '/rerank',
  '/realtime',
  '/ocr',
  '/search',
  '/containers',
];
const otherModelPaths: readonly string[] = [
  '/utils/token_counter',
  '/utils/transform_request',
  '/v2/rerank',
  '/v1beta/models',
  '/mcp',
  '/a2a',
  '/rag',
  '/engines',
  '/openai',
  '/bedrock',
  '/vertex_ai',
  '/gemini',
  '/anthropic',
  '/azure',
  '/cohere',
  '/mistral',
  '/vllm',
  '/langfuse',
  '/assemblyai',
  '/milvus',
];

function isModelRoute(path: string): boolean {
  const short = path.startsWith('/v1/') ? path.slice('/v1'.length) : path;
  return modelPaths.some((known) => isBelow(short, known)) || otherModelPaths.some((known) => isBelow(path, known));
}

function isBelow(path: string, parent: string): boolean {
  return path === parent || path.startsWith(`${parent}/`);
}

/** What each group name in `allowed_routes` stands for. */
const groups: ReadonlyMap<string, (path: string) => boolean> = new Map([
  ['llm_api_routes', isModelRoute],
  // The name that settings of JWT access have for the same.
  ['openai_routes', isModelRoute],
  ['spend_tracking_routes', (path: string) => spendRoutes.includes(path)],
  ['global_spend_tracking_routes', (path: string) => path === '/global/spend' || globalSpendRoutes.includes(path)],
  ['info_routes', (path: string) => infoRoutes.includes(path)],
  ['key_management_routes', (path: string) => keyManagementRoutes.includes(path)],
  ['management_routes', (path: string) => managementRoutes.includes(path)],
]);

/**
 * Whether a key with these `allowed_routes` may call the path. An empty list restricts nothing. An entry is a
 * group (`llm_api_routes`, `management_routes`, `info_routes`, `key_management_routes`), an exact path, or a
 * prefix that ends in `*`.
 * @param path the path without the server's root path and without a query.
 */
export function isRouteAllowed(allowedRoutes: readonly string[], path: string): boolean {
  if (allowedRoutes.length === 0) return true;
  return allowedRoutes.some((entry) => {
    const group = groups.get(entry);
    if (group) return group(path);
    return entry.endsWith('*') ? path.startsWith(entry.slice(0, -1)) : path === entry;
  });
}

/**
 * What is left of a key's `allowed_routes` when it may call models only.
 * @returns null when that would be nothing.
 */
export function onlyModelRoutes(allowedRoutes: readonly string[]): string[] | null {
  if (allowedRoutes.length === 0) return ['llm_api_routes'];
  const left = allowedRoutes.filter(
    (entry) => entry === 'llm_api_routes' || isModelRoute(entry.endsWith('*') ? entry.slice(0, -1) : entry),
  );
  return left.length === 0 ? null : left;
}

/**
 * Refuses control-plane calls of a key whose `allowed_routes` do not name the endpoint under any of its paths.
 * @throws ApiError 403 with the contract's `{"detail": text}` body.
 */
export function checkAllowedRoutes(
  allowedRoutes: readonly string[],
  endpoint: Pick<Endpoint<unknown, unknown>, 'path' | 'aliases'>,
): void {
  if ([endpoint.path, ...endpoint.aliases].some((path) => isRouteAllowed(allowedRoutes, path))) return;
  throw routeNotAllowed(allowedRoutes, endpoint.path);
}

/** 403 for a key that may not call the path. */
export function routeNotAllowed(allowedRoutes: readonly string[], path: string): ApiError {
  const message = `Virtual key is not allowed to call this route. Only allowed to call routes: [${allowedRoutes.map((route) => `'${route}'`).join(', ')}]. Tried to call route: ${path}`;
  return new ApiError(403, message, { detail: message });
}
