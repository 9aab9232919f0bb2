import { defineConfig } from 'vitest/config';

/** The long tests: exhaustive, soak, peers. `npm run test:long`. */
export default defineConfig({
  test: {
    include: ['test/**/*.long.ts'],
    testTimeout: 1_800_000,
  },
});
