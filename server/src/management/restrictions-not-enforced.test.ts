import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../testing/start-test-app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  await app.send('POST', '/key/generate', { body: { key: 'sk-a-key-of-the-test' } });
  await app.send('POST', '/team/new', { body: { team_id: 'team' } });
  await app.send('POST', '/user/new', { body: { user_id: 'person', auto_create_key: false } });
  await app.send('POST', '/user/new', { body: { user_id: 'other', auto_create_key: false } });
  await app.send('POST', '/organization/new', {
    body: { organization_id: 'organization', organization_alias: 'One' },
  });
});
afterAll(() => app.close());

const anywhere = {
  guardrails: ['no-secrets'],
  policies: ['strict'],
  object_permission: { vector_stores: ['a'] },
  access_group_ids: ['group'],
  mcp_rpm_limit: { server: 1 },
  tag_rpm_limit: { production: 1 },
  allowed_passthrough_routes: ['/a'],
  allowed_vector_store_indexes: [{ index_name: 'a', index_permissions: ['read'] }],
};
const memberModels = { allowed_models: ['gpt-5.5'] };
const ofTeams = { ...anywhere, default_team_member_models: ['gpt-5.5'] };

test.each<['POST' | 'PATCH', string, Record<string, unknown>, Record<string, unknown>]>([
  ['POST', '/key/generate', {}, anywhere],
  ['POST', '/key/update', { key: 'sk-a-key-of-the-test', tpm_limit: 7 }, anywhere],
  ['POST', '/user/new', { auto_create_key: false }, anywhere],
  ['POST', '/user/update', { user_id: 'person', user_alias: 'One' }, anywhere],
  ['POST', '/team/new', {}, ofTeams],
  ['POST', '/team/update', { team_id: 'team' }, ofTeams],
  ['PATCH', '/team/team', {}, ofTeams],
  ['POST', '/team/member_add', { team_id: 'team', member: { user_id: 'other', role: 'user' } }, memberModels],
  ['POST', '/team/member_update', { team_id: 'team', user_id: 'default_user_id', tpm_limit: 7 }, memberModels],
  ['POST', '/organization/new', { organization_alias: 'Two' }, { ...anywhere, ...memberModels }],
  ['PATCH', '/organization/update', { organization_id: 'organization' }, { ...anywhere, ...memberModels }],
])('%s %s refuses by name what would not hold, and takes it empty', async (method, path, body, restrictions) => {
  const before = (await app.send('GET', '/audit')).json()['total'];
  for (const [field, value] of Object.entries(restrictions)) {
    const answer = await app.send(method, path, { body: { ...body, [field]: value } });
    expect([answer.status, answer.json()['detail']], field).toEqual([
      422,
      [expect.objectContaining({ loc: ['body', field], msg: expect.stringContaining('does not enforce it') })],
    ]);
  }
  expect((await app.send('GET', '/audit')).json()['total']).toBe(before);
  const empty = Object.keys(restrictions).map((field, index) => [field, [null, [], {}][index % 3]]);
  const answer = await app.send(method, path, { body: { ...body, ...Object.fromEntries(empty) } });
  expect(answer.status, answer.text).toBe(200);
});
