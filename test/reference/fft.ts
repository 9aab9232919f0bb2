/**
 * Fourier transforms and convolution as their definitions have them, in plain float64: what the kernels are compared
 * with. Nothing here comes from src.
 */

/** A complex signal: the real and the imaginary parts. */
export interface Complex {
  re: Float64Array;
  im: Float64Array;
}

/** cos and sin of 2π·k/n with the argument brought to an eighth of a turn first: within 1 unit in the last place. */
function turn(k: number, n: number): [number, number] {
  const eighths = Math.floor((8 * k) / n);
  const inside = k - (eighths * n) / 8; // exact: n is a power of two
  const angle = (2 * Math.PI * inside) / n;
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const r = Math.SQRT1_2;
  switch (eighths & 7) {
    case 0:
      return [c, s];
    case 1:
      return [r * (c - s), r * (c + s)];
    case 2:
      return [-s, c];
    case 3:
      return [-r * (c + s), r * (c - s)];
    case 4:
      return [-c, -s];
    case 5:
      return [-r * (c - s), -r * (c + s)];
    case 6:
      return [s, -c];
    default:
      return [r * (c + s), -r * (c - s)];
  }
}

/** a + b with the rounding error, exactly (Knuth, 1969). */
function twoSum(a: number, b: number): [number, number] {
  const sum = a + b;
  const part = sum - a;
  return [sum, a - (sum - part) + (b - part)];
}

/** The sum of many values, with the errors of the additions added up, too (Kahan and Babuška). */
function sumCompensated(values: Float64Array): number {
  let sum = 0;
  let errors = 0;
  for (const value of values) {
    const [next, error] = twoSum(sum, value);
    sum = next;
    errors += error;
  }
  return sum + errors;
}

/** The definition, n² products; the sums are compensated. */
export function dft({ re, im }: Complex): Complex {
  const n = re.length;
  const result = { re: new Float64Array(n), im: new Float64Array(n) };
  const table = Array.from({ length: n }, (_, k) => turn(k, n));
  const [partsRe, partsIm] = [new Float64Array(2 * n), new Float64Array(2 * n)];
  for (let k = 0; k < n; k++) {
    for (let i = 0; i < n; i++) {
      const [c, s] = table[(k * i) % n];
      partsRe[2 * i] = re[i] * c;
      partsRe[2 * i + 1] = im[i] * s;
      partsIm[2 * i] = im[i] * c;
      partsIm[2 * i + 1] = -re[i] * s;
    }
    result.re[k] = sumCompensated(partsRe);
    result.im[k] = sumCompensated(partsIm);
  }
  return result;
}

/** Radix 2, decimation in time, recursively; every twiddle evaluated for itself. */
export function fftRecursive({ re, im }: Complex): Complex {
  const n = re.length;
  if (n === 1) return { re: re.slice(), im: im.slice() };
  const half = n / 2;
  const take = (values: Float64Array, first: number) =>
    Float64Array.from({ length: half }, (_, i) => values[2 * i + first]);
  const even = fftRecursive({ re: take(re, 0), im: take(im, 0) });
  const odd = fftRecursive({ re: take(re, 1), im: take(im, 1) });
  const result = { re: new Float64Array(n), im: new Float64Array(n) };
  for (let k = 0; k < half; k++) {
    const [c, s] = turn(k, n);
    const oddRe = odd.re[k] * c + odd.im[k] * s;
    const oddIm = odd.im[k] * c - odd.re[k] * s;
    result.re[k] = even.re[k] + oddRe;
    result.im[k] = even.im[k] + oddIm;
    result.re[k + half] = even.re[k] - oddRe;
    result.im[k + half] = even.im[k] - oddIm;
  }
  return result;
}

/** The more exact one where that is affordable. */
export function referenceFft(signal: Complex): Complex {
  return signal.re.length <= 256 ? dft(signal) : fftRecursive(signal);
}

/** A real signal's spectrum, bins 0 to n/2, interleaved. */
export function referenceRealFft(x: ArrayLike<number>): Float64Array {
  const n = x.length;
  const { re, im } = referenceFft({ re: Float64Array.from(x), im: new Float64Array(n) });
  return Float64Array.from({ length: n + 2 }, (_, i) => (i % 2 === 0 ? re[i / 2] : im[(i - 1) / 2]));
}

/** An interleaved complex signal's spectrum, interleaved. */
export function referenceComplexFft(x: ArrayLike<number>): Float64Array {
  const n = x.length / 2;
  const { re, im } = referenceFft({
    re: Float64Array.from({ length: n }, (_, i) => x[2 * i]),
    im: Float64Array.from({ length: n }, (_, i) => x[2 * i + 1]),
  });
  return Float64Array.from({ length: 2 * n }, (_, i) => (i % 2 === 0 ? re[i / 2] : im[(i - 1) / 2]));
}

/** Direct convolution at chosen frames: Σ h[j]·x[k − j]. */
export function convolveAt(x: ArrayLike<number>, h: ArrayLike<number>, frame: number): number {
  let sum = 0;
  const first = Math.max(0, frame - x.length + 1);
  const last = Math.min(frame, h.length - 1);
  for (let j = first; j <= last; j++) sum += h[j] * x[frame - j];
  return sum;
}

/** Root mean square of the differences, relative to that of the reference. */
export function relativeError(actual: ArrayLike<number>, reference: ArrayLike<number>): number {
  if (actual.length !== reference.length) return Number.POSITIVE_INFINITY;
  let error = 0;
  let power = 0;
  for (let i = 0; i < reference.length; i++) {
    error += (actual[i] - reference[i]) ** 2;
    power += reference[i] ** 2;
  }
  return Math.sqrt(error / power);
}
