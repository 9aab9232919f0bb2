/**
 * The kernels of assembly/transform as TypeScript sees them: pointers are byte addresses in the engine's memory.
 */
import { declareKernels } from '../engine/kernels.js';

export interface TransformKernels {
  /** y = scale·H·x in natural order, in place: `batch` transforms of `size` (a power of two) one behind the other. */
  fwhtF32(pointer: number, size: number, batch: number, scale: number): void;
  /** The same in dyadic, or with `sequency` 1 in sequency order; `scratch` has room for max(size, 4096) values. */
  fwhtOrderedF32(pointer: number, scratch: number, size: number, batch: number, scale: number, sequency: number): void;
  /** y = scale·H·D·x for each: D flips signs by `size` u32 masks, 0 or 0x80000000, the same for all of the batch. */
  rotateF32(pointer: number, masks: number, size: number, batch: number, scale: number): void;
  /** x = scale·D·H·y: undoes `rotateF32` where the two scales multiply to 1/size. */
  unrotateF32(pointer: number, masks: number, size: number, batch: number, scale: number): void;
  /** Flips the sign of each value whose mask is 0x80000000. */
  flipSignsF32(pointer: number, masks: number, count: number): void;
  /** Flips value (i, j) of a matrix where exactly one of row mask i and column mask j is 0x80000000. */
  flipOuterSignsF32(pointer: number, rowMasks: number, columnMasks: number, rows: number, columns: number): void;
  /** Multiplies `count` values by the factor. */
  scaleF32(pointer: number, count: number, factor: number): void;
  /** `fwhtF32` for float64. This and the next two work on whole vectors: up to 15 bytes behind the last value. */
  fwhtF64(pointer: number, size: number, batch: number, scale: number): void;
  /** The same for integers; `policy` 0: sums modulo 2^32 or 2^16, 1: clamped, 2: halved, which is the inverse. */
  fwhtI32(pointer: number, size: number, batch: number, policy: number): void;
  fwhtI16(pointer: number, size: number, batch: number, policy: number): void;
  /** From natural to dyadic or (`sequency` 1) sequency order; values of 2, 4 or 8 bytes; `scratch` holds one transform. */
  reorderWalsh(
    pointer: number,
    scratch: number,
    size: number,
    batch: number,
    valueBytes: number,
    sequency: number,
  ): void;
  /** Across `m` rows the product with a Hadamard matrix; assembly/transform/hadamard-step.ts has table and scratch. */
  hadamardStepF32(pointer: number, m: number, rowBytes: number, batch: number, table: number, scratch: number): void;
  hadamardStepF64(pointer: number, m: number, rowBytes: number, batch: number, table: number, scratch: number): void;
  /** The transform of every column of a matrix; assembly/transform/fwht-columns.ts has the layouts. */
  fwhtColumns(
    pointer: number,
    rowBytes: number,
    rows: number,
    scratch: number,
    type: number,
    parameter: number,
    order: number,
    m: number,
    table: number,
  ): void;
  /** The transform of ±1 from `size` bits (0 for +1, lowest bit first) to int32; `target` has at least 64 bytes. */
  fwhtBits(target: number, bits: number, size: number): void;
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
  fftComplexF64(
    target: number,
    source: number,
    work: number,
    table: number,
    size: number,
    scale: number,
    mode: number,
  ): void;
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
  fftRealF64(
    target: number,
    source: number,
    work: number,
    table: number,
    split: number,
    size: number,
    scale: number,
    internal: number,
  ): void;
  /** The real values of such a spectrum. */
  inverseFftRealF32(
    target: number,
    source: number,
    work: number,
    table: number,
    split: number,
    size: number,
    scale: number,
    internal: number,
  ): void;
  inverseFftRealF64(
    target: number,
    source: number,
    work: number,
    table: number,
    split: number,
    size: number,
    scale: number,
    internal: number,
  ): void;
  /** The product of two spectra of `size` values; `layout`: 1 with two real numbers first, 2 in cells, 3 both. */
  multiplySpectraF32(target: number, a: number, b: number, size: number, layout: number): void;
  multiplySpectraF64(target: number, a: number, b: number, size: number, layout: number): void;
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
export const transformKernels = declareKernels<TransformKernels>(
  'transform',
  () => import('../../wasm/transform.base64.js'),
  {
    fwhtF32: 4,
    fwhtOrderedF32: 6,
    rotateF32: 5,
    unrotateF32: 5,
    flipSignsF32: 3,
    flipOuterSignsF32: 5,
    scaleF32: 3,
    fwhtF64: 4,
    fwhtI32: 4,
    fwhtI16: 4,
    reorderWalsh: 6,
    hadamardStepF32: 6,
    hadamardStepF64: 6,
    fwhtColumns: 9,
    fwhtBits: 3,
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
  },
);
