import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { type IdentityProvider, startIdentityProvider } from '../../testing/identity-provider.ts';
import { openBrowser, settingsFor } from '../../testing/sign-on-browser.ts';
import { startTestApp, type TestApp } from '../../testing/start-test-app.ts';

/** What one sign-in leads to: role, teams, and what the audit log says happened to the person. */
interface Led {
  readonly role: string;
  readonly teams: readonly string[];
  /** `action object-type`, in the order of the alphabet, without the session. */
  readonly audit: readonly string[];
}

interface Case {
  readonly what: string;
  /** Changes to the settings of single sign-on. */
  readonly settings?: Record<string, unknown>;
  /** A user with the address of the person, who is there before. */
  readonly invited?: Record<string, unknown>;
  readonly first: Record<string, unknown>;
  readonly firstLed: Led;
  readonly later: Record<string, unknown>;
  readonly laterLed: Led;
  /** Sent between the two sign-ins, with `{user}` for the person's id. */
  readonly meanwhile?: readonly [method: string, path: string, body: Record<string, unknown>];
}

const byGroups = {
  provider: 'generic',
  group_claim: 'groups',
  default_role: null,
  roles: { proxy_admin: ['gateway-admins'], proxy_admin_viewer: ['auditors'], internal_user: ['staff', 'devs'] },
};
const created = ['created user', 'updated user'];

