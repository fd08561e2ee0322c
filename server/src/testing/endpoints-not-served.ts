/** Endpoints of LiteLLM's management API that the gateway does not serve. */
export interface NotServed {
  /** Method and path, as its API has them. */
  readonly endpoints: readonly string[];
  readonly reason: string;
}

/** What is not served, and why: the second half of `docs/endpoints.md`. A test holds that none of it is served. */
export const endpointsNotServed: readonly NotServed[] = [
  {
    endpoints: ['POST /add/allowed_ip', 'POST /delete/allowed_ip', 'GET /get/allowed_ips'],
    reason: 'Addresses are allowed for each key (`allowed_ips`); a list for all of them belongs to the proxy in front.',
  },
  {
    endpoints: ['GET /cache/redis/info', 'POST /cache/settings', 'POST /cache/settings/test'],
    reason: 'Answers are cached in memory, as the config file says; `GET /cache/ping` tells how.',
  },
  {
    endpoints: ['GET /config/yaml'],
    reason: 'The file may hold secrets. `GET /model/info` and the settings endpoints show every value with its source.',
  },
  {
    endpoints: [
      'GET /config/cost_discount_config',
      'PATCH /config/cost_discount_config',
      'GET /config/cost_margin_config',
      'PATCH /config/cost_margin_config',
    ],
    reason: 'The books hold what providers charge. Other prices are set on the model.',
  },
  {
    endpoints: [
      'GET /config/pass_through_endpoint',
      'POST /config/pass_through_endpoint',
      'DELETE /config/pass_through_endpoint',
      'GET /config/pass_through_endpoint/team/{team_id}',
      'POST /config/pass_through_endpoint/{endpoint_id}',
    ],
    reason: 'Requests that nobody can read cannot be metered, so nothing is passed through unread.',
  },
  {
    endpoints: [
      'GET /get/ui_settings',
      'PATCH /update/ui_settings',
      'GET /get/ui_theme_settings',
      'PATCH /update/ui_theme_settings',
      'GET /get_image',
      'GET /get_favicon',
    ],
    reason: 'The console shows each person the pages and buttons that the permissions grant, in one design.',
  },
  {
    endpoints: ['GET /health/shared-status'],
    reason: 'Instances take turns at checking by themselves; `GET /health/latest` tells what was found and when.',
  },
  { endpoints: ['GET /health/drain'], reason: 'A stop by `SIGTERM` drains.' },
  {
    endpoints: ['GET /health/license'],
    reason: 'Nothing is licensed; `GET /user/available_users` counts users and teams without a bound.',
  },
  {
    endpoints: [
      'GET /jwt/key/mapping/info',
      'GET /jwt/key/mapping/list',
      'POST /jwt/key/mapping/new',
      'POST /jwt/key/mapping/update',
      'POST /jwt/key/mapping/delete',
    ],
    reason: 'Tokens of an identity provider stand for the people and teams that their claims name, not for keys.',
  },
  {
    endpoints: [
      'POST /model_group/make_public',
      'GET /public/model_hub',
      'GET /public/model_hub/info',
      'GET /public/agent_hub',
      'GET /public/mcp_hub',
      'GET /public/skill_hub',
      'GET /public/providers',
      'GET /public/providers/fields',
      'GET /public/endpoints',
      'GET /public/litellm_model_cost_map',
      'GET /public/litellm_blog_posts',
    ],
    reason: 'Which models there are is for those who have a key; nothing is published.',
  },
  {
    endpoints: [
      'GET /project/info',
      'GET /project/list',
      'POST /project/new',
      'POST /project/update',
      'DELETE /project/delete',
    ],
    reason: 'Organizations and teams group keys; a third level has no budget of its own in the admission yet.',
  },
  {
    endpoints: [
      'GET /scim/v2',
      ...['Users', 'Groups'].flatMap((kind) => [`GET /scim/v2/${kind}`, `POST /scim/v2/${kind}`]),
      ...['Users/{user_id}', 'Groups/{group_id}'].flatMap((one) =>
        ['GET', 'PUT', 'PATCH', 'DELETE'].map((method) => `${method} /scim/v2/${one}`),
      ),
      'GET /scim/v2/ResourceTypes',
      'GET /scim/v2/ResourceTypes/{resource_type_id}',
      'GET /scim/v2/Schemas',
      'GET /scim/v2/Schemas/{schema_id}',
      'GET /scim/v2/ServiceProviderConfig',
    ],
    reason: 'People come by invitation, import or single sign-on, whose claims keep roles and teams up to date.',
  },
  {
    endpoints: [
      'POST /tag/new',
      'POST /tag/info',
      'POST /tag/update',
      'POST /tag/delete',
      'GET /tag/list',
      'GET /tag/distinct',
      'GET /tag/summary',
      'GET /tag/dau',
      'GET /tag/wau',
      'GET /tag/mau',
      'GET /tag/user-agent/per-user-analytics',
    ],
    reason: 'Tags are words on keys and requests and need no making; `GET /tag/daily/activity` adds them up.',
  },
  {
    endpoints: [
      'GET /team/{team_id}/callback',
      'POST /team/{team_id}/callback',
      'POST /team/{team_id}/disable_logging',
    ],
    reason: 'The gateway sends no prompts to logging services, so there is nothing to set for a team.',
  },
  {
    endpoints: ['POST /utils/test_policies_and_guardrails'],
    reason: 'There are no guardrails.',
  },
  {
    endpoints: [
      'GET /agent/daily/activity',
      'GET /public/agents/fields',
      'GET /get/mcp_semantic_filter_settings',
      'PATCH /update/mcp_semantic_filter_settings',
    ],
    reason: 'Agents and MCP servers are not served.',
  },
  {
    endpoints: ['GET /sso/debug/login', 'GET /sso/debug/callback'],
    reason: '`POST /sso/preview` tries a provider without signing anybody in, and shows what its claims come to.',
  },
  {
    endpoints: ['GET /sso/cli/poll/{key_id}', 'POST /sso/cli/complete/{login_id}'],
    reason: 'A program is given a key that its owner made in the console, and not the session of a browser.',
  },
  { endpoints: ['POST /global/predict/spend/logs'], reason: 'The books say what was spent; they guess nothing.' },
  {
    endpoints: [
      'POST /models/{model_name}:generateContent',
      'POST /models/{model_name}:streamGenerateContent',
      'POST /models/{model_name}:countTokens',
    ],
    reason: 'Models are called in OpenAI’s dialect; `POST /utils/token_counter` counts.',
  },
  {
    endpoints: [
      'GET /memory-usage-in-mem-cache',
      'GET /memory-usage-in-mem-cache-items',
      'GET /otel-spans',
      'GET /debug/*',
    ],
    reason: 'A matter for a profiler, not for an API.',
  },
  { endpoints: ['POST /v3/login', 'POST /v3/login/exchange'], reason: 'For a control plane on another host.' },
];
