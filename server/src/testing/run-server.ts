import { spawn } from 'node:child_process';
import { createServer } from 'node:net';

// Runs until standard input closes, which also happens when the process that started it is killed: a test run
// that dies in any way leaves no server and no files behind.
const untilInputCloses = `
  signal=$1; deleted=$2; shift 2
  "$@" <&- &
  read -r _
  kill -"$signal" $!
  wait $!
  [ -z "$deleted" ] || rm -rf "$deleted"
`;

/** How a server runs and ends. */
export interface ServerOptions {
  /** Where it runs. */
  readonly folder: string;
  /** What ends it. */
  readonly signal: 'QUIT' | 'INT' | 'TERM';
  /** What is deleted at the end; nothing unless told. */
  readonly deletes?: string;
  /** Who runs it; this process' own user unless told. */
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * Runs a server that a test needs, until it is stopped or this process ends in whatever way.
 * @returns stops it and waits for its end.
 */
export function runServer(
  command: readonly string[],
  { folder, signal, deletes = '', ...user }: ServerOptions,
): () => Promise<void> {
  const watcher = spawn('/bin/sh', ['-c', untilInputCloses, 'sh', signal, deletes, ...command], {
    ...user,
    cwd: folder,
    // Out of reach of a terminal's Ctrl-C, which would end the watcher before the server.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  return async () => {
    const ended = new Promise((resolve) => watcher.once('exit', resolve));
    watcher.stdin.end();
    if (watcher.exitCode === null) await ended;
  };
}

/** A port of this machine that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
