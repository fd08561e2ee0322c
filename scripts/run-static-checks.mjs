/** Everything that judges the code without running it. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { runQuietly } from './run.mjs';
import { programs } from './set-up.mjs';

/** The longest first, so that the last one to end is a short one. @type {[name: string, ...command: string[]][]} */
const checks = [
  ['lint with types', 'oxlint', '--type-aware', '--deny-warnings'],
  ['architecture', 'depcruise', '--config', '.dependency-cruiser.cjs', 'server/src', 'web/src'],
  ['unused code', 'knip', '--no-progress'],
  ['types of the server', ...checkTypes('server')],
  ['types of the tools', ...checkTypes('.')],
  ['types of the console', ...checkTypes('web')],
  ['format and lint', 'biome', 'check', '--error-on-warnings'],
];

/** What did not change since the last run is not checked again. @param {string} folder */
function checkTypes(folder) {
  const known = `node_modules/.cache/types-of-${folder === '.' ? 'tools' : folder}.tsbuildinfo`;
  return /** @type {const} */ (['tsc', '-p', folder, '--incremental', '--tsBuildInfoFile', known]);
}

/**
 * Runs them, as many at once as there are processors; prints a line for each and the words of those that fail.
 * @returns {Promise<boolean>} Whether all passed.
 */
export async function runStaticChecks() {
  const waiting = [...checks];
  let passed = true;
  const worker = async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) {
      const [name, program = '', ...parameters] = check;
      const startedAt = Date.now();
      const { code, output } = await runQuietly(join(programs, program), parameters);
      console.log(`${code === 0 ? 'passed' : 'FAILED'}  ${name} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)`);
      if (code === 0) continue;
      passed = false;
      console.log(output);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return passed;
}
