// What the cosine transform does before and after the Fourier transform of the same size: J. Makhoul, A fast cosine
// transform in one and two dimensions (1980).
//
// Memory, n values: `signal` has the even samples, then the odd ones backwards; `spectrum` is its Fourier transform V, n + 2
// values, interleaved, with
//
//     X[k] − i·X[n − k] = exp(−πik/2n)·V[k]        k = 1 … n/2
//
// `table`: cos(πk/2n) for k = 1 … n/2, then the sines, float64. Between float32 values arithmetic is float64, too, rounded
// once: the turns cost no precision, and little time beside the transform.

/** Signal from samples. */
function reorder<T>(signal: usize, samples: usize, size: i32): void {
  const bytes = <usize>size * sizeof<T>();
  if (size < 8) {
    let low = signal;
    let high = signal + bytes - sizeof<T>();
    for (let at = samples; at < samples + bytes; at += 2 * sizeof<T>()) {
      store<T>(low, load<T>(at));
      store<T>(high, load<T>(at, sizeof<T>()));
      low += sizeof<T>();
      high -= sizeof<T>();
    }
    return;
  }
  let low = signal;
  let high = signal + bytes - 16;
  for (let at = samples; at < samples + bytes; at += 32) {
    const a = v128.load(at);
    const b = v128.load(at, 16);
    if (sizeof<T>() === 4) {
      v128.store(low, v128.shuffle<f32>(a, b, 0, 2, 4, 6));
      v128.store(high, v128.shuffle<f32>(a, b, 7, 5, 3, 1));
    } else {
      v128.store(low, v128.shuffle<f64>(a, b, 0, 2));
      v128.store(high, v128.shuffle<f64>(a, b, 3, 1));
    }
    low += 16;
    high -= 16;
  }
}

/** Samples from the signal. */
function restore<T>(samples: usize, signal: usize, size: i32): void {
  const bytes = <usize>size * sizeof<T>();
  if (size < 8) {
    let low = signal;
    let high = signal + bytes - sizeof<T>();
    for (let at = samples; at < samples + bytes; at += 2 * sizeof<T>()) {
      store<T>(at, load<T>(low));
      store<T>(at, load<T>(high), sizeof<T>());
      low += sizeof<T>();
      high -= sizeof<T>();
    }
    return;
  }
  let low = signal;
  let high = signal + bytes - 16;
  for (let at = samples; at < samples + bytes; at += 32) {
    const a = v128.load(low);
    const b = v128.load(high);
    if (sizeof<T>() === 4) {
      v128.store(at, v128.shuffle<f32>(a, b, 0, 7, 1, 6));
      v128.store(at, v128.shuffle<f32>(a, b, 2, 5, 3, 4), 16);
    } else {
      v128.store(at, v128.shuffle<f64>(a, b, 0, 3));
      v128.store(at, v128.shuffle<f64>(a, b, 1, 2), 16);
    }
    low += 16;
    high -= 16;
  }
}

