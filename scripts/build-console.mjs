/**
 * Builds the console with Vite into web/dist when what it is built from has changed since the last time.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fail, node, repository, setUp } from './set-up.mjs';

const page = join(repository, 'web', 'dist', 'index.html');
const stamp = join(repository, 'node_modules', '.cache', 'latchkey', 'console-built-from');

/** Builds the console if need be; says in one line what it did, or nothing when there was nothing to do. */
export function buildConsole() {
  const source = hashOfSource();
  if (existsSync(page) && existsSync(stamp) && readFileSync(stamp, 'utf8') === source) return;
  const startedAt = Date.now();
  const vite = join(repository, 'node_modules', 'vite', 'bin', 'vite.js');
  const { status } = spawnSync(node, [vite, 'build', '--logLevel', 'warn'], {
    cwd: join(repository, 'web'),
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) fail('The console could not be built.', "Vite's own words are above.");
  mkdirSync(join(stamp, '..'), { recursive: true });
  writeFileSync(stamp, source);
  console.log(`Built the console in ${((Date.now() - startedAt) / 1000).toFixed(1)} s.`);
}

/** Everything that can change the build: the console, the declarations it shares with the server, the packages. */
function hashOfSource() {
  const hash = createHash('sha256');
  const files = [
    ...filesBelow(join(repository, 'web')),
    ...filesBelow(join(repository, 'server', 'src')).filter((file) => /contract\.ts$/.test(file)),
    join(repository, 'package-lock.json'),
  ];
  for (const file of files.sort())
    hash
      .update(`${relative(repository, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  return hash.digest('hex');
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ['node_modules', 'dist'].includes(entry.name) ? [] : filesBelow(path);
    return /\.test\.tsx?$/.test(entry.name) ? [] : [path];
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  setUp();
  buildConsole();
}
