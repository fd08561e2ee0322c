import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEachEngine } from '../each-engine.ts';
import { testMasterKey } from '../start-test-app.ts';
import { badInputsOf } from './bad-inputs.ts';
import { buildWorld, type World } from './build-world.ts';
import { type DatabaseSnapshot, takeSnapshot } from './database-snapshot.ts';
import { whatIsWrongWith } from './refusal-shape.ts';
import { type Answer, sendInProcess, sendRaw } from './send-in-process.ts';
import { statements } from './statements.ts';
import { thingsOf } from './things.ts';

/** Bodies that are no object, or not JSON at all. */
const badBodies = ['{', '[]', '"text"', '7', 'null', '{"a":}', `${'['.repeat(100_000)}`, '\0', '{"a":1}{"b":2}'];

describeOnEachEngine(
  'Input that makes no sense is refused in words, and changes nothing',
  (openTestStorage, engine) => {
    let world: World;
    let snapshot: DatabaseSnapshot;
    beforeAll(async () => {
      world = await buildWorld(engine === 'sqlite' ? undefined : await openTestStorage());
      snapshot = await takeSnapshot(world.app.storage);
    });
    afterAll(() => world.app.close());

    test.each([...Map.groupBy(statements, (statement) => statement.endpoint)])('%s', async (name, [statement]) => {
      if (!statement) throw new Error(`There is no statement for ${name}.`);
      const { endpoint } =
        world.app.app.routes.find((route) => `${route.endpoint.method} ${route.endpoint.path}` === name) ?? {};
      if (!endpoint) throw new Error(`There is no ${name}.`);
      const [thing] = thingsOf(world, statement.on);
      if (!thing) throw new Error('There is nothing to aim at.');
      const faults: string[] = [];
      const check = async (what: string, answer: Answer, mustBeRefused = true) => {
        const isRefused = answer.status >= 400 && answer.status < 500;
        const wrong = isRefused ? whatIsWrongWith(answer, name) : `it was ${answer.status}`;
        const mayBeServed = !mustBeRefused || statement.tellsOfEach;
        if (wrong !== null && !(mayBeServed && answer.status < 400)) {
          faults.push(`${what}: ${wrong}: ${answer.text.slice(0, 200)}`);
        }
        const changed = await snapshot.changedTables();
        if (changed.length === 0) return;
        const isCounting = changed.every((table) => statement.refusalWrites?.includes(table));
        if ((isRefused || mustBeRefused) && !isCounting) faults.push(`${what}: it changed ${changed.join(', ')}`);
        await snapshot.restore(changed);
      };
      const credential = testMasterKey;
      for (const { what, input, mustBeRefused } of badInputsOf(endpoint, statement.input(thing, world))) {
        const sent = { endpoint, path: endpoint.path, input, credential };
        await check(what, await sendInProcess(world.app, sent), mustBeRefused);
      }
      if (endpoint.inputIn === 'body') {
        for (const body of badBodies) {
          const url = endpoint.path.replaceAll(/\{\w+\}/g, 'x');
          await check(body.slice(0, 20), await sendRaw(world.app, { method: endpoint.method, url, body, credential }));
        }
      }
      expect(faults.slice(0, 30)).toEqual([]);
    });
  },
);
