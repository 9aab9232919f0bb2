/**
 * The Fourier kernels of assembly/transform as TypeScript sees them: pointers are byte addresses in the engine's memory.
 */
import { declareKernels } from '../engine/kernels.js';

export interface FourierKernels {
  /**
   * The Fourier transform of `size` complex numbers, times `scale`. Bits of `mode`: 1 inverse, 2 source in cells, 4 target
   * in cells. assembly/transform/fft.ts has the layouts and the table; so for the others.
   */
  fftComplexF32(
    target: number,
    source: number,
    work: number,
    table: number,
    size: number,
    scale: number,
    mode: number,
  ): void;
  fftComplexF64: FourierKernels['fftComplexF32'];
  /** The spectrum of `size` real values, natural or (`internal` 1) in the order fastest for products. */
  fftRealF32(
    target: number,
    source: number,
    work: number,
    table: number,
    split: number,
    size: number,
    scale: number,
    internal: number,
  ): void;
  fftRealF64: FourierKernels['fftRealF32'];
  /** The real values of such a spectrum. */
  inverseFftRealF32: FourierKernels['fftRealF32'];
  inverseFftRealF64: FourierKernels['fftRealF32'];
  /** The product of two spectra of `size` values; `layout`: 1 with two real numbers first, 2 in cells, 3 both. */
  multiplySpectraF32(target: number, a: number, b: number, size: number, layout: number): void;
  multiplySpectraF64: FourierKernels['multiplySpectraF32'];
  /** The odd-frequency spectrum of 2·`size` samples. */
  convolverForwardF32(
    spectrum: number,
    previous: number,
    current: number,
    twist: number,
    table: number,
    work: number,
    size: number,
  ): void;
  /** The sum of the products of `partitions` successive spectra, or with `add` 1 what it adds to `sum`. */
  convolverSumF32(sum: number, a: number, b: number, partitions: number, size: number, add: number): void;
  /** The second `size` samples of an odd-frequency spectrum. */
  convolverInverseF32(target: number, spectrum: number, twist: number, table: number, work: number, size: number): void;
}

/** The kernels on an engine; the list beside says how many parameters each has. */
export const fourierKernels = declareKernels<FourierKernels>('fourier', () => import('../../wasm/fourier.base64.js'), {
  fftComplexF32: 7,
  fftComplexF64: 7,
  fftRealF32: 8,
  fftRealF64: 8,
  inverseFftRealF32: 8,
  inverseFftRealF64: 8,
  multiplySpectraF32: 5,
  multiplySpectraF64: 5,
  convolverForwardF32: 7,
  convolverSumF32: 6,
  convolverInverseF32: 6,
});
