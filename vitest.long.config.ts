import { defineConfig } from 'vitest/config';

/** The long tests: exhaustive, soak, peers. `npm run test:long`. */
export default defineConfig({
  test: {
    include: [
      'test/**/*.long.ts',
      'test/transform/*.test.ts',
      'test/allocation/*.test.ts',
      'test/resample/allocation.test.ts',
      'test/docs/examples.test.ts',
      'test/engine/wasm.test.ts',
    ],
    setupFiles: ['test/_equality.ts'],
    env: { PALEY_LONG: '1' },
    testTimeout: 1_800_000,
  },
});
