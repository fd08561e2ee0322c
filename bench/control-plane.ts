import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { migrations } from '../server/src/migrations.ts';
import { openStorage, type Storage } from '../server/src/storage/open-storage.ts';
import { startPostgres } from '../server/src/testing/start-postgres.ts';
import { startTestApp, type TestApp } from '../server/src/testing/start-test-app.ts';
import { type WatchedStorage, watchStorage } from '../server/src/testing/watch-plans.ts';
import { fillDatabase } from '../server/src/testing/year-of-data/fill-database.ts';
import { sizesAt } from '../server/src/testing/year-of-data/filling.ts';
import { callsAbout } from './control-plane/calls.ts';
import { type CallFigures, measureCall } from './control-plane/measure-calls.ts';
import type { CallerName, MeasuredCall, Subjects } from './control-plane/measured-call.ts';

// What the control plane takes to answer on a database of the size it is built for: every list, detail and usage call,
// as three kinds of callers, on either engine. And which statements read a whole big table, by the engine's own plan.

const { values: options } = parseArgs({
  options: {
    engine: { type: 'string', multiple: true, default: ['sqlite', 'postgres'] },
    /** 1: 400,000 keys, 20,000 users, 2,000 teams and the 10 million requests of a year; or a fraction. */
    scale: { type: 'string', default: '1' },
    /** How many requests there are, if not what the scale says: lists of keys and people do not depend on them. */
    requests: { type: 'string' },
    runs: { type: 'string', default: '15' },
    /** A folder in which the data stay for the next run. */
    keep: { type: 'string' },
    /** Only calls whose name or path contains one of these. */
    only: { type: 'string', multiple: true, default: [''] },
    /** Prints the plans that scan, with their statements. */
    plans: { type: 'boolean', default: false },
    /** Above this median a call is marked. */
    'limit-ms': { type: 'string', default: '100' },
  },
});
const scale = Number(options.scale);
const sizes = sizesAt(scale);
const requests = options.requests === undefined ? sizes.requests : Number(options.requests);
const runs = Number(options.runs);
const limitMs = Number(options['limit-ms']);
const dayMs = 86_400_000;

const folder = options.keep ?? mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
mkdirSync(folder, { recursive: true });
try {
  for (const engine of options.engine) {
    if (engine !== 'sqlite' && engine !== 'postgres') throw new Error(`There is no engine '${engine}'.`);
    await runOn(engine);
  }
} finally {
  if (options.keep === undefined) rmSync(folder, { recursive: true, force: true });
}

async function runOn(engine: Storage['engine']): Promise<void> {
  const files = join(folder, `${engine}-${scale}${requests === sizes.requests ? '' : `-${requests}`}`);
  const filledFile = join(files, 'ends-at');
  if (!existsSync(filledFile)) rmSync(files, { recursive: true, force: true });
  mkdirSync(files, { recursive: true, mode: 0o755 });
  const server =
    engine === 'postgres'
      ? await startPostgres({
          keptIn: files,
          settings: { shared_buffers: '2GB', maintenance_work_mem: '1GB', work_mem: '64MB' },
        })
      : null;
  try {
    const storage = await openStorage({ url: server?.url ?? `sqlite:${join(files, 'latchkey.db')}`, migrations });
    let endsAt = existsSync(filledFile) ? Number(readFileSync(filledFile, 'utf8')) : 0;
    if (endsAt === 0) {
      endsAt = Date.parse('2026-11-23T15:10:00Z');
      console.log(`\n${engine}: filling at scale ${scale}`);
      await fillDatabase(storage, { ...sizes, requests }, endsAt);
      writeFileSync(filledFile, String(endsAt));
    }
    const watched = watchStorage(storage);
    const app = await startTestApp({ storage: watched.storage, now: () => endsAt });
    const plain = await startTestApp({ storage: { ...storage, close: async () => undefined }, now: () => endsAt });
    try {
      await measureAll(engine, plain, watched, app, endsAt);
    } finally {
      await plain.close();
      await app.close();
    }
  } finally {
    await server?.stop();
  }
}

interface Measured extends CallFigures {
  readonly scans: readonly string[];
}

async function measureAll(
  engine: Storage['engine'],
  plain: TestApp,
  watched: WatchedStorage,
  app: TestApp,
  endsAt: number,
): Promise<void> {
  const subjects = await chooseSubjects(watched.storage, endsAt);
  const keys = await makeCallers(app, watched.storage, subjects);
  const results: Measured[] = [];
  printHead(engine);
  const isWanted = ({ name, path }: MeasuredCall) =>
    options.only.some((part) => name.includes(part) || path.includes(part));
  for (const call of callsAbout(subjects).filter(isWanted)) {
    for (const caller of call.callers) {
      const figures = await measureCall(plain, keys[caller], call, caller, runs);
      await watched.takeScans();
      await app.send(call.method ?? 'GET', call.path, { key: keys[caller], ...(call.body ? { body: call.body } : {}) });
      const measured = { ...figures, scans: await watched.takeScans() };
      printRow(measured);
      results.push(measured);
    }
  }
  printSummary(engine, results);
}

