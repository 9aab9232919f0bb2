import { expect, test } from 'vitest';
import { readDamaged } from './_outcomes.js';

test('every damaged file is read with a report or refused as damaged, in bounded time and memory', async () => {
  const { decoded, refused, reported } = await readDamaged(1, 400);
  expect(decoded + refused).toBe(400);
  for (const count of [decoded, refused, reported]) expect(count).toBeGreaterThan(40);
});
