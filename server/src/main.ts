import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import pino from 'pino';
import { createApp } from './app.ts';
import { ConfigError } from './config/config-error.ts';
import { type LoadedSettings, loadSettings } from './config/load-settings.ts';
import { listeningPort } from './http/listening-port.ts';
import { migrations } from './migrations.ts';
import { lockDataFolder } from './storage/lock-data-folder.ts';
import { openStorage } from './storage/open-storage.ts';
import { version } from './version.ts';
import { welcome } from './welcome.ts';

// The only file with side effects: reads the environment, opens storage, listens, shuts down.

const sourceFolder = dirname(fileURLToPath(import.meta.url));
const graceMs = 10_000;
const impatienceMs = 1_000;

async function run(): Promise<void> {
  // Bodies lie outside of the engine's heap. By itself it collects everything after each 64 MB of them, a third of what
  // large requests cost; counted like all other memory, they are collected when there is much to win.
  setFlagsFromString('--external-memory-accounted-in-global-limit');
  const loaded = loadSettings({ environment: process.env, arguments: process.argv.slice(2), folder: process.cwd() });
  const { settings, configuration } = loaded;
  const unlock = lockDataFolder(settings.dataDir);
  const logger = pino({
    level: process.env['LOG_LEVEL'] ?? 'warn',
    redact: ['req.headers.authorization', 'req.headers.cookie', '*.password', '*.key', '*.token'],
  });
  for (const warning of loaded.warnings) logger.warn(warning);
  const storage = await openStorage({ url: settings.databaseUrl, migrations });
  const consoleFolder = join(sourceFolder, '../../web/dist');
  const isOnlyProcess = storage.engine === 'sqlite';
  const app = await createApp({ settings, configuration, storage, logger, consoleFolder, isOnlyProcess });
  await app.http.listen({ host: settings.host, port: settings.port });
  tellWhereItRuns(loaded, listeningPort(app.http), existsSync(consoleFolder));

  let stoppingSince: number | null = null;
  const stop = async (signal: string) => {
    // One Ctrl-C can arrive twice: from the terminal, and from npm, which passes it on. A later one is meant.
    if (stoppingSince !== null && Date.now() - stoppingSince > impatienceMs) process.exit(1);
    if (stoppingSince !== null) return;
    stoppingSince = Date.now();
    process.stdout.write(`\n${signal}: finishing what is running (at most ${graceMs / 1000} s), then stopping.\n`);
    await app.close(graceMs);
    await storage.close();
    unlock();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal));
}

function tellWhereItRuns(loaded: LoadedSettings, port: number, hasConsole: boolean): void {
  process.stdout.write(`${welcome({ ...loaded, port, hasConsole, version })}\n`);
}

try {
  await run();
} catch (error) {
  const isPlain =
    error instanceof ConfigError ||
    (error instanceof Error && 'cause' in error) ||
    (error instanceof Error && 'code' in error);
  process.stderr.write(
    `Latchkey did not start.\n${isPlain && error instanceof Error ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exit(1);
}
