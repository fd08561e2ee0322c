/**
 * A reporter for Vitest: prints the count in one plain line, and fails the run when a test did not run. A test
 * that is skipped proves nothing, and nobody notices.
 */
export default class CountUnitTests {
  /** @param {ReadonlyArray<import('vitest/node').TestModule>} modules */
  onTestRunEnd(modules) {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const inState = (/** @type {string} */ state) => tests.filter((test) => test.result().state === state);
    const skipped = inState('skipped');
    const filtered = process.argv.includes('-t') || process.argv.includes('--testNamePattern');
    if (skipped.length > 0 && !filtered) {
      console.error(
        `Tests that did not run, which counts as failure:\n${skipped.map((test) => `  ${test.fullName}`).join('\n')}`,
      );
      process.exitCode = 1;
    }
    // A file that cannot be loaded has no tests to fail.
    const failed = inState('failed').length + modules.filter((module) => module.errors().length > 0).length;
    console.log(`unit: ${inState('passed').length} passed, ${failed} failed, ${skipped.length} skipped`);
  }
}
