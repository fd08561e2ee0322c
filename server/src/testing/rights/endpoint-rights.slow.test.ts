import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Route } from '../../http/call.ts';
import { buildWorld, credentialOf, deadCredentials, type World } from './build-world.ts';
import { type Caller, callers } from './callers.ts';
import { type DatabaseSnapshot, takeSnapshot } from './database-snapshot.ts';
import { dependsOnThing, type EndpointRights, expectedOutcome, type Outcome } from './endpoint-rights.ts';
import { leaksIn, privateTextsOf } from './private-texts.ts';
import { whatIsWrongWith } from './refusal-shape.ts';
import { relationOf, type Thing } from './relations.ts';
import { isForRoute } from './route-groups.ts';
import { type Answer, sendInProcess } from './send-in-process.ts';
import { statements } from './statements.ts';
import { thingsOf } from './things.ts';

let world: World;
let snapshot: DatabaseSnapshot;
let privateTexts: ReturnType<typeof privateTextsOf>;

beforeAll(async () => {
  world = await buildWorld();
  snapshot = await takeSnapshot(world.app.storage);
  privateTexts = privateTextsOf(world);
});
afterAll(() => world.app.close());

const nameOf = ({ endpoint }: Route): string => `${endpoint.method} ${endpoint.path}`;

function routeOf(statement: EndpointRights): Route {
  const route = world.app.app.routes.find((candidate) => nameOf(candidate) === statement.endpoint);
  if (!route) throw new Error(`There is no endpoint ${statement.endpoint}.`);
  return route;
}

/**
 * The credentials to try on a thing: keys of persons where it matters what the thing is to them; all others on one
 * thing of each relation.
 */
function callersFor(statement: EndpointRights, thing: Thing): readonly Caller[] {
  const things = thingsOf(world, statement.on);
  return callers.filter((caller) => {
    const isPersonalKey = caller.key === `${caller.person}-key`;
    if (isPersonalKey && dependsOnThing(statement, caller)) return true;
    const relation = relationOf(caller, thing);
    return things.find((candidate) => relationOf(caller, candidate) === relation)?.id === thing.id;
  });
}

/** What the statement expects of this credential on this thing. */
function expected(statement: EndpointRights, caller: Caller, thing: Thing, route: Route): Outcome {
  const paths = [route.endpoint.path, ...route.endpoint.aliases];
  if (!statement.isPublic && !paths.some((path) => isForRoute(caller.keyType, path))) return 403;
  return expectedOutcome(statement, caller, relationOf(caller, thing));
}

/** What is wrong with an answer, in words; empty when nothing is. */
async function faultsOf(
  statement: EndpointRights,
  answer: Answer,
  outcome: Outcome,
  caller: Caller | null,
  thing: Thing,
): Promise<string[]> {
  const faults: string[] = [];
  const isServed = answer.status < 400;
  const mayBeServed = outcome === 'ok' || outcome === 'hidden';
  if (isServed !== mayBeServed || (!mayBeServed && answer.status !== outcome)) {
    faults.push(`${outcome} was expected, and it was ${answer.status}`);
  }
  if (!isServed) {
    const wrong = whatIsWrongWith(answer, statement.endpoint);
    if (wrong !== null) faults.push(wrong);
  }
  const leaks = statement.idIsCredential ? [] : leaksIn(answer, caller, privateTexts, world.secrets.values());
  if (leaks.length > 0) faults.push(`it tells ${leaks.join(', ')}`);
  if (outcome === 'hidden' && hidesNot(answer, thing)) faults.push('it shows what should be hidden');
  const changed = await snapshot.changedTables();
  if (changed.length > 0) {
    const mayChange = isServed && outcome === 'ok' && !statement.endpoint.startsWith('GET');
    const isCounting = !isServed && changed.every((table) => statement.refusalWrites?.includes(table));
    const isKept = isServed && changed.every((table) => statement.servedWrites?.includes(table));
    if (!mayChange && !isCounting && !isKept) faults.push(`it changed ${changed.join(', ')}`);
    await snapshot.restore(changed);
  }
  return faults.map(
    (fault) =>
      `${statement.endpoint} on ${thing.name} as ${caller?.name ?? 'nobody'}: ${fault}: ${answer.text.slice(0, 300)}`,
  );
}

/** The id was sent and may be repeated once; a second time it would be content. */
function hidesNot(answer: Answer, thing: Thing): boolean {
  return answer.text.split(thing.id).length > 2;
}

describe('Every endpoint, every credential, every thing', () => {
  test.each([...new Set(statements.map((statement) => statement.endpoint))])('%s', async (endpoint) => {
    const faults: string[] = [];
    let count = 0;
    for (const statement of statements.filter((candidate) => candidate.endpoint === endpoint)) {
      const route = routeOf(statement);
      for (const thing of thingsOf(world, statement.on)) {
        const input = statement.input(thing, world);
        for (const caller of callersFor(statement, thing)) {
          const answer = await sendInProcess(world.app, {
            endpoint: route.endpoint,
            path: route.endpoint.path,
            input,
            credential: credentialOf(world, caller),
          });
          count += 1;
          faults.push(...(await faultsOf(statement, answer, expected(statement, caller, thing, route), caller, thing)));
        }
      }
    }
    expect(faults.slice(0, 20)).toEqual([]);
    expect(count).toBeGreaterThanOrEqual(callers.length);
  });

  test.each([...deadCredentials, 'of nobody', 'none'])('is closed to a key that is %s', async (dead) => {
    const faults: string[] = [];
    const credential = dead === 'none' ? null : (world.secrets.get(dead) ?? 'sk-nobody-has-this-key-0001');
    for (const statement of statements.filter((candidate) => !candidate.isPublic)) {
      const route = routeOf(statement);
      const [thing] = thingsOf(world, statement.on);
      if (!thing) throw new Error(`There is nothing to aim at: ${statement.on}.`);
      const input = statement.input(thing, world);
      const answer = await sendInProcess(world.app, {
        endpoint: route.endpoint,
        path: route.endpoint.path,
        input,
        credential,
      });
      faults.push(...(await faultsOf(statement, answer, 401, null, thing)));
    }
    expect(faults.slice(0, 20)).toEqual([]);
  });
});
