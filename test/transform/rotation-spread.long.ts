import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { Rotation } from '../../src/transform/index.js';

/**
 * Distribution function of the standard normal, from its Taylor series about 0:
 * 1/2 + φ(x)·(x + x³/3 + x⁵/(3·5) + …), all terms of one sign.
 */
function normalDistribution(x: number): number {
  if (x < -8) return 0;
  if (x > 8) return 1;
  let term = x;
  let sum = x;
  for (let n = 3; Math.abs(term) > 1e-17; n += 2) {
    term *= (x * x) / n;
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

/** The Kolmogorov–Smirnov distance: the largest between the empirical distribution function and the normal one. */
function distanceFromNormal(values: Float32Array): number {
  const sorted = values.slice().sort();
  let largest = 0;
  for (let i = 0; i < sorted.length; ) {
    let next = i;
    while (next < sorted.length && sorted[next] === sorted[i]) next++;
    const expected = normalDistribution(sorted[i]);
    largest = Math.max(largest, Math.abs(expected - i / sorted.length), Math.abs(expected - next / sorted.length));
    i = next;
  }
  return largest;
}

const SAMPLES = 50_000;
const BATCHES = 3;

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load();
});

/**
 * One coordinate, times √d, of a one-hot vector under each of 50,000 rotations: seeds one after the other, position and
 * coordinate going round at different speeds.
 */
function spread(size: number, blocks: 1 | 2 | 3, firstSeed: number): Float32Array {
  return Float32Array.from({ length: SAMPLES }, (_, index) => {
    const seed = firstSeed + index;
    const rotation = new Rotation(engine, { size, blocks, seed });
    rotation.buffer[(seed * 7) % size] = Math.sqrt(size);
    rotation.run();
    const value = rotation.buffer[(seed * 13) % size];
    rotation.dispose();
    // Equal but for rounding is equal: with few blocks the values are few.
    return Math.round(value * 2 ** 16) / 2 ** 16 + 0;
  });
}

/** The mean over some batches of rotations: one alone scatters by a tenth where the distance itself is small. */
function meanDistance(size: number, blocks: 1 | 2 | 3): number {
  let sum = 0;
  for (let batch = 0; batch < BATCHES; batch++) sum += distanceFromNormal(spread(size, blocks, batch * SAMPLES));
  return sum / BATCHES;
}

describe('the coordinates of a rotated one-hot vector', () => {
  it('are measured against the normal distribution', () => {
    expect(normalDistribution(0)).toBe(0.5);
    expect(normalDistribution(1)).toBeCloseTo(0.8413447460685429, 14);
    expect(normalDistribution(-2)).toBeCloseTo(0.022750131948179, 14);
    expect(distanceFromNormal(Float32Array.of(-1, 1, -1, 1))).toBeCloseTo(0.3413447, 6);
  });

  // A uniformly rotated vector would leave the sampling error alone: 0.87/√50000 = 0.004 on average.
  it.each([
    { size: 64, blocks: 1, published: 0.34 },
    { size: 64, blocks: 2, published: 0.052 },
    { size: 64, blocks: 3, published: 0.023 },
    { size: 256, blocks: 1, published: 0.34 },
    { size: 256, blocks: 2, published: 0.027 },
    { size: 256, blocks: 3, published: 0.009 },
  ] as const)(
    'are within 20 % of $published from normal: size $size, $blocks blocks',
    ({ size, blocks, published }) => {
      const distance = meanDistance(size, blocks);
      expect(distance).toBeGreaterThan(published * 0.8);
      expect(distance).toBeLessThan(published * 1.2);
    },
  );

  it('come closer to normal with every block', () => {
    const [one, two, three] = ([1, 2, 3] as const).map((blocks) => meanDistance(16, blocks));
    expect(one).toBeGreaterThan(two);
    expect(two).toBeGreaterThan(three);
  });
});
