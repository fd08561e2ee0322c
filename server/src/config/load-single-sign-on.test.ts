import { describe, expect, it } from 'vitest';
import type { ConfigFile } from './config-file-shape.ts';
import { singleSignOnSettings, warnAboutSingleSignOn } from './load-single-sign-on.ts';

const valuesOf = (environment: Record<string, string>, general: NonNullable<ConfigFile['general_settings']> = {}) =>
  singleSignOnSettings(environment, { general_settings: general }).values;

describe('Single sign-on from the environment', () => {
  it('says nothing where nothing is set', () => {
    expect(valuesOf({})).toEqual({});
    expect(warnAboutSingleSignOn({})).toEqual([]);
  });

  it('reads domains however they are written', () => {
    expect(valuesOf({ ALLOWED_EMAIL_DOMAINS: ' Acme.io, @example.com ,,' })).toEqual({
      allowed_email_domains: ['acme.io', 'example.com'],
    });
    expect(valuesOf({ ALLOWED_EMAIL_DOMAINS: ' , ' })).toEqual({});
  });

  it.each(['{"proxy_admin": ["a", "b"]}', "{'proxy_admin': ['a', 'b']}"])('reads groups from %s', (roles) => {
    const environment = {
      GENERIC_ROLE_MAPPINGS_GROUP_CLAIM: 'groups',
      GENERIC_ROLE_MAPPINGS_ROLES: roles,
      GENERIC_ROLE_MAPPINGS_DEFAULT_ROLE: 'internal_user',
    };
    expect(valuesOf(environment)['role_mappings']).toEqual({
      provider: 'generic',
      group_claim: 'groups',
      default_role: 'internal_user',
      roles: { proxy_admin: ['a', 'b'] },
    });
  });

  it('takes what LiteLLM’s config file has for it', () => {
    const general = {
      ui_access_mode: 'admin_only' as const,
      auto_redirect_ui_login_to_sso: true,
      litellm_jwtauth: { team_ids_jwt_field: 'groups' },
    };
    expect(valuesOf({ AUTO_REDIRECT_UI_LOGIN_TO_SSO: 'false' }, general)).toEqual({
      ui_access_mode: 'admin_only',
      auto_redirect_to_sso: true,
      team_mappings: { team_ids_jwt_field: 'groups' },
    });
  });

  it.each<[Record<string, string>, string]>([
    [{ SSO_ENFORCE: 'yes' }, "SSO_ENFORCE is 'yes', but must be true or false."],
    [{ GENERIC_DISCOVERY_URL: 'http://id.example.com' }, 'must be an address that begins with https://'],
    [{ GENERIC_TOKEN_ENDPOINT: 'id.example.com/token' }, 'must be an address that begins with https://'],
    [
      { GENERIC_ROLE_MAPPINGS_GROUP_CLAIM: 'groups', GENERIC_ROLE_MAPPINGS_ROLES: '{"root": ["a"]}' },
      'GENERIC_ROLE_MAPPINGS_ROLES must be JSON',
    ],
    [
      { GENERIC_ROLE_MAPPINGS_GROUP_CLAIM: 'groups', GENERIC_ROLE_MAPPINGS_DEFAULT_ROLE: 'root' },
      'GENERIC_ROLE_MAPPINGS_DEFAULT_ROLE',
    ],
  ])('does not start with %j', (environment, words) => {
    expect(() => valuesOf(environment)).toThrow(words);
  });

  it('warns of what is set and means nothing here', () => {
    const environment = { GENERIC_CLIENT_STATE: 'fixed', GENERIC_CLIENT_USE_PKCE: 'false', GENERIC_CLIENT_ID: 'x' };
    expect(warnAboutSingleSignOn(environment)).toEqual([
      expect.stringContaining('GENERIC_CLIENT_STATE has no effect'),
      'GENERIC_CLIENT_USE_PKCE has no effect: every sign-in uses PKCE.',
    ]);
  });
});
