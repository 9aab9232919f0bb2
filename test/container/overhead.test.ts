import { describe, expect, test } from 'vitest';
import type { PaleyWriterOptions } from '../../src/container/index.js';
import { makePackets, write } from './_streams.js';

/** Numbers in [0, 1) from a 32-bit linear congruential generator (Numerical Recipes' constants). */
function makeRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A normal variable, as a sum of twelve uniform ones. */
function makeNormal(seed: number): () => number {
  const random = makeRandom(seed);
  return () => Array.from({ length: 12 }, random).reduce((sum, value) => sum + value, -6);
}

/** Container bytes as a share of packet bytes. */
function overhead(count: number, length: (index: number) => number, options?: PaleyWriterOptions): number {
  const packets = makePackets(count, length);
  const held = packets.reduce((sum, packet) => sum + packet.length, 0);
  return write(packets, options).length / held - 1;
}

describe('what a file costs beyond its packets', () => {
  test('50-byte packets, all equal: below 0.1 %', () => {
    expect(overhead(20000, () => 50)).toBeLessThan(0.001);
  });

  test('50-byte packets of a short file, 100 KiB: below 1 %', () => {
    expect(overhead(2048, () => 50)).toBeLessThan(0.01);
  });

  test.each([
    [1, 0.007],
    [2, 0.009],
    [2.8, 0.01],
    [4, 0.0112], // whose entropy alone is 4.05 bits, 1.01 %: no code could hold 1 %
  ])('packets of 50 bytes, normally distributed with a deviation of %d: below %d', (deviation, limit) => {
    const normal = makeNormal(deviation);
    expect(overhead(20000, () => Math.round(50 + deviation * normal()))).toBeLessThan(limit);
  });

  test('packets around 50 bytes whose length wanders far, but slowly: below 1 %', () => {
    const normal = makeNormal(7);
    let length = 50;
    expect(
      overhead(20000, () => {
        length = Math.min(Math.max(length + 1.5 * normal(), 10), 90);
        return Math.round(length);
      }),
    ).toBeLessThan(0.01);
  });

  test('live, a page costs at most 27 bytes', () => {
    const packets = makePackets(1000, () => 50);
    const whole = write(packets, { live: true, headerInterval: 10000 });
    const bare = write([], { live: true });
    expect((whole.length - bare.length) / packets.length - 50).toBeLessThanOrEqual(27);
  });
});
