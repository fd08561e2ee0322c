/**
 * The programs that the tests need and npm cannot bring: servers of PostgreSQL and Redis, and Chromium. They are looked for,
 * and installed with apt where that is allowed without asking.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fail } from './set-up.mjs';

const debianPostgres = '/usr/lib/postgresql';

/** @type {Record<string, { aptPackage: string; find: () => string | undefined }>} */
const needed = {
  PostgreSQL: { aptPackage: 'postgresql', find: findPostgresPrograms },
  Redis: { aptPackage: 'redis-server', find: findRedis },
  Chromium: { aptPackage: 'chromium', find: findChromium },
};

/** The folder with `initdb` and `postgres`; the newest where there are several. */
export function findPostgresPrograms() {
  const versions = existsSync(debianPostgres) ? readdirSync(debianPostgres) : [];
  const folders = versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(debianPostgres, version, 'bin'));
  return [...folders, ...searchPath()].find(
    (folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')),
  );
}

/** The path of a Redis server, or of Valkey, which is the same to its clients. */
export function findRedis() {
  return findProgram(['redis-server', 'valkey-server']);
}

/** The path of a Chromium or Chrome. */
export function findChromium() {
  return findProgram(['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']);
}

/** @param {string[]} names */
function findProgram(names) {
  return names.flatMap((name) => searchPath().map((folder) => join(folder, name))).find((path) => existsSync(path));
}

/** Installs those that are missing, or says how to and fails. */
export function providePrograms() {
  const missing = Object.entries(needed).filter(([, program]) => program.find() === undefined);
  if (missing.length === 0) return;
  const names = missing.map(([name]) => name).join(' and ');
  const packages = missing.map(([, program]) => program.aptPackage);
  const byHand = `Install it with: sudo apt-get update && sudo apt-get install -y ${packages.join(' ')}`;
  if (!searchPath().some((folder) => existsSync(join(folder, 'apt-get')))) {
    fail(
      `The tests need ${names}, and there is no apt-get here to install it with.`,
      'Install it in the way of this system.',
    );
  }
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  if (asRoot.length > 0 && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status !== 0) {
    fail(`The tests need ${names}, and this user may not install it.`, byHand);
  }
  console.log(`Installing ${names} with apt …`);
  const environment = ['env', 'DEBIAN_FRONTEND=noninteractive'];
  const apt = [...asRoot, ...environment, 'apt-get', '-qq', '-o', 'Dpkg::Use-Pty=0'];
  run([...apt, 'update']);
  run([...apt, 'install', '-y', '--no-install-recommends', ...packages]);
  const still = missing.filter(([, program]) => program.find() === undefined).map(([name]) => name);
  if (still.length > 0) fail(`apt-get could not install ${still.join(' and ')}.`, `Its own words are above. ${byHand}`);
  console.log(`Installed ${names}.`);
}

/** @param {string[]} command */
function run([program = '', ...parameters]) {
  // Debian's packages answer on standard output at length; only what goes wrong is worth reading.
  spawnSync(program, parameters, { stdio: ['ignore', 'ignore', 'inherit'] });
}

function searchPath() {
  return (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
}
