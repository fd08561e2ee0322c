import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { driveLoad, type Load, requestBytes } from './drive-load.ts';

// What a request costs in Latchkey, against the least that a proxy in Node can do (pass-through.ts). Both run in the
// same run, each alone on processor 0, in turns; the upstream and the load run on processor 1.

const { values: options } = parseArgs({
  options: {
    case: { type: 'string', multiple: true, default: ['small', 'large', 'stream'] },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    connections: { type: 'string', default: '64' },
    /** A folder: Latchkey's process writes a profile of its processor time there when it ends. */
    profile: { type: 'string' },
    /** Passed to the Node of both servers, such as --node-option=--max-semi-space-size=64. */
    'node-option': { type: 'string', multiple: true, default: [] },
  },
});
const rounds = Number(options.rounds);
const seconds = Number(options.seconds);
const connections = Number(options.connections);
const warmUpSeconds = 5;
const gatewayProcessor = 0;
const otherProcessor = 1;
const masterKey = 'sk-bench-2c7e51f09ab348d6';
const nanoUsdPerAnswer = 12 * 150 + 20 * 600;

interface Server {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  readonly key: string;
}

/** One server's figures in one round. */
interface Measurement {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time of the server, of all its threads, for one answer. */
  readonly cpuMicros: number;
  /** How busy the server's processor was with it. 1: it could not have done more. */
  readonly busy: number;
}

const message = (content: string, more: object = {}) =>
  JSON.stringify({
    model: 'bench',
    messages: [
      { role: 'system', content: 'You answer in one sentence.' },
      { role: 'user', content },
    ],
    temperature: 0.2,
    max_tokens: 64,
    ...more,
  });
const question = 'What is the weather like in Lisbon today?';
/** About two thousand characters with a line break or a quotation mark here and there, as documents have them. */
const page =
  `${'It was a bright day in April, and the harbour lay quiet under the hill. '.repeat(4)}"Are we late?" she asked.\n`.repeat(
    6,
  );
const cases: Readonly<Record<string, { readonly title: string; readonly body: string }>> = {
  small: { title: 'small JSON', body: message(question) },
  large: { title: '300 kB body', body: message(page.repeat(160)) },
  stream: { title: 'stream of 20 events', body: message(question, { stream: true }) },
};

