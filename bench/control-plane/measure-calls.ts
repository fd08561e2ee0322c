import type { TestApp } from '../../server/src/testing/start-test-app.ts';
import type { CallerName, MeasuredCall } from './measured-call.ts';

/** What a call took. */
export interface CallFigures {
  readonly call: MeasuredCall;
  readonly caller: CallerName;
  readonly status: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  /** Processor time of this process, median: on SQLite with the database's, on Postgres without. Steadier than time. */
  readonly processorMs: number;
  /** How many things the answer lists; null: it is no list. */
  readonly rows: number | null;
  readonly bytes: number;
}

/** Above this a call is slow: it is asked a few times only. */
const slowMs = 1_000;
const runsOfSlow = 3;

/** Asks once to warm up, and then so many times. */
export async function measureCall(
  app: TestApp,
  key: string,
  call: MeasuredCall,
  caller: CallerName,
  runs: number,
): Promise<CallFigures> {
  const ask = () => app.send(call.method ?? 'GET', call.path, { key, ...(call.body ? { body: call.body } : {}) });
  let start = performance.now();
  const answer = await ask();
  const first = performance.now() - start;
  const times: number[] = [];
  const processorTimes: number[] = [];
  for (let run = 0; run < (first > slowMs ? runsOfSlow : runs); run += 1) {
    start = performance.now();
    const before = process.cpuUsage();
    await ask();
    times.push(performance.now() - start);
    const { user, system } = process.cpuUsage(before);
    processorTimes.push((user + system) / 1_000);
  }
  for (const list of [times, processorTimes]) list.sort((one, other) => one - other);
  return {
    call,
    caller,
    status: answer.status,
    medianMs: times[Math.floor(times.length / 2)] ?? first,
    processorMs: processorTimes[Math.floor(processorTimes.length / 2)] ?? first,
    p99Ms: times[Math.min(times.length - 1, Math.floor(times.length * 0.99))] ?? first,
    rows: countRows(answer.text),
    bytes: Buffer.byteLength(answer.text),
  };
}

function countRows(text: string): number | null {
  const body: unknown = JSON.parse(text);
  if (Array.isArray(body)) return body.length;
  if (typeof body !== 'object' || body === null) return null;
  const lists = [
    'keys',
    'users',
    'teams',
    'groups',
    'results',
    'data',
    'audit_logs',
    'requests',
    'aliases',
    'daily_data',
  ];
  for (const name of lists) {
    const list = (body as Record<string, unknown>)[name];
    if (Array.isArray(list)) return list.length;
  }
  return null;
}
