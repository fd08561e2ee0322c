import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { findPostgresPrograms } from '../../../scripts/provide-programs.mjs';
import { freePort, runServer } from './run-server.ts';

/** A throw-away PostgreSQL server. */
export interface TestPostgres {
  /** The address of its `postgres` database; whoever connects is superuser. */
  readonly url: string;
  /** Stops the server and deletes its files. */
  stop(): Promise<void>;
}

/** A server that is not for a moment only. */
export interface PostgresOptions {
  /** An existing folder for its files, which stay when it stops; one that has them already is started again. */
  readonly keptIn?: string;
  /** Settings of `postgresql.conf` beside those of every test server, such as `shared_buffers`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * Starts a PostgreSQL server of its own in a temporary folder: random port on 127.0.0.1, no password, nothing
 * flushed to disk. PostgreSQL refuses to run as root, so root starts it as `postgres` or `nobody`.
 * @throws Error when the programs are not installed or the server does not come up.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<TestPostgres> {
  const programs = findPostgresPrograms();
  if (programs === undefined) throw new Error('PostgreSQL is not installed. `npm test` installs it or says how to.');
  const owner = process.getuid?.() === 0 ? ordinaryUser() : undefined;
  const folder = options.keptIn ?? mkdtempSync(join(tmpdir(), 'latchkey-postgres-'));
  if (owner) chownSync(folder, owner.uid, owner.gid);
  const data = join(folder, 'data');
  // The sorting of a language, not of bytes: what holds on both engines here holds on a server of any locale.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=icu', '--icu-locale=en'];
  if (!existsSync(join(data, 'PG_VERSION'))) {
    execFileSync(
      join(programs, 'initdb'),
      [`--pgdata=${data}`, '--username=postgres', '--auth=trust', '--no-sync', '--no-instructions', ...locale],
      { ...owner, cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] },
    );
  }
  const port = await freePort();
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    max_connections: 300,
    shared_buffers: '64MB',
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    log_min_messages: 'panic',
    ...options.settings,
  };
  const parameters = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const command = [join(programs, 'postgres'), '-D', data, ...parameters];
  // What is kept must be whole when it is started again: then the server may finish what it writes.
  const ending =
    options.keptIn === undefined ? ({ signal: 'QUIT', deletes: folder } as const) : ({ signal: 'INT' } as const);
  const stop = runServer(command, { ...ending, folder, ...owner });
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  try {
    await untilItAnswers(url);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}

function ordinaryUser(): { uid: number; gid: number } {
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (option: string) =>
        Number(execFileSync('id', [option, name], { stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // There is no such user; the next one may exist.
    }
  }
  throw new Error('PostgreSQL does not run as root, and there is neither a user postgres nor a user nobody.');
}

async function untilItAnswers(url: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (cause) {
      await client.end().catch(() => undefined);
      if (Date.now() > deadline) throw new Error('PostgreSQL did not come up within 30 s.', { cause });
      await delay(25);
    }
  }
}
