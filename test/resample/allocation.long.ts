import { expect, it } from 'vitest';
import { allocationsOf } from './_allocations.js';

const WAYS = [
  'exact',
  'exact-mixed',
  'exact-minimum',
  'interpolating',
  'intermediate',
  'varying',
  'varying-minimum',
  'reference',
  'copying',
  'driven',
  'buffered',
  'irregular',
];

it.each(WAYS)('allocates nothing in 10^6 calls: %s', (way) => {
  expect(allocationsOf(way, 1_000_000)).toEqual({ places: [], memoryKept: true });
});