/** Ids that stand in the data: a user who is busy, but not the busiest, a busy team, and the busiest key. */
async function chooseSubjects({ db }: Storage, endsAt: number): Promise<Subjects> {
  const day = (at: number) => new Date(at).toISOString().slice(0, 10);
  const userId = 'user-000007';
  // The busiest key that is there still.
  const key = await db
    .selectFrom('request_logs')
    .innerJoin('keys', 'keys.key_hash', 'request_logs.key_hash')
    .select(['keys.key_hash', 'keys.key_alias', ({ fn }) => fn.countAll<number>().as('requests')])
    .where('request_logs.started_at', '>', endsAt - 7 * dayMs)
    .where('keys.deleted_at', 'is', null)
    .where('keys.key_alias', 'is not', null)
    .groupBy(['keys.key_hash', 'keys.key_alias'])
    .orderBy('requests', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
  const request = await db.selectFrom('request_logs').select('request_id').limit(1).executeTakeFirstOrThrow();
  const change = await db.selectFrom('audit_log').select('audit_id').limit(1).executeTakeFirstOrThrow();
  const owner = await db
    .selectFrom('keys')
    .select(['user_id', ({ fn }) => fn.countAll<number>().as('keys')])
    .where('user_id', 'is not', null)
    .where('deleted_at', 'is', null)
    .groupBy('user_id')
    .orderBy('keys', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
  const team = await db
    .selectFrom('team_members')
    .select(['team_id', ({ fn }) => fn.countAll<number>().as('members')])
    .groupBy('team_id')
    .orderBy('members', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
  const organization = await db
    .selectFrom('organizations')
    .select('organization_id')
    .orderBy('organization_id')
    .limit(1)
    .executeTakeFirstOrThrow();
  return {
    userId,
    teamId: 'team-00003',
    ownerId: owner.user_id ?? '',
    largestTeamId: team.team_id,
    organizationId: organization.organization_id,
    keyHash: key.key_hash,
    keyAlias: key.key_alias ?? '',
    requestId: request.request_id,
    auditId: change.audit_id,
    firstDay: day(endsAt - 364 * dayMs),
    monthAgo: day(endsAt - 30 * dayMs),
    lastDay: day(endsAt),
  };
}

/** Keys for the three callers, made over the API. */
async function makeCallers(app: TestApp, { db }: Storage, of: Subjects): Promise<Record<CallerName, string>> {
  const teamAdmin = await db
    .selectFrom('team_members')
    .select('user_id')
    .where('team_id', '=', of.teamId)
    .where('role', '=', 'admin')
    .limit(1)
    .executeTakeFirstOrThrow();
  const keyFor = async (userId: string) => {
    const answer = await app.send('POST', '/key/generate', { body: { user_id: userId } });
    if (answer.status !== 200) throw new Error(`No key for ${userId}: ${answer.text}`);
    return answer.json<{ key: string }>().key;
  };
  const admin = await app.send('POST', '/user/new', {
    body: { user_email: `admin-${Date.now()}@example.com`, user_role: 'proxy_admin' },
  });
  return {
    admin: admin.json<{ key: string }>().key,
    user: await keyFor(of.userId),
    'team admin': await keyFor(teamAdmin.user_id),
  };
}

function printHead(engine: Storage['engine']): void {
  console.log(`\n${engine}, scale ${scale}, median and 99th percentile of ${runs} calls\n`);
  console.log('| call | as | median ms | p99 ms | processor ms | rows | kB | plan |');
  console.log('|---|---|---:|---:|---:|---:|---:|---|');
}

function printRow({ call, caller, status, medianMs, p99Ms, processorMs, rows, bytes, scans }: Measured): void {
  const wrong = status === 200 ? '' : ` (${status})`;
  const slow = medianMs > limitMs ? ' !' : '';
  console.log(
    `| ${call.name}${wrong} | ${caller} | ${medianMs.toFixed(1)}${slow} | ${p99Ms.toFixed(1)} | ${processorMs.toFixed(1)} | ${rows ?? ''} | ${(bytes / 1_000).toFixed(1)} | ${scans.length === 0 ? 'index' : 'SCAN'} |`,
  );
  if (options.plans) for (const scan of scans) console.log(scan);
}

function printSummary(engine: Storage['engine'], results: readonly Measured[]): void {
  const slow = results.filter(({ medianMs }) => medianMs > limitMs);
  const scanning = results.filter(({ scans }) => scans.length > 0);
  const refused = results.filter(({ status }) => status !== 200);
  console.log(
    `\n${engine}: ${results.length} calls; ${slow.length} above ${limitMs} ms, ${scanning.length} with a scan, ${refused.length} refused.`,
  );
}
