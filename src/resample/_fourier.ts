/**
 * A complex Fourier transform for the design of filters: float64, twiddles from exact-math, so that what is designed has
 * the same bits in every runtime, and no engine needed. For signals use the transform family's.
 */
import { cosPi, sinPi } from '../engine/exact-math.js';

/**
 * Transforms `size` complex numbers, a power of two, in place: X[k] = Σ x[n]·e^(−2πikn/size), or with `inverse` the
 * conjugate of that, without a factor. Radix 2, decimation in time (Cooley and Tukey, 1965).
 */
export class DesignFourier {
  readonly size: number;
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;

  constructor(size: number) {
    this.size = size;
    const half = size / 2;
    this.#cos = new Float64Array(half);
    this.#sin = new Float64Array(half);
    for (let k = 0; k < half; k++) {
      this.#cos[k] = cosPi((2 * k) / size);
      this.#sin[k] = sinPi((2 * k) / size);
    }
  }

  run(re: Float64Array, im: Float64Array, inverse = false): void {
    const { size } = this;
    const cos = this.#cos;
    const sin = this.#sin;
    for (let i = 1, j = 0; i < size; i++) {
      let bit = size >> 1;
      for (; j & bit; bit >>= 1) j ^= bit;
      j ^= bit;
      if (i < j) {
        [re[i], re[j]] = [re[j], re[i]];
        [im[i], im[j]] = [im[j], im[i]];
      }
    }
    const sign = inverse ? 1 : -1;
    for (let half = 1; half < size; half *= 2) {
      const stride = size / (2 * half);
      for (let start = 0; start < size; start += 2 * half) {
        for (let j = 0, t = 0; j < half; j++, t += stride) {
          const a = start + j;
          const b = a + half;
          const c = cos[t];
          const s = sign * sin[t];
          const x = re[b] * c - im[b] * s;
          const y = re[b] * s + im[b] * c;
          re[b] = re[a] - x;
          im[b] = im[a] - y;
          re[a] += x;
          im[a] += y;
        }
      }
    }
  }
}
