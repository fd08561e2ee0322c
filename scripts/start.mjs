/** `npm start`: sets up what is not set up, builds the console if need be, and runs the gateway. */
import { buildConsole } from './build-console.mjs';
import { runInPlace } from './run.mjs';
import { node, setUp } from './set-up.mjs';

setUp();
buildConsole();
process.exitCode = await runInPlace(node, ['server/src/main.ts', ...process.argv.slice(2)]);
