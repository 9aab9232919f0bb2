/** Quantisers of vectors written plainly in float64: naive transforms, linear searches, whole numbers. */
import { fillSignMasks } from '../../src/transform/signs.js';

/** y = H·D·x/√n for each of the rotations, group by group. */
export function rotate(x: readonly number[], size: number, seed: number, blocks: number): number[] {
  let y = [...x];
  for (let block = 0; block < blocks; block++) {
    const masks = new Uint32Array(size);
    fillSignMasks(masks, seed, block);
    y = y.flatMap((_, at) => {
      if (at % size !== 0) return [];
      const group = y.slice(at, at + size).map((value, i) => (masks[i] ? -value : value));
      for (let stride = 1; stride < size; stride *= 2) {
        for (let i = 0; i < size; i++) {
          if (i & stride) continue;
          const [a, b] = [group[i], group[i + stride]];
          group[i] = a + b;
          group[i + stride] = a - b;
        }
      }
      return group.map((value) => value / Math.sqrt(size));
    });
  }
  return y;
}

export const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
};

/** ‖a − b‖²/‖a‖². */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let error = 0;
  for (let i = 0; i < a.length; i++) error += (a[i] - b[i]) ** 2;
  return error / dot(a, a);
}

/** EDEN on a turned vector: codes, the levels they stand for, and both scales. `levels` are all of them, ascending. */
export function eden(y: readonly number[], levels: readonly number[]) {
  const norm = Math.sqrt(dot(y, y));
  const codes = y.map((value) => {
    const u = (value * Math.sqrt(y.length)) / norm;
    let code = 0;
    while (code + 1 < levels.length && u > (levels[code] + levels[code + 1]) / 2) code++;
    return code;
  });
  const z = codes.map((code) => levels[code]);
  return { codes, z, unbiased: norm ** 2 / dot(y, z), leastSquares: dot(y, z) / dot(z, z), norm };
}

/** Codes of a little-endian bit stream. */
export function readCodes(bytes: Uint8Array, at: number, count: number, bits: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    let code = 0;
    for (let bit = 0; bit < bits; bit++) {
      const place = i * bits + bit;
      code |= ((bytes[at + (place >> 3)] >> (place & 7)) & 1) << bit;
    }
    return code;
  });
}

/** Numbers 0 < u < 1, the same on every run (xorshift32; Marsaglia, 2003). */
export function uniform(seed: number): () => number {
  let state = (seed * 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) + 0.5) / 2 ** 32;
  };
}

export function normal(seed: number): () => number {
  const next = uniform(seed);
  for (let i = 0; i < 16; i++) next();
  return () => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
}

/** Gaussian vectors, one behind the other. */
export function gaussian(values: number, seed = 1): Float32Array {
  const next = normal(seed);
  return Float32Array.from({ length: values }, () => next());
}
