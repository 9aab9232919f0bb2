import { defineConfig } from 'vitest/config';

/** The long tests: exhaustive, soak, peers. `npm run test:long`. */
export default defineConfig({
  test: {
    include: [
      'test/**/*.long.ts',
      'test/transform/*.test.ts',
      'test/allocation/*.test.ts',
      'test/resample/allocation.test.ts',
      'test/resample/phase.test.ts',
      'test/cli/damage.test.ts',
      'test/docs/examples.test.ts',
      'test/docs/formats.test.ts',
      'test/vectors-codec/document.test.ts',
      'test/engine/wasm.test.ts',
    ],
    setupFiles: ['test/_equality.ts'],
    env: { PALEY_LONG: '1' },
    testTimeout: 1_800_000,
  },
});