/** Coefficients 1 … n − 1 from the spectrum, times `factor`; and coefficient 0, times `first`. */
function turn<T>(target: usize, spectrum: usize, table: usize, size: i32, first: f64, factor: f64): void {
  store<T>(target, <T>(first * <f64>load<T>(spectrum)));
  const sines = table + ((<usize>size) << 2);
  const factors = f64x2.splat(factor);
  let at = table;
  let from = spectrum + 2 * sizeof<T>();
  let low = target + sizeof<T>();
  let high = target + <usize>size * sizeof<T>();
  if (size < 8) {
    for (; at < sines; at += 8) {
      const cosine = load<f64>(at);
      const sine = load<f64>(at + (sines - table));
      const re = <f64>load<T>(from);
      const im = <f64>load<T>(from, sizeof<T>());
      high -= sizeof<T>();
      store<T>(low, <T>(factor * (cosine * re + sine * im)));
      store<T>(high, <T>(factor * (sine * re - cosine * im)));
      from += 2 * sizeof<T>();
      low += sizeof<T>();
    }
    return;
  }
  if (sizeof<T>() === 4) {
    for (; at < sines; at += 32) {
      const a = v128.load(from);
      const b = v128.load(from, 16);
      const re = v128.shuffle<f32>(a, b, 0, 2, 4, 6);
      const im = v128.shuffle<f32>(a, b, 1, 3, 5, 7);
      const lowRe = f64x2.promote_low_f32x4(re);
      const lowIm = f64x2.promote_low_f32x4(im);
      const highRe = f64x2.promote_low_f32x4(v128.shuffle<f32>(re, re, 2, 3, 2, 3));
      const highIm = f64x2.promote_low_f32x4(v128.shuffle<f32>(im, im, 2, 3, 2, 3));
      const lowCos = v128.load(at);
      const highCos = v128.load(at, 16);
      const lowSin = v128.load(at + (sines - table));
      const highSin = v128.load(at + (sines - table), 16);
      const x0 = f64x2.mul(factors, f64x2.add(f64x2.mul(lowCos, lowRe), f64x2.mul(lowSin, lowIm)));
      const x1 = f64x2.mul(factors, f64x2.add(f64x2.mul(highCos, highRe), f64x2.mul(highSin, highIm)));
      const y0 = f64x2.mul(factors, f64x2.sub(f64x2.mul(lowSin, lowRe), f64x2.mul(lowCos, lowIm)));
      const y1 = f64x2.mul(factors, f64x2.sub(f64x2.mul(highSin, highRe), f64x2.mul(highCos, highIm)));
      const x = v128.shuffle<f32>(f32x4.demote_f64x2_zero(x0), f32x4.demote_f64x2_zero(x1), 0, 1, 4, 5);
      const y = v128.shuffle<f32>(f32x4.demote_f64x2_zero(y0), f32x4.demote_f64x2_zero(y1), 5, 4, 1, 0);
      high -= 16;
      v128.store(low, x);
      v128.store(high, y);
      from += 32;
      low += 16;
    }
  } else {
    for (; at < sines; at += 16) {
      const a = v128.load(from);
      const b = v128.load(from, 16);
      const re = v128.shuffle<f64>(a, b, 0, 2);
      const im = v128.shuffle<f64>(a, b, 1, 3);
      const cosine = v128.load(at);
      const sine = v128.load(at + (sines - table));
      const x = f64x2.mul(factors, f64x2.add(f64x2.mul(cosine, re), f64x2.mul(sine, im)));
      const y = f64x2.mul(factors, f64x2.sub(f64x2.mul(sine, re), f64x2.mul(cosine, im)));
      high -= 16;
      v128.store(low, x);
      v128.store(high, v128.shuffle<f64>(y, y, 1, 0));
      from += 32;
      low += 16;
    }
  }
}

