import { execFile } from 'node:child_process';
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const repository = fileURLToPath(new URL('../../../', import.meta.url));

/** One violation of every rule of .dependency-cruiser.cjs: the rule, the file planted, and what it says. */
const violations: readonly [rule: string, file: string, text: string][] = [
  ['no-cycle', 'server/src/money/planted-here.ts', "import './planted-there.ts';"],
  [
    'management-knows-no-gateway',
    'server/src/management/keys/planted-upwards.ts',
    "import '../../gateway/planted-target.ts';",
  ],
  [
    'foundations-know-no-plane',
    'server/src/storage/planted-upwards.ts',
    "import '../management/keys/planted-target.ts';",
  ],
  [
    'foundations-know-no-plane',
    'server/src/ledger/planted-type.ts',
    "import type { Target } from '../gateway/planted-target.ts'; export type Planted = Target;",
  ],
  ['foundations-know-no-provider', 'server/src/http/planted-provider.ts', "import '../providers/planted-target.ts';"],
  ['planes-know-no-app', 'server/src/gateway/planted-app.ts', "import '../app.ts';"],
  ['contracts-are-only-declarations', 'server/src/access/planted.contract.ts', "import '../money/planted-target.ts';"],
  ['contracts-are-only-declarations', 'server/src/access/planted-node.contract.ts', "import 'node:fs';"],
  ['the-door-opens-on-contracts', 'server/src/contract.ts', "import './money/planted-target.ts';"],
  ['the-console-has-one-door', 'web/src/planted-back-door.ts', "import '../../server/src/money/planted-target.ts';"],
  ['the-server-knows-no-console', 'server/src/http/planted-console.ts', "import '../../../web/src/planted-target.ts';"],
  [
    'a-feature-has-one-door',
    'server/src/gateway/planted-side-door.ts',
    "import '../management/keys/planted-target.ts';",
  ],
  ['nothing-ships-the-tests', 'server/src/money/planted-testing.ts', "import '../testing/planted-target.ts';"],
  ['only-declared-packages', 'server/src/money/planted-package.ts', "import 'vitest';"],
  ['everything-resolves', 'server/src/money/planted-nowhere.ts', "import './planted-missing.ts';"],
];

/** What the planted files import. */
const targets = [
  'server/src/app.ts',
  'server/src/gateway/planted-target.ts',
  'server/src/management/keys/planted-target.ts',
  'server/src/money/planted-target.ts',
  'server/src/providers/planted-target.ts',
  'server/src/testing/planted-target.ts',
  'web/src/planted-target.ts',
];

describe('The arrows between the folders', () => {
  let copy = '';

  beforeAll(async () => {
    copy = await mkdtemp(join(tmpdir(), 'latchkey-architecture-'));
    for (const path of [
      '.dependency-cruiser.cjs',
      'tsconfig.base.json',
      'package.json',
      'server/package.json',
      'web/package.json',
    ]) {
      await cp(join(repository, path), join(copy, path));
    }
    for (const folder of ['server/src', 'web/src'])
      await cp(join(repository, folder), join(copy, folder), { recursive: true });
    // The same packages, except that the workspaces are those of the copy.
    await mkdir(join(copy, 'node_modules', '@latchkey'), { recursive: true });
    for (const name of await readdir(join(repository, 'node_modules'))) {
      if (name !== '@latchkey') await symlink(join(repository, 'node_modules', name), join(copy, 'node_modules', name));
    }
    for (const name of ['server', 'web'])
      await symlink(join(copy, name), join(copy, 'node_modules', '@latchkey', name));
  });

  afterAll(() => rm(copy, { recursive: true, force: true }));

  it('are guarded: a violation of each rule is caught', async () => {
    for (const target of targets) await plant(target, 'export type Target = string;');
    await plant('server/src/money/planted-there.ts', "import './planted-here.ts';");
    for (const [, file, text] of violations) await plant(file, `${text}\n`);

    const found = new Set(await violationsIn(copy));
    const missed = violations.map(([rule, file]) => `${rule}: ${file}`).filter((violation) => !found.has(violation));
    expect(missed).toEqual([]);
  }, 60_000);

  it('are all tried: every rule has a planted violation', async () => {
    const configuration = await readFile(join(repository, '.dependency-cruiser.cjs'), 'utf8');
    const rules = [...configuration.matchAll(/^ {6}name: '(.+)',$/gm)].map(([, name]) => name);
    const notProven = rules.filter((rule) => !violations.some(([name]) => name === rule));
    expect(notProven).toEqual([]);
  });

  async function plant(file: string, text: string): Promise<void> {
    await mkdir(dirname(join(copy, file)), { recursive: true });
    await appendFile(join(copy, file), text);
  }
});

describe('The environment', () => {
  it('is read by main.ts alone', async () => {
    const source = join(repository, 'server', 'src');
    const files = (await readdir(source, { recursive: true })).filter(
      (file) =>
        /\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file) && !file.startsWith('testing/') && file !== 'main.ts',
    );
    const readers: string[] = [];
    for (const file of files) {
      if (/\bprocess\s*\.\s*env\b|\benv\b.*from 'node:process'/.test(await readFile(join(source, file), 'utf8')))
        readers.push(file);
    }
    expect(readers).toEqual([]);
  });
});

/** The violations in a tree with the repository's layout, as `rule: file`. */
async function violationsIn(tree: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      join(repository, 'node_modules', '.bin', 'depcruise'),
      ...['--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'server/src', 'web/src'],
    ],
    { cwd: tree, maxBuffer: 256 * 1024 * 1024 },
  );
  const { summary } = JSON.parse(stdout) as { summary: { violations: { from: string; rule: { name: string } }[] } };
  return summary.violations.map(({ from, rule }) => `${rule.name}: ${from}`);
}