const cases: readonly Case[] = [
  {
    what: 'no mapping: the role of new users, and it stays',
    first: { groups: ['gateway-admins'] },
    firstLed: { role: 'internal_user_viewer', teams: [], audit: created },
    later: { groups: [] },
    laterLed: { role: 'internal_user_viewer', teams: [], audit: [] },
  },
  {
    what: 'a group that gives a role',
    settings: { role_mappings: byGroups },
    first: { groups: ['gateway-admins'] },
    firstLed: { role: 'proxy_admin', teams: [], audit: created },
    later: { groups: ['gateway-admins'] },
    laterLed: { role: 'proxy_admin', teams: [], audit: [] },
  },
  {
    what: 'of several groups the widest role',
    settings: { role_mappings: byGroups },
    first: { groups: ['devs', 'auditors', 'others'] },
    firstLed: { role: 'proxy_admin_viewer', teams: [], audit: created },
    later: { groups: ['devs'] },
    laterLed: { role: 'internal_user', teams: [], audit: ['updated user'] },
  },
  {
    what: 'an admin who has left the group is no admin any more',
    settings: { role_mappings: byGroups },
    first: { groups: ['gateway-admins'] },
    firstLed: { role: 'proxy_admin', teams: [], audit: created },
    later: {},
    laterLed: { role: 'internal_user_viewer', teams: [], audit: ['updated user'] },
  },
  {
    what: 'a role that an admin has given stays when no group says another',
    settings: { role_mappings: byGroups },
    first: { groups: ['staff'] },
    firstLed: { role: 'internal_user', teams: [], audit: created },
    meanwhile: ['POST', '/user/update', { user_id: '{user}', user_role: 'proxy_admin_viewer' }],
    later: { groups: [] },
    laterLed: { role: 'proxy_admin_viewer', teams: [], audit: [] },
  },
  {
    what: 'people in no group get the default role of the mapping',
    settings: { role_mappings: { ...byGroups, default_role: 'internal_user_viewer' } },
    invited: { user_role: 'internal_user' },
    first: { groups: ['others'] },
    firstLed: { role: 'internal_user_viewer', teams: [], audit: ['updated user', 'updated user'] },
    later: { groups: ['staff'] },
    laterLed: { role: 'internal_user', teams: [], audit: ['updated user'] },
  },
  {
    what: 'an invited person keeps the role of the invitation when the claims say none',
    settings: { role_mappings: byGroups },
    invited: { user_role: 'internal_user' },
    first: { groups: ['others'] },
    firstLed: { role: 'internal_user', teams: [], audit: ['updated user'] },
    later: { groups: ['others'] },
    laterLed: { role: 'internal_user', teams: [], audit: [] },
  },
  {
    what: 'the mapping of another provider says nothing',
    settings: { role_mappings: { ...byGroups, provider: 'google' } },
    first: { groups: ['gateway-admins'] },
    firstLed: { role: 'internal_user_viewer', teams: [], audit: created },
    later: { groups: ['gateway-admins'] },
    laterLed: { role: 'internal_user_viewer', teams: [], audit: [] },
  },
  {
    what: 'a claim that names a role counts before groups, whichever way it is written',
    settings: { role_mappings: byGroups },
    first: { role: 'internal_user', groups: ['gateway-admins'] },
    firstLed: { role: 'internal_user', teams: [], audit: created },
    later: { role: ['nonsense', 'proxy_admin_viewer', 'internal_user'] },
    laterLed: { role: 'proxy_admin_viewer', teams: [], audit: ['updated user'] },
  },
  {
    what: 'a claim with a role that does not exist says nothing',
    first: { role: 'superuser' },
    firstLed: { role: 'internal_user_viewer', teams: [], audit: created },
    later: { role: { proxy_admin: true } },
    laterLed: { role: 'internal_user_viewer', teams: [], audit: [] },
  },
  {
    what: 'the verified address of the admin',
    settings: { user_email: 'Boss@Acme.io' },
    first: { email: 'boss@acme.io' },
    firstLed: { role: 'proxy_admin', teams: [], audit: created },
    later: { email: 'boss@acme.io' },
    laterLed: { role: 'proxy_admin', teams: [], audit: [] },
  },
  {
    what: 'the address of the admin when it is not verified',
    settings: { user_email: 'boss-2@acme.io' },
    first: { email: 'boss-2@acme.io', email_verified: false },
    firstLed: { role: 'internal_user_viewer', teams: [], audit: created },
    later: { email: 'boss-2@acme.io', email_verified: false },
    laterLed: { role: 'internal_user_viewer', teams: [], audit: [] },
  },
  {
    what: 'teams that exist, and no others; left when the claims leave them out',
    settings: { team_mappings: { team_ids_jwt_field: 'teams' } },
    first: { teams: ['red', 'blue', 'unknown'] },
    firstLed: {
      role: 'internal_user_viewer',
      teams: ['blue', 'red'],
      audit: ['created team-member', 'created team-member', ...created],
    },
    later: { teams: ['red', 'green'] },
    laterLed: {
      role: 'internal_user_viewer',
      teams: ['green', 'red'],
      audit: ['created team-member', 'deleted team-member'],
    },
  },
  {
    what: 'claims that say nothing about teams change nothing; an empty list does',
    settings: { team_mappings: { team_ids_jwt_field: 'realm.teams' } },
    first: { realm: { teams: ['red'] } },
    firstLed: { role: 'internal_user_viewer', teams: ['red'], audit: ['created team-member', ...created] },
    later: {},
    laterLed: { role: 'internal_user_viewer', teams: ['red'], audit: [] },
  },
  {
    what: 'a team that an admin has put the person into stays',
    settings: { team_mappings: { team_ids_jwt_field: 'teams' } },
    first: { teams: ['red'] },
    firstLed: { role: 'internal_user_viewer', teams: ['red'], audit: ['created team-member', ...created] },
    meanwhile: ['POST', '/team/member_add', { team_id: 'blue', member: { role: 'user', user_id: '{user}' } }],
    later: { teams: [] },
    laterLed: { role: 'internal_user_viewer', teams: ['blue'], audit: ['deleted team-member'] },
  },
  {
    what: 'somebody who was made admin of their team stays in it',
    settings: { team_mappings: { team_ids_jwt_field: 'teams' } },
    first: { teams: ['red'] },
    firstLed: { role: 'internal_user_viewer', teams: ['red'], audit: ['created team-member', ...created] },
    meanwhile: ['POST', '/team/member_update', { team_id: 'red', user_id: '{user}', role: 'admin' }],
    later: { teams: [] },
    laterLed: { role: 'internal_user_viewer', teams: ['red'], audit: [] },
  },
  {
    what: 'a new address that the provider has verified, where it gave the old one',
    first: { email: 'maiden@acme.io' },
    firstLed: { role: 'internal_user_viewer', teams: [], audit: created },
    later: { email: 'married@acme.io' },
    laterLed: { role: 'internal_user_viewer', teams: [], audit: ['updated user'] },
  },
];

