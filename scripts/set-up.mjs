/**
 * Makes a fresh clone ready to run: checks the Node that runs this script, and installs the packages when they
 * are missing or are not those of package-lock.json. One of the packages is Node itself, in the version that
 * Latchkey needs; this file and its neighbours run on any Node from 20 on.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the repository. */
export const repository = dirname(dirname(fileURLToPath(import.meta.url)));

/** The folder of the installed programs. */
export const programs = join(repository, 'node_modules', '.bin');

/** The Node that the product, its tools and its tests run on. */
export const node = join(programs, 'node');

const oldestNode = 20;

/** Installs what is not installed; says in one line what it did, or nothing when there was nothing to do. */
export function setUp() {
  refuseOldNode();
  // Programs started from here on find the installed Node first, whatever Node started this script.
  process.env.PATH = `${programs}${delimiter}${process.env.PATH ?? ''}`;
  if (packagesAreInstalled()) return;
  const startedAt = Date.now();
  console.log('Installing the packages of package-lock.json …');
  // The one package whose install script is wanted is Node; no other package may run code while it is installed.
  // Development packages are included even where NODE_ENV says production: Node and Vite are among them.
  npm(['ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']);
  npm(['rebuild', 'node', '--ignore-scripts=false', '--loglevel=error']);
  if (!packagesAreInstalled()) {
    fail(
      'npm reported success, but the packages are not those of package-lock.json.',
      'Remove node_modules and try again.',
    );
  }
  console.log(`Installed the packages in ${Math.round((Date.now() - startedAt) / 1000)} s.`);
}

/**
 * Ends the script with a message for people.
 * @param {string} whatHappened
 * @param {string} whatNext
 * @returns {never}
 */
export function fail(whatHappened, whatNext) {
  console.error(`\n${whatHappened}\n${whatNext}\n`);
  process.exit(1);
}

function refuseOldNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major >= oldestNode) return;
  fail(
    `This is Node ${process.versions.node}; setting up Latchkey takes Node ${oldestNode} or newer.`,
    `Install Node ${oldestNode} or newer and try again. (Latchkey then brings the Node that it runs on itself.)`,
  );
}

/**
 * npm keeps a copy of what it has installed in node_modules. It is written last, so an interrupted
 * installation has none.
 */
function packagesAreInstalled() {
  const installedLock = join(repository, 'node_modules', '.package-lock.json');
  if (!existsSync(installedLock) || !existsSync(node)) return false;
  const wanted = packagesOf(join(repository, 'package-lock.json'));
  const installed = packagesOf(installedLock);
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith('node_modules/')) return true;
    const found = installed[path];
    // Optional packages are those of other platforms.
    return found ? found.version === entry.version : entry.optional === true;
  });
}

/**
 * @param {string} lockFile
 * @returns {Record<string, { version?: string; optional?: boolean }>}
 */
function packagesOf(lockFile) {
  return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
}

/** @param {string[]} parameters */
function npm(parameters) {
  const running = process.env.npm_execpath;
  const isNpm = running !== undefined && basename(running).startsWith('npm-cli');
  const [command, ...first] = isNpm ? [process.execPath, running] : ['npm'];
  const { status, error } = spawnSync(command, [...first, ...parameters], {
    cwd: repository,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status === 0) return;
  fail(
    `npm ${parameters[0]} failed${error ? `: ${error.message}` : ` (exit code ${status})`}.`,
    'Its own words are above. The network must reach the npm registry.',
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) setUp();
