// The real Fourier transforms of assembly/transform/fft-real.ts in float64, in this module too: who resamples alone need not
// load all transforms.
import { fftRealF64, inverseFftRealF64 } from '../transform/fft-real';

/** `size` real values, from 32 on, to their spectrum in natural order. */
export function forwardSpectrumF64(
  target: usize,
  source: usize,
  work: usize,
  table: usize,
  split: usize,
  size: i32,
): void {
  fftRealF64(target, source, work, table, split, size, 1, false);
}

/** And back, times 1/size. */
export function inverseSpectrumF64(
  target: usize,
  source: usize,
  work: usize,
  table: usize,
  split: usize,
  size: i32,
): void {
  inverseFftRealF64(target, source, work, table, split, size, 1 / <f64>size, false);
}
