/** Gaussian values from a seed, the same in every runtime. */
import { cosPi, ln, sinPi } from '../engine/exact-math.js';
import { splitmix64 } from '../transform/signs.js';

/**
 * Fills the array with values of mean 0 and variance 1: two from each output of splitmix64 (G. E. P. Box and M. E. Muller,
 * 1958), its upper half for the radius and its lower for the angle.
 */
export function fillNormal(values: Float32Array, seed: number): void {
  for (let i = 0; i < values.length; i += 2) {
    const word = splitmix64(BigInt(seed), BigInt(i));
    const radius = Math.sqrt(-2 * ln((Number(word >> 32n) + 0.5) / 2 ** 32));
    const angle = Number(word & 0xffff_ffffn) / 2 ** 31;
    values[i] = radius * cosPi(angle);
    if (i + 1 < values.length) values[i + 1] = radius * sinPi(angle);
  }
}
