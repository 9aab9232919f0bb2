// Fourier transforms too short for the passes of fft.ts: the sums of the definition, in float64 whatever the samples.
//
// Memory: `table` has the float64 pairs re and im of w^j, j = 0 … size − 1, where w = exp(−2πi/size). Numbers are
// interleaved. Of a real signal's spectrum, `packed` puts the two real bins X[0] and X[size/2] first and X[1] … after
// them; else there are size/2 + 1 numbers. `work` is as long as the target: source and target may be the same.

function copyValues<T>(target: usize, source: usize, count: i32): void {
  const end = source + <usize>count * sizeof<T>();
  for (; source < end; source += sizeof<T>(), target += sizeof<T>()) store<T>(target, load<T>(source));
}

export function smallComplex<T>(
  target: usize,
  source: usize,
  work: usize,
  table: usize,
  size: i32,
  scale: T,
  inverse: bool,
): void {
  const sign: f64 = inverse ? -1 : 1;
  for (let k = 0; k < size; k++) {
    let re: f64 = 0;
    let im: f64 = 0;
    for (let n = 0; n < size; n++) {
      const w = table + ((<usize>((k * n) & (size - 1))) << 4);
      const wRe = load<f64>(w);
      const wIm = sign * load<f64>(w, 8);
      const x = source + <usize>n * (2 * sizeof<T>());
      const xRe = <f64>load<T>(x);
      const xIm = <f64>load<T>(x, sizeof<T>());
      re += xRe * wRe - xIm * wIm;
      im += xRe * wIm + xIm * wRe;
    }
    const y = work + <usize>k * (2 * sizeof<T>());
    store<T>(y, <T>(re * <f64>scale));
    store<T>(y, <T>(im * <f64>scale), sizeof<T>());
  }
  copyValues<T>(target, work, 2 * size);
}

export function smallReal<T>(
  target: usize,
  source: usize,
  work: usize,
  table: usize,
  size: i32,
  scale: T,
  packed: bool,
): void {
  const half = size >> 1;
  for (let k = 0; k <= half; k++) {
    let re: f64 = 0;
    let im: f64 = 0;
    for (let n = 0; n < size; n++) {
      const w = table + ((<usize>((k * n) & (size - 1))) << 4);
      const x = <f64>load<T>(source + <usize>n * sizeof<T>());
      re += x * load<f64>(w);
      im += x * load<f64>(w, 8);
    }
    const y = work + <usize>k * (2 * sizeof<T>());
    if (packed && k === half) {
      store<T>(work, <T>(re * <f64>scale), sizeof<T>());
    } else {
      store<T>(y, <T>(re * <f64>scale));
      store<T>(y, k === 0 || k === half ? <T>0 : <T>(im * <f64>scale), sizeof<T>());
    }
  }
  copyValues<T>(target, work, packed ? size : size + 2);
}

export function smallInverseReal<T>(
  target: usize,
  source: usize,
  work: usize,
  table: usize,
  size: i32,
  scale: T,
  packed: bool,
): void {
  const half = size >> 1;
  const direct = <f64>load<T>(source);
  const nyquist = <f64>load<T>(packed ? source + sizeof<T>() : source + <usize>half * (2 * sizeof<T>()));
  for (let n = 0; n < size; n++) {
    let sum: f64 = 0;
    for (let k = 1; k < half; k++) {
      const w = table + ((<usize>((k * n) & (size - 1))) << 4);
      const x = source + <usize>k * (2 * sizeof<T>());
      sum += <f64>load<T>(x) * load<f64>(w) + <f64>load<T>(x, sizeof<T>()) * load<f64>(w, 8);
    }
    const ends = (n & 1) === 0 ? direct + nyquist : direct - nyquist;
    store<T>(work + <usize>n * sizeof<T>(), <T>((2 * sum + ends) * <f64>scale));
  }
  copyValues<T>(target, work, size);
}
