/**
 * The kernels of wasm/simd.wasm as TypeScript sees them. Pointers are byte addresses in the engine's memory. A test
 * compares this list with wasm/manifest.json and with the binary's own exports.
 */
export interface Kernels {
  /** First byte that no static data of the module occupies. */
  heapBase(): number;
  /** Copies `count` float32 values, NaN and infinities as zero; returns how many those were. */
  copyFiniteF32(target: number, source: number, count: number): number;

  /** The bits of the least float16 that is not below x >= 0; infinity above 65504. */
  float16Above(x: number): number;
  /** The bits of the float16 nearest to x, ties to even. */
  float16Nearest(x: number): number;
  /** The value of float16 bits. */
  float32FromFloat16(bits: number): number;
  /** Encodes blocks of integer codes under a float16 scale; `scratch` holds one block. Returns samples not finite. */
  encodeIntegerBlocks(
    target: number,
    source: number,
    blocks: number,
    blockSize: number,
    bits: number,
    scratch: number,
  ): number;
  /** Decodes them; returns how many blocks had an impossible scale and became zeros. */
  decodeIntegerBlocks(target: number, source: number, blocks: number, blockSize: number, bits: number): number;
  /**
   * Polyphase FIR by up/down, one channel: writes `count` outputs, the first with row `row` of a table of `up` rows of
   * `taps` coefficients (a multiple of 16), in the order of outputs. assembly/resample/polyphase.ts has the layout.
   */
  polyphaseF32(
    target: number,
    source: number,
    table: number,
    taps: number,
    up: number,
    down: number,
    row: number,
    count: number,
  ): void;
  /** The same for two channels, `targetStride` and `sourceStride` bytes apart: the same bits, fewer loads. */
  polyphasePairF32(
    target: number,
    targetStride: number,
    source: number,
    sourceStride: number,
    table: number,
    taps: number,
    up: number,
    down: number,
    row: number,
    count: number,
  ): void;

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
  /** Multiplies `count` values by the factor. */
  scaleF32(pointer: number, count: number, factor: number): void;

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

/** The same list at run time: kernel name to number of parameters. */
export const kernelParameters = {
  heapBase: 0,
  copyFiniteF32: 3,
  float16Above: 1,
  float16Nearest: 1,
  float32FromFloat16: 1,
  encodeIntegerBlocks: 6,
  decodeIntegerBlocks: 5,
  polyphaseF32: 8,
  polyphasePairF32: 10,
  fwhtF32: 4,
  fwhtOrderedF32: 6,
  rotateF32: 5,
  unrotateF32: 5,
  flipSignsF32: 3,
  scaleF32: 3,
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
} as const satisfies { [Name in keyof Kernels]: Parameters<Kernels[Name]>['length'] };
