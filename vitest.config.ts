import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';

/** Tests in a real browser: too much for a machine on which others run at the same time. */
const inBrowser = ['test/browser/**/*.test.ts', 'test/e2e/**/*.test.ts', 'test/electron/**/*.test.ts'];

export default defineConfig({
  plugins: [vue()],
  test: {
    setupFiles: ['test/project/fast-check.setup.ts'],
    pool: 'threads',
    // A test that passes at the second try hides a fault; one that is run alone hides the others.
    retry: 0,
    allowOnly: false,
    testTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: inBrowser,
          // The project's machines have two cores.
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: inBrowser,
          globalSetup: ['test/browser/browser.setup.ts'],
          // When all others have ended, and one after the other.
          sequence: { groupOrder: 1 },
          maxWorkers: 1,
          // A browser, a host and real files each; where one hangs, the page's own limits tell where.
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
