/** `npm run check`: format, lint, types, architecture, unused code and unit tests; under a minute. */
import { providePrograms } from './provide-programs.mjs';
import { runInPlace } from './run.mjs';
import { runStaticChecks } from './run-static-checks.mjs';
import { node, setUp } from './set-up.mjs';

setUp();
providePrograms();
const passed = await runStaticChecks();
const unitCode = await runInPlace(node, ['node_modules/vitest/vitest.mjs', 'run', '--project', '!slow']);
process.exitCode = passed ? unitCode : 1;
