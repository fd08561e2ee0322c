/** Running other programs. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { repository } from './set-up.mjs';

/**
 * Runs a program in this one's place: same terminal, signals passed on, its exit code returned. After a signal
 * nothing more is run: this process ends when the program does.
 * @param {string} program
 * @param {string[]} parameters
 * @returns {Promise<number>} 128 plus the number of the signal when a signal ended it.
 */
export function runInPlace(program, parameters) {
  const child = spawn(program, parameters, { cwd: repository, stdio: 'inherit' });
  let interrupted = false;
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      interrupted = true;
      // A terminal sends Ctrl-C to the whole group; passing it on as well would look like a second, impatient one.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (interrupted) process.exit(exitCode(code, signal));
      resolve(exitCode(code, signal));
    });
  });
}

/**
 * Runs a program and keeps what it prints.
 * @param {string} program
 * @param {string[]} parameters
 * @returns {Promise<{ code: number; output: string }>}
 */
export function runQuietly(program, parameters) {
  const child = spawn(program, parameters, { cwd: repository, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code: exitCode(code, signal), output }));
  });
}

/**
 * @param {number | null} code
 * @param {NodeJS.Signals | null} signal
 */
function exitCode(code, signal) {
  return code ?? 128 + (signal ? constants.signals[signal] : 0);
}
