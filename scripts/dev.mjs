/**
 * `npm run dev`: the gateway, restarted when its files change, and Vite's development server for the console.
 * They live and die together.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { node, repository, setUp } from './set-up.mjs';

setUp();

const vite = join(repository, 'node_modules', 'vite', 'bin', 'vite.js');
const children = [
  spawn(node, ['--watch', '--watch-preserve-output', 'server/src/main.ts', ...process.argv.slice(2)], {
    cwd: repository,
    stdio: 'inherit',
  }),
  spawn(node, [vite], { cwd: join(repository, 'web'), stdio: 'inherit' }),
];

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stopAll());
for (const child of children) {
  child.on('exit', (code) => {
    process.exitCode ??= code ?? 1;
    stopAll();
  });
}

function stopAll() {
  for (const child of children) child.kill('SIGTERM');
}
