import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [vue()],
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/project/fast-check.setup.ts'],
    // The project's machines have two cores.
    pool: 'threads',
    maxWorkers: 2,
    // A test that passes at the second try hides a fault; one that is run alone hides the others.
    retry: 0,
    allowOnly: false,
    testTimeout: 30_000,
  },
});
