import type { Role } from '../access/permissions.contract.ts';
import type { TestAnswer, TestApp } from './start-test-app.ts';

/** A password that every policy accepts. */
export const testPassword = 'Correct-Horse-42!';

/** Somebody who was invited and has accepted. */
export interface Person {
  readonly userId: string;
  readonly email: string;
  /** The session as a bearer: `sk-session-…`. */
  readonly session: string;
  /** Sends a request with the session's cookie and its CSRF token, as the console does. */
  send(method: string, path: string, body?: unknown): Promise<TestAnswer>;
}

let count = 0;

/** Adds a person with this role, invites them and lets them accept with `testPassword`: the whole way, over HTTP. */
export async function makePerson(app: TestApp, role: Role, fields: Record<string, unknown> = {}): Promise<Person> {
  count += 1;
  const email = `person-${count}@example.com`;
  const body = { user_email: email, user_role: role, auto_create_key: false, ...fields };
  const user = expectOk(await app.send('POST', '/user/new', { body }));
  const userId = String(user['user_id']);
  const session = await acceptNewInvitation(app, userId);
  return { userId, email: String(user['user_email']), session, send: await signedInSender(app, session) };
}

/** Invites a user and accepts the invitation. @returns the session's token. */
export async function acceptNewInvitation(app: TestApp, userId: string, password = testPassword): Promise<string> {
  const invitation = expectOk(await app.send('POST', '/invitation/new', { body: { user_id: userId } }));
  const opened = expectOk(
    await app.send('GET', `/onboarding/get_token?invite_link=${invitation['id']}`, { key: null }),
  );
  const claimed = expectOk(
    await app.send('POST', '/onboarding/claim_token', {
      key: String(opened['onboarding_token']),
      body: { invitation_link: invitation['id'], user_id: userId, password },
    }),
  );
  return sessionOf(String(claimed['token']));
}

/** Signs in with e-mail address and password. @returns the session's token. */
export async function signInAs(app: TestApp, username: string, password = testPassword): Promise<string> {
  const answer = expectOk(await app.send('POST', '/v2/login', { key: null, body: { username, password } }));
  return sessionOf(String(answer['token']));
}

/** The session's token inside the JWT of a sign-in. */
export function sessionOf(jwt: string): string {
  const claims = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8')) as { key: string };
  return claims.key;
}

/** Sends requests as the console does: with the session's cookie, and its CSRF token. */
export async function signedInSender(app: TestApp, session: string): Promise<Person['send']> {
  const facts = expectOk(await app.send('GET', '/ui/session', { key: session }));
  const headers = { cookie: `latchkey_session=${session}`, 'x-csrf-token': String(facts['csrf_token']) };
  return (method, path, body) =>
    app.send(method, path, { key: null, headers, ...(body === undefined ? {} : { body }) });
}

function expectOk(answer: TestAnswer): Record<string, unknown> {
  if (answer.status !== 200) throw new Error(`The preparation of a test was refused: ${answer.status} ${answer.text}`);
  return answer.json();
}
