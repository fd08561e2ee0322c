import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../testing/start-test-app.ts';

describe('The settings of the console', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp({
      settings: { proxyLogoutUrl: 'https://www.example.com/bye', serverRootPath: '/gateway', uiPassword: 'changed-it' },
    });
  });
  afterAll(() => app.close());

  it('say before anybody signs in how the console is reached', async () => {
    const answer = await app.send('GET', '/.well-known/litellm-ui-config', { key: null });
    expect(answer.json()).toStrictEqual({
      server_root_path: '/gateway',
      proxy_base_url: null,
      auto_redirect_to_sso: false,
      admin_ui_disabled: false,
      sso_configured: false,
      hide_default_credentials_hint: true,
      sso_providers: [],
      password_sign_in: true,
    });
    expect((await app.send('GET', '/litellm/.well-known/litellm-ui-config', { key: null })).status).toBe(200);
  });

  it('say to everybody with a credential where signing out leads', async () => {
    expect((await app.send('GET', '/sso/get/ui_settings', { key: null })).status).toBe(401);
    expect((await app.send('GET', '/sso/get/ui_settings')).json()).toStrictEqual({
      PROXY_BASE_URL: null,
      PROXY_LOGOUT_URL: 'https://www.example.com/bye',
      LITELLM_UI_API_DOC_BASE_URL: null,
      DEFAULT_TEAM_DISABLED: false,
      SSO_ENABLED: false,
      NUM_SPEND_LOGS_ROWS: 0,
      DISABLE_EXPENSIVE_DB_QUERIES: false,
    });
  });

  it('hold below a root path: sign-in, cookie and what is open before a password is changed', async () => {
    const answer = await app.send('POST', '/v2/login', {
      key: null,
      body: { username: 'admin', password: 'changed-it' },
    });
    expect(answer.json()['redirect_url']).toBe(`${app.url}/ui/?login=success`);
    expect(answer.headers.get('set-cookie')).toContain('Path=/gateway;');
  });
});
