import { defineConfig } from '@playwright/test';
import { findChromium } from './scripts/provide-programs.mjs';

const executablePath = findChromium();
if (executablePath === undefined) throw new Error('There is no Chromium here. `npm test` installs it or says how to.');

export default defineConfig({
  testDir: './e2e',
  outputDir: './test-results',
  forbidOnly: true,
  fullyParallel: false,
  // Each worker starts a gateway and a browser of its own.
  workers: 2,
  reporter: [['list'], ['./scripts/count-browser-tests.mjs']],
  timeout: 180_000,
  expect: { timeout: 20_000 },
  use: {
    browserName: 'chromium',
    launchOptions: { executablePath },
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
  },
});
