/**
 * The Fourier transform of the measuring bench: radix 2, in place, float64. It shares nothing with the transforms it
 * helps to measure, and takes its twiddles straight from Math.cos and Math.sin.
 */

/**
 * A complex discrete Fourier transform of one size (Cooley & Tukey, 1965: decimation in time after a bit reversal).
 *
 * Real and imaginary parts are two float64 arrays of `size` values, transformed in place. `forward` computes
 * X[k] = Σ x[n]·e^(−2πikn/size); `inverse` undoes it, factor 1/size included. Not real-time safe by promise, though it
 * allocates only when constructed.
 *
 * @throws RangeError when the size is no power of two from 1 to 2^26.
 * @example
 * const fft = new Fft(8);
 * const re = Float64Array.of(1, 0, 0, 0, 0, 0, 0, 0);
 * const im = new Float64Array(8);
 * fft.forward(re, im); // re is now all ones
 */
export class Fft {
  readonly size: number;
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;

  constructor(size: number) {
    if (!Number.isInteger(size) || size < 1 || size > 2 ** 26 || 2 ** Math.round(Math.log2(size)) !== size) {
      throw new RangeError(`size expected a power of two from 1 to 2^26, got ${size}`);
    }
    this.size = size;
    const half = size >> 1;
    this.#cos = new Float64Array(half);
    this.#sin = new Float64Array(half);
    for (let k = 0; k < half; k++) {
      this.#cos[k] = Math.cos((2 * Math.PI * k) / size);
      this.#sin[k] = Math.sin((2 * Math.PI * k) / size);
    }
  }

  /** Transforms in place, time to frequency. */
  forward(re: Float64Array, im: Float64Array): void {
    const { size } = this;
    if (re.length !== size || im.length !== size) {
      throw new RangeError(`re and im expected ${size} values each, got ${re.length} and ${im.length}`);
    }
    this.#reverse(re, im);
    const cos = this.#cos;
    const sin = this.#sin;
    for (let half = 1; half < size; half *= 2) {
      const stride = size / (2 * half);
      for (let start = 0; start < size; start += 2 * half) {
        for (let j = 0, t = 0; j < half; j++, t += stride) {
          const a = start + j;
          const b = a + half;
          const c = cos[t];
          const s = sin[t];
          const x = re[b] * c + im[b] * s;
          const y = im[b] * c - re[b] * s;
          re[b] = re[a] - x;
          im[b] = im[a] - y;
          re[a] += x;
          im[a] += y;
        }
      }
    }
  }

  /** Transforms in place, frequency to time, and divides by the size. */
  inverse(re: Float64Array, im: Float64Array): void {
    // Exchanging the parts conjugates up to a factor i, which exchanging them again takes out.
    this.forward(im, re);
    for (let i = 0; i < this.size; i++) {
      re[i] /= this.size;
      im[i] /= this.size;
    }
  }

  #reverse(re: Float64Array, im: Float64Array): void {
    const { size } = this;
    for (let i = 1, j = 0; i < size; i++) {
      let bit = size >> 1;
      for (; j & bit; bit >>= 1) j ^= bit;
      j ^= bit;
      if (i < j) {
        const x = re[i];
        const y = im[i];
        re[i] = re[j];
        im[i] = im[j];
        re[j] = x;
        im[j] = y;
      }
    }
  }
}

/** The smallest power of two that is at least `n`. */
export function powerOfTwoFrom(n: number): number {
  let size = 1;
  while (size < n) size *= 2;
  return size;
}
