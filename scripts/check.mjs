/**
 * `npm run check`: format, lint, types, architecture, unused code, and the quick tests on SQLite; under a minute. `npm test`
 * runs them on PostgreSQL as well, the slow ones, and the journeys in the browser.
 */
import { runInPlace } from './run.mjs';
import { runStaticChecks } from './run-static-checks.mjs';
import { node, setUp } from './set-up.mjs';

setUp();
process.env.LATCHKEY_TEST_ENGINES = 'sqlite';
const passed = await runStaticChecks();
const unitCode = await runInPlace(node, ['node_modules/vitest/vitest.mjs', 'run', '--project', '!slow']);
process.exitCode = passed ? unitCode : 1;
