/**
 * `npm test`: sets up what is not set up, then runs every check and every test: the code as text, the server and
 * the console's parts on both databases, and the journeys in a real browser.
 */
import { buildConsole } from './build-console.mjs';
import { providePrograms } from './provide-programs.mjs';
import { runInPlace } from './run.mjs';
import { runStaticChecks } from './run-static-checks.mjs';
import { fail, node, setUp } from './set-up.mjs';

setUp();
providePrograms();
buildConsole();
const failed = [];
if (!(await runStaticChecks())) failed.push('the checks of the code');
if ((await runInPlace(node, ['node_modules/vitest/vitest.mjs', 'run'])) !== 0) failed.push('the tests of the parts');
if ((await runInPlace(node, ['node_modules/@playwright/test/cli.js', 'test'])) !== 0)
  failed.push('the tests in the browser');
if (failed.length > 0) fail(`Failed: ${failed.join(', ')}.`, 'The details are above.');
console.log('Everything passed.');