describeOnEachEngine('Claims of a provider', (openStorage) => {
  let provider: IdentityProvider;
  let app: TestApp;

  beforeAll(async () => {
    provider = await startIdentityProvider();
    app = await startTestApp({ storage: await openStorage(), settings: { singleSignOn: settingsFor(provider) } });
    for (const team_id of ['red', 'blue', 'green']) await app.send('POST', '/team/new', { body: { team_id } });
  });
  afterAll(async () => {
    await app.close();
    await provider.close();
  });

  const nothingSet = {
    ...{
      role_mappings: null,
      team_mappings: null,
      user_email: null,
      ui_access_mode: null,
      allowed_email_domains: null,
    },
    ...{ allow_new_users: null, generic_trust_email: null },
  };
  const set = async (settings: Record<string, unknown>) => {
    const answer = await app.send('PATCH', '/update/sso_settings', { body: { ...nothingSet, ...settings } });
    expect(answer.status, answer.text).toBe(200);
  };

  let people = 0;
  async function signOn(name: string, claims: Record<string, unknown>): Promise<Led & { userId: string }> {
    const before = await app.storage.db.selectFrom('audit_log').select('audit_id').execute();
    provider.people.set(name, { email: `${name}@acme.io`, email_verified: true, preferred_username: name, ...claims });
    const browser = openBrowser(app);
    const answer = await browser.signOn(provider, name);
    const session = await app.send('GET', '/ui/session', { key: browser.session() });
    expect(session.status, answer.headers.get('location') ?? '').toBe(200);
    const { user, role, teams } = session.json<{
      user: { user_id: string };
      role: string;
      teams: { team_id: string }[];
    }>();
    const known = new Set(before.map((row) => row.audit_id));
    const entries = await app.storage.db.selectFrom('audit_log').selectAll().execute();
    const audit = entries
      .filter((entry) => !known.has(entry.audit_id) && entry.object_type !== 'session')
      .map((entry) => `${entry.action} ${entry.object_type}`)
      .sort();
    return { userId: user.user_id, role, teams: teams.map((team) => team.team_id).sort(), audit };
  }

  it.each(cases)('lead, first and later, to: $what', async ({ settings = {}, invited, first, firstLed, ...then }) => {
    people += 1;
    const name = `claims-${people}`;
    await set(settings);
    if (invited) {
      const body = { user_email: `${name}@acme.io`, auto_create_key: false, ...invited };
      expect((await app.send('POST', '/user/new', { body })).status).toBe(200);
    }
    const { userId, ...led } = await signOn(name, first);
    expect(led).toEqual(firstLed);
    if (then.meanwhile) {
      const [method, path, body] = then.meanwhile;
      const sent = JSON.stringify(body).replaceAll('{user}', userId);
      expect((await app.send(method, path, { body: sent })).status).toBe(200);
    }
    const { userId: sameId, ...ledLater } = await signOn(name, then.later);
    expect([sameId, ledLater]).toEqual([userId, then.laterLed]);
  });

  it('take the keys of a team away together with the membership', async () => {
    await set({ team_mappings: { team_ids_jwt_field: 'teams' }, role_mappings: byGroups });
    const { userId } = await signOn('leaver', { teams: ['red'], groups: ['staff'] });
    const { key } = (await app.send('POST', '/key/generate', { body: { user_id: userId, team_id: 'red' } })).json<{
      key: string;
    }>();
    expect((await app.send('GET', '/v1/models', { key })).status).toBe(200);
    const { audit } = await signOn('leaver', { teams: [], groups: ['staff'] });
    expect(audit).toEqual(['deleted key', 'deleted team-member']);
    expect((await app.send('GET', '/v1/models', { key })).status).toBe(401);
  });

  it('say who changed a role in the audit log', async () => {
    await set({ role_mappings: byGroups });
    const { userId } = await signOn('promoted', { groups: ['staff'] });
    await signOn('promoted', { groups: ['gateway-admins'] });
    const entry = await app.storage.db
      .selectFrom('audit_log')
      .selectAll()
      .where('object_id', '=', userId)
      .orderBy('happened_at', 'desc')
      .where('after_json', 'like', '%changed_by_provider%')
      .executeTakeFirstOrThrow();
    expect(JSON.parse(entry.before_json)).toMatchObject({ user_role: 'internal_user' });
    expect(JSON.parse(entry.after_json)).toMatchObject({ user_role: 'proxy_admin', changed_by_provider: 'generic' });
  });

  it('give new internal users their budget, and the defaults of new users', async () => {
    await set({ role_mappings: byGroups });
    const defaults = { max_budget: 12, budget_duration: '30d', teams: ['green'], user_role: 'internal_user' };
    await app.send('PATCH', '/update/internal_user_settings', { body: defaults });
    const { userId, role, teams } = await signOn('budgeted', { groups: [] });
    expect([role, teams]).toEqual(['internal_user', ['green']]);
    const info = (await app.send('GET', `/v2/user/info?user_id=${userId}`)).json();
    expect(info).toMatchObject({ max_budget: 12, budget_duration: '30d' });
    const none = { max_budget: null, budget_duration: null, teams: null, user_role: null };
    await app.send('PATCH', '/update/internal_user_settings', { body: none });
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>, string]>([
    [
      'another domain',
      { allowed_email_domains: ['acme.io'] },
      { email: 'x@acme.io.evil.example' },
      'email_domain_not_allowed',
    ],
    ['a domain below', { allowed_email_domains: ['acme.io'] }, { email: 'x@sub.acme.io' }, 'email_domain_not_allowed'],
    ['no address', { allowed_email_domains: ['acme.io'] }, { email: undefined }, 'email_domain_not_allowed'],
    [
      'two addresses in one',
      { allowed_email_domains: ['acme.io'] },
      { email: 'x@evil.example@acme.io' },
      'email_domain_not_allowed',
    ],
    [
      'a domain that is not verified',
      { allowed_email_domains: ['acme.io'] },
      { email_verified: false },
      'email_not_verified',
    ],
    ['somebody whom nobody has invited', { allow_new_users: false }, {}, 'not_invited'],
    [
      'somebody outside the group',
      {
        ui_access_mode: {
          type: 'restricted_sso_group',
          restricted_sso_group: 'gateway',
          sso_group_jwt_field: 'groups',
        },
      },
      { groups: ['gateway-2'] },
      'group_required',
    ],
    ['everybody but admins', { ui_access_mode: 'admin_only' }, {}, 'admins_only'],
  ])('keep out %s, and leave nothing behind', async (_who, settings, claims, code) => {
    await set(settings);
    people += 1;
    const name = `refused-${people}`;
    provider.people.set(name, { email: `${name}@acme.io`, email_verified: true, preferred_username: name, ...claims });
    const browser = openBrowser(app);
    const location = (await browser.signOn(provider, name)).headers.get('location') ?? '';
    expect(new URL(location).searchParams.get('sso_error')).toBe(code);
    expect(browser.session()).toBeNull();
    expect((await app.send('GET', `/v2/user/info?user_id=${name}`)).status).toBe(404);
    expect((await app.send('GET', `/user/list?sso_user_ids=${name}`)).json()['total']).toBe(0);
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['a domain in any case', { allowed_email_domains: ['@ACME.io'] }, { email: 'IN@Acme.IO' }],
    [
      'somebody in the group',
      {
        ui_access_mode: {
          type: 'restricted_sso_group',
          restricted_sso_group: 'gateway',
          sso_group_jwt_field: 'groups',
        },
      },
      { groups: ['gateway'] },
    ],
    ['an admin', { ui_access_mode: 'admin_only', role_mappings: byGroups }, { groups: ['auditors'] }],
    [
      'an address that the provider never calls verified',
      { generic_trust_email: true, allowed_email_domains: ['acme.io'] },
      { email_verified: undefined },
    ],
  ])('let in %s', async (_who, settings, claims) => {
    await set(settings);
    people += 1;
    const { userId } = await signOn(`let-in-${people}`, claims);
    expect((await app.send('GET', `/user/list?sso_user_ids=let-in-${people}`)).json()['users']).toEqual([
      expect.objectContaining({ user_id: userId, sso_user_id: `let-in-${people}` }),
    ]);
  });
});
