import { expect, test } from 'vitest';
import { readDamaged } from './_outcomes.js';

/** In portions, so that a failure tells early. */
test.each(Array.from({ length: 100 }, (_, portion) => portion))(
  'a thousand damaged files are read with a report or refused as damaged: portion %i of 100',
  async (portion) => {
    const { decoded, refused } = await readDamaged(1000 + portion * 1000, 1000);
    expect(decoded + refused).toBe(1000);
  },
);
