import { expect, it } from 'vitest';
import { allocationsOf } from './_allocations.js';

/** 10^5 in `npm run test:long`, which sets PALEY_LONG. */
const CALLS = process.env.PALEY_LONG ? 100_000 : 30_000;

it('allocates nothing in tens of thousands of calls of all kinds of resamplers in turn, and the memory stays as it was', () => {
  expect(allocationsOf('together', CALLS)).toMatchObject({ places: [], memoryKept: true });
});