/** The spectrum from coefficients: coefficient 0 over `first`, the others times `factor`. */
function turnBack<T>(spectrum: usize, source: usize, table: usize, size: i32, first: f64, factor: f64): void {
  store<T>(spectrum, <T>(<f64>load<T>(source) / first));
  store<T>(spectrum, 0, sizeof<T>());
  const sines = table + ((<usize>size) << 2);
  const factors = f64x2.splat(factor);
  const negated = f64x2.splat(-factor);
  let at = table;
  let to = spectrum + 2 * sizeof<T>();
  let low = source + sizeof<T>();
  let high = source + <usize>size * sizeof<T>();
  if (size < 8) {
    for (; at < sines; at += 8) {
      const cosine = load<f64>(at);
      const sine = load<f64>(at + (sines - table));
      high -= sizeof<T>();
      const re = factor * <f64>load<T>(low);
      const im = -factor * <f64>load<T>(high);
      store<T>(to, <T>(cosine * re - sine * im));
      store<T>(to, <T>(cosine * im + sine * re), sizeof<T>());
      to += 2 * sizeof<T>();
      low += sizeof<T>();
    }
    return;
  }
  if (sizeof<T>() === 4) {
    for (; at < sines; at += 32) {
      high -= 16;
      const x = v128.load(low);
      const y = v128.load(high);
      const re0 = f64x2.mul(factors, f64x2.promote_low_f32x4(x));
      const re1 = f64x2.mul(factors, f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3)));
      const im0 = f64x2.mul(negated, f64x2.promote_low_f32x4(v128.shuffle<f32>(y, y, 3, 2, 3, 2)));
      const im1 = f64x2.mul(negated, f64x2.promote_low_f32x4(v128.shuffle<f32>(y, y, 1, 0, 1, 0)));
      const lowCos = v128.load(at);
      const highCos = v128.load(at, 16);
      const lowSin = v128.load(at + (sines - table));
      const highSin = v128.load(at + (sines - table), 16);
      const a0 = f64x2.sub(f64x2.mul(lowCos, re0), f64x2.mul(lowSin, im0));
      const a1 = f64x2.sub(f64x2.mul(highCos, re1), f64x2.mul(highSin, im1));
      const b0 = f64x2.add(f64x2.mul(lowCos, im0), f64x2.mul(lowSin, re0));
      const b1 = f64x2.add(f64x2.mul(highCos, im1), f64x2.mul(highSin, re1));
      v128.store(to, v128.shuffle<f32>(f32x4.demote_f64x2_zero(a0), f32x4.demote_f64x2_zero(b0), 0, 4, 1, 5));
      v128.store(to, v128.shuffle<f32>(f32x4.demote_f64x2_zero(a1), f32x4.demote_f64x2_zero(b1), 0, 4, 1, 5), 16);
      to += 32;
      low += 16;
    }
  } else {
    for (; at < sines; at += 16) {
      high -= 16;
      const y = v128.load(high);
      const re = f64x2.mul(factors, v128.load(low));
      const im = f64x2.mul(negated, v128.shuffle<f64>(y, y, 1, 0));
      const cosine = v128.load(at);
      const sine = v128.load(at + (sines - table));
      const a = f64x2.sub(f64x2.mul(cosine, re), f64x2.mul(sine, im));
      const b = f64x2.add(f64x2.mul(cosine, im), f64x2.mul(sine, re));
      v128.store(to, v128.shuffle<f64>(a, b, 0, 2));
      v128.store(to, v128.shuffle<f64>(a, b, 1, 3), 16);
      to += 32;
      low += 16;
    }
  }
}

export function dctReorderF32(signal: usize, samples: usize, size: i32): void {
  reorder<f32>(signal, samples, size);
}

export function dctReorderF64(signal: usize, samples: usize, size: i32): void {
  reorder<f64>(signal, samples, size);
}

export function dctRestoreF32(samples: usize, signal: usize, size: i32): void {
  restore<f32>(samples, signal, size);
}

export function dctRestoreF64(samples: usize, signal: usize, size: i32): void {
  restore<f64>(samples, signal, size);
}

export function dctTurnF32(target: usize, spectrum: usize, table: usize, size: i32, first: f64, factor: f64): void {
  turn<f32>(target, spectrum, table, size, first, factor);
}

export function dctTurnF64(target: usize, spectrum: usize, table: usize, size: i32, first: f64, factor: f64): void {
  turn<f64>(target, spectrum, table, size, first, factor);
}

export function dctTurnBackF32(spectrum: usize, source: usize, table: usize, size: i32, first: f64, factor: f64): void {
  turnBack<f32>(spectrum, source, table, size, first, factor);
}

export function dctTurnBackF64(spectrum: usize, source: usize, table: usize, size: i32, first: f64, factor: f64): void {
  turnBack<f64>(spectrum, source, table, size, first, factor);
}