if (process.platform !== 'linux' || availableParallelism() < 2) {
  throw new Error('This benchmark pins processes with taskset: it needs Linux and two processors.');
}
execFileSync('taskset', ['-acp', String(otherProcessor), String(process.pid)], { stdio: 'ignore' });
const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
const servers: { stop(): Promise<void> }[] = [];
try {
  const upstream = await start('upstream', otherProcessor, ['bench/local-upstream.ts'], /^(\d+)/);
  const origin = `http://127.0.0.1:${upstream.port}`;
  const bare = await start(
    'pass-through',
    gatewayProcessor,
    [...options['node-option'], 'bench/pass-through.ts', origin],
    /^(\d+)/,
  );
  const latchkey = await startLatchkey(origin);
  let answers = 0;
  for (const name of options.case) answers += await compare(name, bare, latchkey);
  await checkBooks(latchkey, answers);
} finally {
  for (const server of servers) await server.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** Measures one case and prints its table. @returns how many answers Latchkey gave. */
async function compare(name: string, bare: Server, latchkey: Server): Promise<number> {
  const chosen = cases[name];
  if (!chosen) throw new Error(`There is no case '${name}'. There are: ${Object.keys(cases).join(', ')}.`);
  const load = async (server: Server, forSeconds: number): Promise<Load> => {
    const request = requestBytes({
      host: `127.0.0.1:${server.port}`,
      path: '/v1/chat/completions',
      key: server.key,
      body: chosen.body,
    });
    return driveLoad({ port: server.port, request, connections, seconds: forSeconds });
  };
  let answers = 0;
  const measure = async (server: Server): Promise<Measurement> => {
    const before = cpuSeconds(server.pid);
    const result = await load(server, seconds);
    const cpu = cpuSeconds(server.pid) - before;
    if (server === latchkey) answers += result.answers;
    return {
      perSecond: result.answers / result.seconds,
      p50Ms: quantile(result.latenciesMs, 0.5),
      p99Ms: quantile(result.latenciesMs, 0.99),
      cpuMicros: (cpu / result.answers) * 1e6,
      busy: cpu / result.seconds,
    };
  };
  for (const server of [bare, latchkey]) {
    const { answers: warmUpAnswers } = await load(server, warmUpSeconds);
    if (server === latchkey) answers += warmUpAnswers;
  }
  const pairs: [Measurement, Measurement][] = [];
  for (let round = 0; round < rounds; round += 1) {
    // Whoever goes first in one round goes second in the next.
    if (round % 2 === 0) pairs.push([await measure(bare), await measure(latchkey)]);
    else {
      const ours = await measure(latchkey);
      pairs.push([await measure(bare), ours]);
    }
  }
  printTable(chosen.title, pairs);
  return answers;
}

function printTable(title: string, pairs: readonly [Measurement, Measurement][]): void {
  const columns = ['req/s', 'p50 ms', 'p99 ms', 'cpu us', 'busy'];
  const cells = ({ perSecond, p50Ms, p99Ms, cpuMicros, busy }: Measurement) => [
    perSecond.toFixed(0),
    p50Ms.toFixed(2),
    p99Ms.toFixed(2),
    cpuMicros.toFixed(1),
    busy.toFixed(2),
  ];
  const ratios = ([bare, latchkey]: readonly [Measurement, Measurement]) => [
    latchkey.perSecond / bare.perSecond,
    bare.cpuMicros / latchkey.cpuMicros,
  ];
  const line = (values: readonly string[]) => console.log(values.map((value) => value.padStart(8)).join(' '));
  console.log(`\n${title}, ${connections} connections, ${seconds} s a round`);
  line(['', ...['pass-through', '', '', '', ''], '', 'Latchkey', '', '', '', '', 'ratio', 'ratio']);
  line(['round', ...columns, '', ...columns, 'of req/s', 'of cpu']);
  const row = (name: string, bare: Measurement, latchkey: Measurement, ofBoth: readonly number[]) =>
    line([name, ...cells(bare), '|', ...cells(latchkey), ...ofBoth.map((ratio) => ratio.toFixed(3))]);
  pairs.forEach((pair, index) => {
    row(String(index + 1), ...pair, ratios(pair));
  });
  row(
    'median',
    medianOf(pairs.map(([bare]) => bare)),
    medianOf(pairs.map(([, latchkey]) => latchkey)),
    [0, 1].map((index) => median(pairs.map((pair) => ratios(pair)[index] ?? 0))),
  );
}

/** Every answer must be paid for: a benchmark of a gateway that drops its books would be worth nothing. */
async function checkBooks(latchkey: Server, answers: number): Promise<void> {
  const expected = (answers * nanoUsdPerAnswer) / 1e9;
  const deadline = Date.now() + 30_000;
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${latchkey.port}/key/info?key=${latchkey.key}`, {
      headers: { authorization: `Bearer ${masterKey}` },
    });
    const { info } = (await response.json()) as { info: { spend: number } };
    if (Math.abs(info.spend - expected) < 1e-6) {
      console.log(`\nThe key's spend is that of exactly ${answers} answers: $${info.spend}.`);
      return;
    }
    if (Date.now() > deadline)
      throw new Error(`The key's spend is $${info.spend}; ${answers} answers cost $${expected}.`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Starts Latchkey as `npm start` does, with a priced model, and makes a user and a key, each with a budget. */
async function startLatchkey(origin: string): Promise<Server> {
  const config = join(folder, 'config.yaml');
  writeFileSync(
    config,
    JSON.stringify({
      model_list: [
        {
          model_name: 'bench',
          litellm_params: {
            model: 'openai/bench-model',
            api_base: `${origin}/v1`,
            api_key: 'provider-secret',
            input_cost_per_token: 150e-9,
            output_cost_per_token: 600e-9,
          },
        },
      ],
    }),
  );
  const profile = options.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${options.profile}`];
  const parameters = [...options['node-option'], ...profile, 'server/src/main.ts', '--config', config];
  const server = await start('Latchkey', gatewayProcessor, parameters, /Base URL .*:(\d+)\/v1/, {
    HOST: '127.0.0.1',
    PORT: '0',
    LITELLM_MASTER_KEY: masterKey,
    LATCHKEY_DATA_DIR: join(folder, 'data'),
  });
  const manage = async (path: string, body: object): Promise<Record<string, unknown>> => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${masterKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as Record<string, unknown>;
  };
  await manage('/user/new', {
    user_id: 'bench',
    user_role: 'internal_user',
    max_budget: 1_000_000,
    auto_create_key: false,
  });
  const { key } = await manage('/key/generate', { user_id: 'bench', max_budget: 1_000_000 });
  return { ...server, key: String(key) };
}

/** Starts a Node program on one processor and waits until it says its port. */
async function start(
  name: string,
  processor: number,
  parameters: readonly string[],
  portIn: RegExp,
  environment: Record<string, string> = {},
): Promise<Server> {
  const child = spawn('taskset', ['-c', String(processor), process.execPath, ...parameters], {
    cwd: join(import.meta.dirname, '..'),
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  // Whatever happens next, it is ended with the benchmark.
  servers.push({
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const found = portIn.exec(output)?.[1];
      if (found !== undefined) resolve(Number(found));
    });
    setTimeout(() => reject(new Error(`${name} did not say its port:\n${output}`)), 30_000).unref();
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`${name} did not start:\n${output}`)));
  });
  return {
    name,
    port,
    pid: child.pid ?? 0,
    key: 'sk-none',
  };
}

/** Processor time that a process has used so far, seconds, in the kernel's ticks of ten milliseconds. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function quantile(ascending: Float64Array, share: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? Number.NaN;
}

function median(values: readonly number[]): number {
  return quantile(Float64Array.from(values).sort(), 0.5);
}

function medianOf(measurements: readonly Measurement[]): Measurement {
  return {
    perSecond: median(measurements.map(({ perSecond }) => perSecond)),
    p50Ms: median(measurements.map(({ p50Ms }) => p50Ms)),
    p99Ms: median(measurements.map(({ p99Ms }) => p99Ms)),
    cpuMicros: median(measurements.map(({ cpuMicros }) => cpuMicros)),
    busy: median(measurements.map(({ busy }) => busy)),
  };
}
