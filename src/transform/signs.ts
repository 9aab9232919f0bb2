/**
 * The signs of the random rotations, defined so that anybody can make the same ones.
 *
 * The generator is splitmix64 (G. L. Steele, D. Lea, C. H. Flood, Fast splittable pseudorandom number generators,
 * OOPSLA 2014), which is a mixing function over a counter: output k, counted from 0, of the generator seeded with s is
 *
 *   z = s + (k + 1)·0x9e3779b97f4a7c15
 *   z = (z ^ (z >> 30))·0xbf58476d1ce4e5b9
 *   z = (z ^ (z >> 27))·0x94d049bb133111eb
 *   z ^ (z >> 31)
 *
 * all modulo 2^64, shifts filling with zeros. Sign i of block b, both counted from 0, is bit i mod 64 (bit 0 the
 * least) of output b·2^32 + floor(i/64): a 1 is a minus. The signs depend on neither the size nor the number of
 * blocks.
 */
import { checkInteger } from '../engine/check.js';

const MASK = 0xffff_ffff_ffff_ffffn;
const INCREMENT = 0x9e37_79b9_7f4a_7c15n;

/**
 * Output `index`, from 0, of splitmix64 seeded with `seed`, both modulo 2^64.
 *
 * @example
 * ```ts
 * import { splitmix64 } from 'paley';
 *
 * console.log(splitmix64(1234567n, 0n)); // 6457827717110365317n
 * ```
 */
export function splitmix64(seed: bigint, index: bigint): bigint {
  let z = (seed + (index + 1n) * INCREMENT) & MASK;
  z = ((z ^ (z >> 30n)) * 0xbf58_476d_1ce4_e5b9n) & MASK;
  z = ((z ^ (z >> 27n)) * 0x94d0_49bb_1331_11ebn) & MASK;
  return z ^ (z >> 31n);
}

/**
 * Fills `masks` with the signs of one block of a rotation, as the kernels take them: 0, or the sign bit of a float32.
 * `seed` is a whole number from 0 to 2^53 − 1, `block` one from 0 to 255. Not real-time safe.
 *
 * @throws TypeError or RangeError for a seed or block out of range.
 */
export function fillSignMasks(masks: Uint32Array, seed: number, block = 0): void {
  checkInteger('seed', seed, 0, Number.MAX_SAFE_INTEGER);
  checkInteger('block', block, 0, 255);
  const first = BigInt(block) << 32n;
  for (let word = 0; word * 64 < masks.length; word++) {
    const bits = splitmix64(BigInt(seed), first + BigInt(word));
    const halves = [Number(bits & 0xffff_ffffn), Number(bits >> 32n)];
    const end = Math.min(masks.length, word * 64 + 64);
    for (let i = word * 64; i < end; i++) masks[i] = ((halves[(i >> 5) & 1] >>> (i & 31)) & 1) << 31;
  }
}
