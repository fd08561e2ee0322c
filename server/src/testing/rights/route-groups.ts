import type { KeyType } from './callers.ts';

const models = [/^\/(v1\/)?models(\/.*)?$/, /^\/utils\/(token_counter|transform_request)$/];

const info = [
  ...['/key/info', '/key/health', '/key/list', '/v2/key/info', '/team/info', '/team/list', '/v2/team/list'],
  '/limits/effective',
  ...['/team/available', '/organization/list', '/user/info', '/v2/user/info', '/user/filter/ui', '/model/info'],
  ...['/v1/model/info', '/v2/model/info', '/model_group/info', '/models', '/v1/models', '/health'],
];

const management = [
  ...['new', 'update', 'delete', 'info', 'list'].map((verb) => `/user/${verb}`),
  ...['new', 'update', 'delete', 'list', 'info', 'block', 'unblock', 'available'].map((verb) => `/team/${verb}`),
  ...['/team/permissions_list', '/team/permissions_update', '/v2/team/list'],
  ...['new', 'update', 'delete', 'info'].map((verb) => `/model/${verb}`),
  ...['generate', 'update', 'delete', 'info', 'regenerate', 'list', 'block', 'unblock', 'bulk_update'].map(
    (verb) => `/key/${verb}`,
  ),
  ...['/key/{key}/regenerate', '/key/service-account/generate'],
];

/** Whether a key of this type may call a path of the control plane at all (contract 1.3 and 2.5). */
export function isForRoute(keyType: KeyType, path: string): boolean {
  switch (keyType) {
    case 'default':
      return true;
    case 'llm_api':
      return models.some((group) => group.test(path));
    case 'management':
      return management.includes(path);
    case 'read_only':
      return info.includes(path);
  }
}
