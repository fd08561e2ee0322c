import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildWorld, credentialOf, deadCredentials, type World } from './build-world.ts';
import { type Caller, callers } from './callers.ts';
import { type DatabaseSnapshot, takeSnapshot } from './database-snapshot.ts';
import { leaksIn, privateTextsOf } from './private-texts.ts';

/** Contract 1.6, the last row: everybody but viewers of everything; keys for other things, and sessions, are refused. */
function expectedStatus(caller: Caller): 200 | 401 | 403 {
  if (caller.kind === 'session') return 401;
  if (caller.keyType === 'management' || caller.keyType === 'read_only') return 403;
  return caller.column === 'proxy_admin_viewer' ? 403 : 200;
}

describe('Calls of models', () => {
  let world: World;
  let snapshot: DatabaseSnapshot;
  beforeAll(async () => {
    world = await buildWorld();
    snapshot = await takeSnapshot(world.app.storage);
  });
  afterAll(() => world.app.close());

  const call = (path: string, key: string | null) =>
    world.app.send('POST', path, { key, body: { model: 'gpt', messages: [{ role: 'user', content: 'hi' }] } });

  test.each(['/v1/chat/completions', '/chat/completions'])(
    '%s serves whom the contract says, and nobody else',
    async (path) => {
      const texts = privateTextsOf(world);
      for (const caller of callers) {
        const answer = await call(path, credentialOf(world, caller));
        expect([caller.name, answer.status], answer.text).toEqual([caller.name, expectedStatus(caller)]);
        const leaks = leaksIn({ ...answer, sent: '' }, caller, texts, world.secrets.values());
        expect(leaks, `${caller.name}: ${answer.text}`).toEqual([]);
      }
      await world.app.flush();
      await snapshot.restore(await snapshot.changedTables());
    },
  );

  test.each([...deadCredentials, 'of nobody', 'none'])('are closed to a key that is %s', async (dead) => {
    const credential = dead === 'none' ? null : (world.secrets.get(dead) ?? 'sk-nobody-has-this-key-0001');
    const answer = await call('/v1/chat/completions', credential);
    expect([answer.status, Object.keys(answer.json())]).toEqual([401, ['error']]);
    await world.app.flush();
    expect(await snapshot.changedTables()).toEqual([]);
  });
});
