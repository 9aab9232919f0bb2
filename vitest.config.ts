import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/_equality.ts'],
    testTimeout: 30_000,
    // By default one core is left for watching; nobody watches here.
    maxWorkers: '100%',
    // Tests share nothing that they change; a fresh process for each file would load everything 80 times.
    pool: 'threads',
    isolate: false,
  },
});
