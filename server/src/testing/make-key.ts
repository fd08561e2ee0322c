import type { TestAnswer, TestApp } from './start-test-app.ts';

/** A key with its owners. */
export interface TestKey {
  readonly key: string;
  readonly userId: string;
  readonly teamId: string | null;
}

let count = 0;

/** Makes a user with one personal key. */
export async function makePersonalKey(
  app: TestApp,
  fields: { user?: Record<string, unknown>; key?: Record<string, unknown> } = {},
): Promise<TestKey> {
  const userId = await makeUser(app, fields.user);
  const { key } = await post(app, '/key/generate', { user_id: userId, ...fields.key });
  return { key: String(key), userId, teamId: null };
}

/** Makes a team with one member and a key of theirs for the team. */
export async function makeTeamKey(
  app: TestApp,
  fields: {
    user?: Record<string, unknown>;
    team?: Record<string, unknown>;
    member?: Record<string, unknown>;
    key?: Record<string, unknown>;
  } = {},
): Promise<TestKey & { readonly teamId: string }> {
  const userId = await makeUser(app, fields.user);
  const teamId = String((await post(app, '/team/new', { team_id: `team-${userId}`, ...fields.team }))['team_id']);
  await post(app, '/team/member_add', { team_id: teamId, member: { role: 'user', user_id: userId }, ...fields.member });
  const { key } = await post(app, '/key/generate', { user_id: userId, team_id: teamId, ...fields.key });
  return { key: String(key), userId, teamId };
}

async function makeUser(app: TestApp, fields: Record<string, unknown> = {}): Promise<string> {
  count += 1;
  const body = { user_id: `holder-${count}`, user_role: 'internal_user', auto_create_key: false, ...fields };
  return String((await post(app, '/user/new', body))['user_id']);
}

/** Sends a preparation as the master, which must succeed. */
export async function post(app: TestApp, path: string, body: unknown): Promise<Record<string, unknown>> {
  return prepared(await app.send('POST', path, { body }));
}

function prepared(answer: TestAnswer): Record<string, unknown> {
  if (answer.status !== 200) throw new Error(`The preparation of a test was refused: ${answer.status} ${answer.text}`);
  return answer.json();
}
