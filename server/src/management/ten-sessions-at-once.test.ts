import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnEachEngine } from '../testing/each-engine.ts';
import { makePersonalKey, makeTeamKey, post } from '../testing/make-key.ts';
import { makePerson, type Person, testPassword } from '../testing/make-person.ts';
import { startTestApp, type TestAnswer, type TestApp } from '../testing/start-test-app.ts';
import { resetDueBudgets } from './budgets/index.ts';
import { rotateDueKeys } from './keys/index.ts';
import { hashSecret } from './keys/key-secret.ts';

const sessions = 10;
let count = 0;
/** A name that nobody has had. */
const fresh = (kind: string) => {
  count += 1;
  return `${kind}-${count}`;
};

describeOnEachEngine(
  'Of ten sessions that do the same thing at once, on two instances, one succeeds',
  (openStorage) => {
    let apps: readonly [TestApp, TestApp];
    let admins: Person[];
    let now = Date.parse('2026-11-25T15:00:00Z');

    beforeAll(async () => {
      const storage = await openStorage();
      const shared = { ...storage, close: async () => undefined };
      const options = { storage: shared, now: () => now };
      apps = [await startTestApp(options), await startTestApp(options)];
      admins = [];
      for (let index = 0; index < sessions; index += 1) {
        admins.push(await makePerson(apps[index % 2] ?? apps[0], 'proxy_admin'));
      }
    });
    afterAll(async () => {
      for (const app of apps) await app.close();
    });

    /** Lets ten admins, each in a session of their own, send the same request. */
    const tenTimes = (method: string, path: string, body?: unknown): Promise<TestAnswer[]> =>
      Promise.all(admins.map((admin) => admin.send(method, path, body)));

    /** One answer is the success, the others are refusals with these statuses, each in words. @returns the success. */
    function expectOneSuccess(answers: readonly TestAnswer[], ...refusals: number[]): TestAnswer {
      const successes = answers.filter(({ status }) => status === 200);
      const others = answers.filter(({ status }) => status !== 200);
      expect(
        others.filter(({ status }) => !refusals.includes(status)).map(({ status, text }) => `${status} ${text}`),
      ).toEqual([]);
      expect(successes.map(({ text }) => text)).toHaveLength(1);
      for (const { text } of others) {
        expect(text).toMatch(/"(message|error|detail)":/);
        expect(text).not.toMatch(/constraint|duplicate key|SQLITE|violates/i);
      }
      return successes[0] ?? answers[0] ?? expect.unreachable();
    }

    const listed = async (path: string) =>
      (await apps[0].send('GET', path)).json<{ total?: number; total_count?: number }>();

    it('claims an invitation', async () => {
      const userId = String(
        (await post(apps[0], '/user/new', { user_email: `${fresh('claimer')}@x.io`, auto_create_key: false }))[
          'user_id'
        ],
      );
      const { id } = await post(apps[0], '/invitation/new', { user_id: userId });
      const claims = Array.from({ length: sessions }, async (_, index) => {
        const app = apps[index % 2] ?? apps[0];
        const opened = await app.send('GET', `/onboarding/get_token?invite_link=${id}`, { key: null });
        if (opened.status !== 200) return opened;
        return app.send('POST', '/onboarding/claim_token', {
          key: String(opened.json()['onboarding_token']),
          body: { invitation_link: id, user_id: userId, password: `${testPassword}${index}` },
        });
      });
      expectOneSuccess(await Promise.all(claims), 400, 401, 404, 409);
      const { is_accepted } = (await apps[0].send('GET', `/invitation/info?invitation_id=${id}`)).json();
      expect(is_accepted).toBe(true);
    });

    it('creates a key with an alias', async () => {
      const key_alias = fresh('alias');
      expectOneSuccess(await tenTimes('POST', '/key/generate', { key_alias }), 400);
      expect(await listed(`/key/list?key_alias=${key_alias}`)).toMatchObject({ total_count: 1 });
    });

    it('gives a key an alias', async () => {
      const key_alias = fresh('alias');
      const keys = await Promise.all(admins.map(() => makePersonalKey(apps[0])));
      const answers = await Promise.all(
        admins.map((admin, index) => admin.send('POST', '/key/update', { key: keys[index]?.key, key_alias })),
      );
      expectOneSuccess(answers, 400);
    });

    it('creates a key with a chosen secret', async () => {
      expectOneSuccess(
        await tenTimes('POST', '/key/generate', { key: `sk-chosen-${fresh('secret')}-0123456789` }),
        400,
      );
    });

    it('adds a user with an id, or with an e-mail address in whatever case', async () => {
      const user_id = fresh('user');
      expectOneSuccess(await tenTimes('POST', '/user/new', { user_id, auto_create_key: false }), 409);
      const name = fresh('mail');
      const answers = await Promise.all(
        admins.map((admin, index) =>
          admin.send('POST', '/user/new', {
            user_email: index % 2 === 0 ? `${name}@x.io` : `${name.toUpperCase()}@x.io`,
            auto_create_key: false,
          }),
        ),
      );
      expectOneSuccess(answers, 409);
      expect(await listed(`/user/list?user_email=${name}@x.io`)).toMatchObject({ total: 1 });
    });

    it('gives a user an e-mail address', async () => {
      const user_email = `${fresh('taken')}@x.io`;
      const people = await Promise.all(
        admins.map(async () => String((await post(apps[0], '/user/new', { auto_create_key: false }))['user_id'])),
      );
      const answers = await Promise.all(
        admins.map((admin, index) => admin.send('POST', '/user/update', { user_id: people[index], user_email })),
      );
      expectOneSuccess(answers, 409);
    });

    it('creates a team with an id', async () => {
      const team_id = fresh('team');
      expectOneSuccess(await tenTimes('POST', '/team/new', { team_id, team_alias: team_id }), 400);
    });

    it('adds a member to a team, by id or as somebody new by e-mail address', async () => {
      const { team_id } = await post(apps[0], '/team/new', { team_id: fresh('team') });
      const { user_id } = await post(apps[0], '/user/new', { user_id: fresh('member'), auto_create_key: false });
      expectOneSuccess(await tenTimes('POST', '/team/member_add', { team_id, member: { role: 'user', user_id } }), 400);
      const user_email = `${fresh('newcomer')}@x.io`;
      expectOneSuccess(
        await tenTimes('POST', '/team/member_add', { team_id, member: { role: 'user', user_email } }),
        400,
        409,
      );
      expect(await listed(`/user/list?user_email=${user_email}`)).toMatchObject({ total: 1 });
      const team = (await apps[0].send('GET', `/team/info?team_id=${team_id}`)).json<{
        team_info: { members_with_roles: unknown[] };
      }>();
      expect(team.team_info.members_with_roles.length).toBeGreaterThanOrEqual(2);
    });

    it('takes a member out of a team', async () => {
      const { teamId: team_id, userId: user_id } = await makeTeamKey(apps[0]);
      expectOneSuccess(await tenTimes('POST', '/team/member_delete', { team_id, user_id }), 400);
    });

    it('adds a model with an id; a name may stand for several', async () => {
      const id = fresh('model');
      const model = (model_info: object) => ({
        model_name: id,
        litellm_params: { model: 'openai/x', api_key: 'secret', mock_response: 'x' },
        model_info,
      });
      expectOneSuccess(await tenTimes('POST', '/model/new', model({ id })), 400);
      const others = await tenTimes('POST', '/model/new', model({}));
      expect(others.map(({ status }) => status)).toEqual(Array(sessions).fill(200));
      expectOneSuccess(await tenTimes('POST', '/model/delete', { id }), 400);
    });

    it('creates, changes and deletes a budget', async () => {
      const budget_id = fresh('budget');
      expectOneSuccess(await tenTimes('POST', '/budget/new', { budget_id, max_budget: 1 }), 400, 409);
      expectOneSuccess(await tenTimes('POST', '/budget/delete', { id: budget_id }), 400, 404);
    });

    it('adds a customer', async () => {
      expectOneSuccess(await tenTimes('POST', '/customer/new', { user_id: fresh('customer') }), 400);
    });

    it('regenerates a key', async () => {
      const { key } = await makePersonalKey(apps[0]);
      const success = expectOneSuccess(await tenTimes('POST', '/key/regenerate', { key }), 400, 401, 404, 409);
      const { key: secret } = success.json();
      expect((await apps[1].send('GET', '/key/info', { key: String(secret) })).status).toBe(200);
    });

    it('deletes a key, a user, a team', async () => {
      const personal = await makePersonalKey(apps[0]);
      const team = await makeTeamKey(apps[0]);
      expectOneSuccess(await tenTimes('POST', '/key/delete', { keys: [personal.key] }), 404);
      expectOneSuccess(await tenTimes('POST', '/user/delete', { user_ids: [personal.userId] }), 404);
      expectOneSuccess(await tenTimes('POST', '/team/delete', { team_ids: [team.teamId] }), 404);
      const entries = await apps[0].storage.db
        .selectFrom('audit_log')
        .select('object_type')
        .where('action', '=', 'deleted')
        .where('object_id', 'in', [personal.userId, team.teamId, hashSecret(personal.key), hashSecret(team.key)])
        .execute();
      expect(entries.map(({ object_type }) => object_type).sort()).toEqual(['key', 'key', 'team', 'user']);
    });

    it('resets the budgets that are due, and rotates the keys', async () => {
      const { userId, key } = await makePersonalKey(apps[0], {
        user: { max_budget: 5, budget_duration: '1d' },
        key: { max_budget: 5, budget_duration: '1d', auto_rotate: true, rotation_interval: '1d' },
      });
      const { teamId } = await makeTeamKey(apps[0], {
        team: { max_budget: 5, budget_duration: '1d' },
        member: { max_budget_in_team: 5, budget_duration: '1d' },
      });
      // A gateway that was down for days catches up in one step.
      now += 5 * 86_400_000;
      const parts = Array.from({ length: sessions }, (_, index) => (apps[index % 2] ?? apps[0]).app.parts);
      const reset = await Promise.all(parts.map((each) => resetDueBudgets(each)));
      const rotated = await Promise.all(parts.map((each) => rotateDueKeys(each)));
      expect(reset.reduce((sum, resets) => sum + resets, 0)).toBe(4);
      expect(rotated.reduce((sum, rotations) => sum + rotations, 0)).toBe(1);
      const entries = await apps[0].storage.db
        .selectFrom('audit_log')
        .select(['action', 'object_type', 'object_id'])
        .where('action', 'in', ['reset', 'regenerated'])
        .where('happened_at', '=', now)
        .execute();
      expect(entries.map(({ action, object_type }) => `${action} ${object_type}`).sort()).toEqual([
        'regenerated key',
        'reset key',
        'reset team',
        'reset team-member',
        'reset user',
      ]);
      expect(entries.map(({ object_id }) => object_id)).toEqual(expect.arrayContaining([userId, teamId]));
      expect((await apps[0].send('GET', '/key/info', { key })).status).toBe(401);
    });
  },
);
