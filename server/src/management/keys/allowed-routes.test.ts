import { expect, test } from 'vitest';
import { isRouteAllowed } from './allowed-routes.ts';

test.each([
  [[], '/anything', true],
  [['llm_api_routes'], '/v1/chat/completions', true],
  [['llm_api_routes'], '/chat/completions', true],
  [['llm_api_routes'], '/v1/responses/resp_1/cancel', true],
  [['llm_api_routes'], '/v1/models', true],
  [['llm_api_routes'], '/key/info', false],
  [['llm_api_routes'], '/user/new', false],
  [['llm_api_routes'], '/chat/completionsX', false],
  [['info_routes'], '/key/info', true],
  [['info_routes'], '/models', true],
  [['info_routes'], '/key/generate', false],
  [['info_routes'], '/chat/completions', false],
  [['management_routes'], '/key/generate', true],
  [['management_routes'], '/team/new', true],
  [['management_routes'], '/chat/completions', false],
  [['/key/info'], '/key/info', true],
  [['/key/info'], '/key/infos', false],
  [['/key/*'], '/key/delete', true],
  [['/key/*'], '/user/delete', false],
  [['/user/info', 'llm_api_routes'], '/embeddings', true],
  [['no_such_group'], '/key/info', false],
])('a key with the routes %j calling %s: %s', (allowedRoutes, path, allowed) => {
  expect(isRouteAllowed(allowedRoutes, path)).toBe(allowed);
});
