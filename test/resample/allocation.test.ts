import { expect, it } from 'vitest';
import { allocationsOf } from './_allocations.js';

it('allocates nothing in 10^5 calls of all kinds of resamplers in turn, and the memory stays as it was', () => {
  expect(allocationsOf('together', 100_000)).toMatchObject({ places: [], memoryKept: true });
});
