import { createHash } from 'node:crypto';
import type { Role } from '../access/permissions.contract.ts';
import type { TestAnswer, TestApp } from './start-test-app.ts';

/** Somebody who calls the API with a virtual key of their own. */
export interface Caller {
  readonly userId: string;
  readonly email: string;
  readonly key: string;
  readonly keyHash: string;
  send(method: string, path: string, body?: unknown): Promise<TestAnswer>;
}

let count = 0;

/** Adds a user with this role and a first key. @param fields what else `/user/new` is told. */
export async function makeCaller(app: TestApp, role: Role, fields: Record<string, unknown> = {}): Promise<Caller> {
  count += 1;
  const userId = `caller-${count}`;
  const email = `${userId}@example.com`;
  const body = { user_id: userId, user_email: email, user_role: role, ...fields };
  const answer = await app.send('POST', '/user/new', { body });
  if (answer.status !== 200) throw new Error(`The preparation of a test was refused: ${answer.status} ${answer.text}`);
  const { key } = answer.json<{ key: string }>();
  return {
    userId,
    email,
    key,
    keyHash: createHash('sha256').update(key).digest('hex'),
    send: (method, path, sent) => app.send(method, path, { key, ...(sent === undefined ? {} : { body: sent }) }),
  };
}

/** What an answer in the first of the contract's error shapes says; fails when it has another shape. */
export function errorOf(answer: TestAnswer): {
  status: number;
  message: string;
  type: string | null;
  param: string | null;
} {
  const { error } = answer.json<{
    error?: { message: string; type: string | null; param: string | null; code: string };
  }>();
  if (!error) throw new Error(`Not an error in the expected shape: ${answer.status} ${answer.text}`);
  if (error.code !== String(answer.status)) throw new Error(`code ${error.code} is not the status ${answer.status}`);
  return { status: answer.status, message: error.message, type: error.type, param: error.param };
}
