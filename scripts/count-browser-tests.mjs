/**
 * A reporter for Playwright: prints the count in one plain line, and fails the run when a test did not run or no
 * test was found.
 */
export default class CountBrowserTests {
  #passed = 0;
  #failed = 0;
  /** @type {string[]} */
  #skipped = [];

  /**
   * @param {import('@playwright/test/reporter').TestCase} test
   * @param {import('@playwright/test/reporter').TestResult} result
   */
  onTestEnd(test, result) {
    if (result.status === 'skipped') this.#skipped.push(test.titlePath().slice(2).join(' › '));
    else if (result.status === 'passed') this.#passed += 1;
    else this.#failed += 1;
  }

  /** @returns {{ status: 'failed' } | undefined} */
  onEnd() {
    console.log(`browser: ${this.#passed} passed, ${this.#failed} failed, ${this.#skipped.length} skipped`);
    if (this.#skipped.length === 0) return undefined;
    console.error(
      `Tests that did not run, which counts as failure:\n${this.#skipped.map((test) => `  ${test}`).join('\n')}`,
    );
    return { status: 'failed' };
  }
}
