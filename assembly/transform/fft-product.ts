// Products of two spectra, number by number: what convolution is between the two transforms.
//
// Memory: `size` values of each spectrum in one of four layouts: interleaved numbers; the same with two real numbers in
// the place of the first; cells (assembly/lib/complex.ts); cells of a real signal's internal spectrum (fft-real.ts). The
// target may be one of the factors.
import { productIm, productRe } from '../lib/complex';

const PACKED: i32 = 1;
const IN_CELLS: i32 = 2;

function multiplyNumbers<T>(target: usize, a: usize, b: usize, end: usize): void {
  for (; a < end; a += 2 * sizeof<T>(), b += 2 * sizeof<T>(), target += 2 * sizeof<T>()) {
    const aRe = load<T>(a);
    const aIm = load<T>(a, sizeof<T>());
    const bRe = load<T>(b);
    const bIm = load<T>(b, sizeof<T>());
    store<T>(target, aRe * bRe - aIm * bIm);
    store<T>(target, aRe * bIm + aIm * bRe, sizeof<T>());
  }
}

function multiplyCells<T>(target: usize, a: usize, b: usize, end: usize): void {
  do {
    const aRe = v128.load(a);
    const aIm = v128.load(a, 16);
    const bRe = v128.load(b);
    const bIm = v128.load(b, 16);
    v128.store(target, productRe<T>(aRe, aIm, bRe, bIm));
    v128.store(target, productIm<T>(aRe, aIm, bRe, bIm), 16);
    a += 32;
    b += 32;
    target += 32;
  } while (a < end);
}

function multiplySpectra<T>(target: usize, a: usize, b: usize, size: i32, layout: i32): void {
  const bytes = <usize>size * sizeof<T>();
  const end = a + bytes;
  if (layout === IN_CELLS) {
    multiplyCells<T>(target, a, b, end);
  } else if (layout === (IN_CELLS | PACKED)) {
    // The lanes that hold three bins in four values, before the target overwrites them.
    const last = bytes - 32;
    const direct = load<T>(a) * load<T>(b);
    const nyquist = load<T>(a + last) * load<T>(b + last);
    const aRe = load<T>(a, 16);
    const aIm = load<T>(a + last, 16);
    const bRe = load<T>(b, 16);
    const bIm = load<T>(b + last, 16);
    multiplyCells<T>(target, a, b, end);
    store<T>(target, direct);
    store<T>(target + last, nyquist);
    store<T>(target, aRe * bRe - aIm * bIm, 16);
    store<T>(target + last, aRe * bIm + aIm * bRe, 16);
  } else if (layout === PACKED) {
    store<T>(target, load<T>(a) * load<T>(b));
    store<T>(target, load<T>(a, sizeof<T>()) * load<T>(b, sizeof<T>()), sizeof<T>());
    const first: usize = 2 * sizeof<T>();
    multiplyNumbers<T>(target + first, a + first, b + first, end);
  } else {
    multiplyNumbers<T>(target, a, b, end);
  }
}

/** Layouts: 0 interleaved, 1 interleaved and packed, 2 cells, 3 cells of a real signal. */
export function multiplySpectraF32(target: usize, a: usize, b: usize, size: i32, layout: i32): void {
  multiplySpectra<f32>(target, a, b, size, layout);
}

/** Layouts: 0 interleaved, 1 interleaved and packed, 2 cells, 3 cells of a real signal. */
export function multiplySpectraF64(target: usize, a: usize, b: usize, size: i32, layout: i32): void {
  multiplySpectra<f64>(target, a, b, size, layout);
}
