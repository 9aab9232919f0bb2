import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { pvqCount, pvqIndex, pvqVector, VectorCodec } from '../../src/vectors/index.js';
import { dot, gaussian } from '../reference/vectors.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load();
});

describe('the numbering of pyramid vectors', () => {
  it('counts as the literature does', () => {
    expect(pvqCount(8, 4)).toBe(2816n);
    expect(pvqCount(16, 8)).toBe(30_316_544n);
    expect(pvqCount(16, 16)).toBe(148_348_809_216n);
  });

  it.each([
    [1, 5],
    [2, 7],
    [3, 4],
    [4, 4],
    [5, 3],
    [8, 4],
  ])('is a bijection over all vectors of %i integers with %i pulses', (size, pulses) => {
    const seen = new Set<string>();
    for (let index = 0n; index < pvqCount(size, pulses); index++) {
      const vector = pvqVector(size, pulses, index);
      expect(vector.reduce((sum, value) => sum + Math.abs(value), 0)).toBe(pulses);
      if (pvqIndex(vector) !== index) expect.fail(`${vector} has index ${pvqIndex(vector)}, not ${index}`);
      seen.add(vector.join());
    }
    expect(BigInt(seen.size)).toBe(pvqCount(size, pulses));
  });

  it('is a bijection over random vectors of large sizes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 60 }),
        fc.bigInt(),
        (size, pulses, seed) => {
          const count = pvqCount(size, pulses);
          const index = ((seed % count) + count) % count;
          expect(pvqIndex(pvqVector(size, pulses, index))).toBe(index);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('refuses what is not one of its vectors or numbers', () => {
    expect(() => pvqVector(8, 4, 2816n)).toThrow(RangeError);
    expect(() => pvqVector(8, 4, -1n)).toThrow(RangeError);
    expect(() => pvqVector(8, 4, 5 as never)).toThrow(TypeError);
    expect(() => pvqIndex([0.5])).toThrow(RangeError);
    expect(() => pvqIndex('1' as never)).toThrow(TypeError);
  });
});

describe('pvq', () => {
  /** Index bits and where they stand: behind the scale and the groups' gains. */
  function indices(bytes: Uint8Array, groups: number, bits: number): bigint[] {
    let stream = 0n;
    for (let i = bytes.length - 1; i >= 4 + groups; i--) stream = (stream << 8n) | BigInt(bytes[i]);
    return Array.from({ length: groups }, (_, i) => (stream >> BigInt(i * bits)) & ((1n << BigInt(bits)) - 1n));
  }

  it.each([
    [8, 4, 12, 0.163],
    [16, 8, 25, 0.154],
    [16, 16, 38, 0.051],
  ])('has 1 − cos² of the literature for (%i, %i), and indices of %i bits', (groupSize, pulses, bits, expected) => {
    const dimension = 128;
    const codec = new VectorCodec(engine, { codec: 'pvq', dimension, groupSize, pulses, rotation: 'none' });
    const groups = dimension / groupSize;
    expect(codec.vectorBytes).toBe(4 + groups + Math.ceil((groups * bits) / 8));
    const x = gaussian(500 * dimension);
    const bytes = codec.encode(x);
    const decoded = codec.decode(bytes);
    let sum = 0;
    for (let at = 0; at < x.length; at += groupSize) {
      const [a, b] = [x.subarray(at, at + groupSize), decoded.subarray(at, at + groupSize)];
      sum += 1 - dot(a, b) ** 2 / (dot(a, a) * dot(b, b));
    }
    const mean = sum / (x.length / groupSize);
    expect(Math.abs(mean / expected - 1), `${mean}`).toBeLessThan(0.02);
    // The kernel's numbering is the one of pvqVector.
    for (const [group, index] of indices(bytes.subarray(0, codec.vectorBytes), groups, bits).entries()) {
      const vector = pvqVector(groupSize, pulses, index);
      const shape = decoded.subarray(group * groupSize, (group + 1) * groupSize);
      expect(1 - dot(vector, shape) ** 2 / (dot(vector, vector) * dot(shape, shape))).toBeLessThan(1e-6);
    }
    codec.dispose();
  });

  it('takes as many pulses as the bits allow, up to indices of 63 bits', () => {
    for (const [bits, groupSize] of [
      [1.5, 8],
      [4, 8],
      [3.9, 16],
      [8, 2],
      [4, 4],
    ]) {
      const codec = new VectorCodec(engine, { codec: 'pvq', dimension: 64, bits, groupSize, seed: 3 });
      expect(codec.bitsPerSample).toBeLessThanOrEqual(bits + 8 / groupSize + 32 / 64 + 8 / 64);
      const x = gaussian(640);
      const decoded = codec.decode(codec.encode(x));
      let error = 0;
      for (const [i, value] of decoded.entries()) error += (value - x[i]) ** 2;
      expect(error / dot(x, x)).toBeLessThan(bits < 2 ? 0.25 : 0.06);
      codec.dispose();
    }
  });

  it('makes zeros of a vector with an index that is none, and counts it', () => {
    const codec = new VectorCodec(engine, { codec: 'pvq', dimension: 16, groupSize: 8, pulses: 4, rotation: 'none' });
    const bytes = codec.encode(gaussian(32));
    bytes.fill(0xff, 6, codec.vectorBytes);
    const decoded = codec.decode(bytes);
    expect(decoded.subarray(0, 16).every((value) => value === 0)).toBe(true);
    expect(decoded.subarray(16).some((value) => value !== 0)).toBe(true);
    expect(codec.faults).toBe(1);
    codec.dispose();
  });
});
