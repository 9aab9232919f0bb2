import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { BitstreamError } from '../../src/engine/errors.js';
import { VectorCodec } from '../../src/vectors/index.js';
import { dot, gaussian } from '../reference/vectors.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load();
});

const decibels = (x: Float32Array, decoded: Float32Array) => {
  let error = 0;
  for (const [i, value] of decoded.entries()) error += (value - x[i]) ** 2;
  return 10 * Math.log10(dot(x, x) / error);
};

/** The nearest point of E8 by trying: both rounded sets with each one of the eight moved to its other neighbour. */
function nearestByTrial(x: number[]): number {
  let best = Infinity;
  for (const shift of [0, 0.5]) {
    const rounded = x.map((value) => Math.round(value - shift) + shift);
    for (let moved = -1; moved < 8; moved++) {
      for (const by of [-1, 1]) {
        const point = rounded.map((value, i) => (i === moved ? value + by : value));
        if (point.reduce((sum, value) => sum + value, 0) % 2 !== 0) continue;
        best = Math.min(
          best,
          point.reduce((sum, value, i) => sum + (value - x[i]) ** 2, 0),
        );
      }
    }
  }
  return best;
}

describe('e8', () => {
  it.each([
    [2, 1.5],
    [3, 2],
    [4, 2.5],
  ])('at %i actual bits beats eden by %d dB on Gaussian vectors of 1024, side information included', (bits, gain) => {
    const x = gaussian(64 * 1024, bits);
    const lattice = new VectorCodec(engine, { codec: 'e8', dimension: 1024, bits, scaleFormat: 'float16' });
    const bytes = lattice.encode(x);
    const actual = (8 * bytes.length) / x.length;
    expect(Math.abs(actual - bits)).toBeLessThan(0.02);
    // 16 bits a scale are 1/64 of a bit: the fraction is a multiple of that.
    const eden = new VectorCodec(engine, { codec: 'eden', dimension: 1024, bits, scaleFormat: 'float16' });
    const below = decibels(x, eden.decode(eden.encode(x)));
    // At equal bits: 6.02 dB for each bit that eden takes more.
    const equal = below + (actual - eden.bitsPerSample) * 6.02;
    const found = decibels(x, lattice.decode(bytes));
    expect(found - equal, `${found} against ${equal}, ${actual} bits`).toBeGreaterThan(gain);
    lattice.dispose();
    eden.dispose();
  });

  it('takes the nearest point of the lattice', () => {
    const codec = new VectorCodec(engine, { codec: 'e8', dimension: 512, bits: 7, rotation: 'none' });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
        const x = gaussian(512, seed);
        const decoded = codec.decode(codec.encode(x));
        // The step, from the decoded values: all are odd or even multiples of half of it in groups of 8.
        const scaled = new DataView(codec.encode(x).buffer).getFloat32(2, true);
        let sum = 0;
        for (let at = 0; at < 512; at += 8) {
          const point = [...decoded.subarray(at, at + 8)].map((value) => value / scaled);
          const total = point.reduce((part, value) => part + value, 0);
          expect(Math.abs(total / 2 - Math.round(total / 2))).toBeLessThan(1e-3);
          const target = [...x.subarray(at, at + 8)].map((value) => value / scaled);
          const distance = point.reduce((total, value, i) => total + (value - target[i]) ** 2, 0);
          // The scale is fitted after the choice, so the target has moved a little.
          const excess = distance - nearestByTrial(target);
          expect(excess).toBeLessThan(0.3);
          sum += excess / 64;
        }
        expect(sum).toBeLessThan(0.01);
      }),
      { numRuns: 40 },
    );
    codec.dispose();
  });

  it.each([1, 2.5, 4, 6, 8])(
    'comes out at %d bits for Gaussian data, and decodes zeros, spikes and constants',
    (bits) => {
      const codec = new VectorCodec(engine, { codec: 'e8', dimension: 512, bits, rotation: 'none' });
      const x = gaussian(512 * 40);
      x.fill(0, 512, 1024);
      x.fill(0, 1024, 1536);
      x[1100] = 1e5;
      x.fill(3, 1536, 2048);
      const bytes = codec.encode(x);
      const decoded = codec.decode(bytes);
      expect(codec.countVectors(bytes)).toBe(40);
      expect(Math.abs((8 * bytes.length) / x.length / bits - 1)).toBeLessThan(0.15);
      expect(decoded.subarray(512, 1024).every((value) => value === 0)).toBe(true);
      expect(Math.abs(decoded[1100] / 1e5 - 1)).toBeLessThan(0.05);
      expect(decibels(x.subarray(1536), decoded.subarray(1536))).toBeGreaterThan(5.5 * bits - 3);
      codec.dispose();
    },
  );

  it('throws where bytes end within a vector, and gives finite values for any others', () => {
    const codec = new VectorCodec(engine, { codec: 'e8', dimension: 64, bits: 3 });
    const bytes = codec.encode(gaussian(64 * 5));
    expect(() => codec.decode(bytes.subarray(0, bytes.length - 1))).toThrow(BitstreamError);
    expect(() => codec.decode(bytes.subarray(0, 5))).toThrow(BitstreamError);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 30, maxLength: 60 }), (noise) => {
        const damaged = bytes.slice();
        damaged.set(noise, 6);
        try {
          expect(codec.decode(damaged).every(Number.isFinite)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(BitstreamError);
        }
      }),
    );
    codec.dispose();
  });

  it('gives inner products from codes that are those of the decoded vectors', () => {
    const codec = new VectorCodec(engine, { codec: 'e8', dimension: 256, bits: 3, seed: 2 });
    const x = gaussian(256 * 30);
    const bytes = codec.encode(x);
    const decoded = codec.decode(bytes);
    const query = gaussian(256, 8);
    for (const [vector, product] of codec.innerProducts(bytes, query).entries()) {
      expect(Math.abs(product - dot(decoded.subarray(256 * vector, 256 * (vector + 1)), query))).toBeLessThan(1e-3);
    }
    codec.dispose();
  });
});
