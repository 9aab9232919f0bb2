/**
 * The kernels of wasm/simd.wasm as TypeScript sees them. Pointers are byte addresses in the engine's memory. A test
 * compares this list with wasm/manifest.json and with the binary's own exports.
 */
export interface Kernels {
  /** First byte that no static data of the module occupies. */
  heapBase(): number;
  /** Copies `count` float32 values, NaN and infinities as zero; returns how many those were. */
  copyFiniteF32(target: number, source: number, count: number): number;
  /** The same for float64 values. */
  copyFiniteF64(target: number, source: number, count: number): number;

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
  /** Encodes ggml's q8_0, q4_0 or mxfp4 (`kind` 0, 1, 2), blocks of 32; returns samples not finite. */
  encodeGgmlBlocks(target: number, source: number, blocks: number, kind: number, scratch: number): number;
  /** Decodes them; returns how many blocks had an impossible scale and became zeros. So do the other decoders below. */
  decodeGgmlBlocks(target: number, source: number, blocks: number, kind: number): number;
  /** Decodes ggml's q4_K, blocks of 256. */
  decodeGgmlQ4K(target: number, source: number, blocks: number): number;
  /** Encodes codes of table entries, under the block's largest magnitude where `scaled` is 1; returns samples not finite. */
  encodeLookupBlocks(
    target: number,
    source: number,
    blocks: number,
    blockSize: number,
    bits: number,
    scaled: number,
    table: number,
    scratch: number,
  ): number;
  decodeLookupBlocks(
    target: number,
    source: number,
    blocks: number,
    blockSize: number,
    bits: number,
    scaled: number,
    table: number,
  ): number;
  /** Encodes E3M2 codes in a 4-bit and a 2-bit plane under a float16 scale; returns samples not finite. */
  encodePlaneBlocks(target: number, source: number, blocks: number, blockSize: number, scratch: number): number;
  decodePlaneBlocks(target: number, source: number, blocks: number, blockSize: number): number;
  /** Encodes integer codes under a power of two; returns samples not finite. */
  encodeSharedExponentBlocks(
    target: number,
    source: number,
    blocks: number,
    blockSize: number,
    bits: number,
    scratch: number,
  ): number;
  decodeSharedExponentBlocks(target: number, source: number, blocks: number, blockSize: number, bits: number): number;
  /** The largest finite |x| of `count` values, a multiple of 4. */
  largestMagnitudeF32(source: number, count: number): number;
  /**
   * Encodes blocks of minifloats or integers under a small scale; assembly/quantize/scaled.ts has the words at
   * `parameters` and `state`. Returns samples not finite.
   */
  encodeScaledBlocks(
    target: number,
    source: number,
    blocks: number,
    blockSize: number,
    scratch: number,
    parameters: number,
    state: number,
  ): number;
  /** Decodes them; returns how many blocks had an impossible scale and became zeros. */
  decodeScaledBlocks(target: number, source: number, blocks: number, blockSize: number, parameters: number): number;
  /** The minifloat codes, a byte each, of 16·`groups` values without a scale. */
  minifloatCodes(target: number, source: number, groups: number, parameters: number): void;
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
  /**
   * The same with sums in float64, from tap `centre` to the last but as many or throughout: all the channels, their
   * planes the strides apart. assembly/resample/polyphase-wide.ts.
   */
  polyphaseMixedF32(
    target: number,
    targetStride: number,
    source: number,
    sourceStride: number,
    channels: number,
    table: number,
    taps: number,
    centre: number,
    up: number,
    down: number,
    row: number,
    count: number,
  ): void;
  polyphaseF64(
    target: number,
    targetStride: number,
    source: number,
    sourceStride: number,
    channels: number,
    table: number,
    taps: number,
    up: number,
    down: number,
    row: number,
    count: number,
  ): void;
  /**
   * Records of where the next outputs stand, at a constant ratio up/down: as many as have their place at most `room`, and
   * at most `most`. assembly/resample/position.ts has the layouts of records and state.
   */
  constantPositions(
    records: number,
    state: number,
    up: number,
    down: number,
    stretch: number,
    room: number,
    most: number,
  ): number;
  /** The same at a ratio that varies. */
  varyingPositions(records: number, state: number, room: number, most: number): number;
  /** Outputs at such positions, coefficients interpolated from a table: assembly/resample/interpolated.ts. */
  interpolatedF32(
    target: number,
    targetStride: number,
    source: number,
    sourceStride: number,
    channels: number,
    records: number,
    count: number,
    table: number,
    periods: number,
    phases: number,
    row: number,
    halfWidth: number,
  ): void;
  interpolatedF64(
    target: number,
    targetStride: number,
    source: number,
    sourceStride: number,
    channels: number,
    records: number,
    count: number,
    table: number,
    periods: number,
    phases: number,
    row: number,
    halfWidth: number,
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

/** The same list at run time: kernel name to number of parameters. */
export const kernelParameters = {
  heapBase: 0,
  copyFiniteF32: 3,
  copyFiniteF64: 3,
  float16Above: 1,
  float16Nearest: 1,
  float32FromFloat16: 1,
  encodeIntegerBlocks: 6,
  decodeIntegerBlocks: 5,
  encodeGgmlBlocks: 5,
  decodeGgmlBlocks: 4,
  decodeGgmlQ4K: 3,
  encodeLookupBlocks: 8,
  decodeLookupBlocks: 7,
  encodePlaneBlocks: 5,
  decodePlaneBlocks: 4,
  encodeSharedExponentBlocks: 6,
  decodeSharedExponentBlocks: 5,
  largestMagnitudeF32: 2,
  encodeScaledBlocks: 7,
  decodeScaledBlocks: 5,
  minifloatCodes: 4,
  polyphaseF32: 8,
  polyphasePairF32: 10,
  polyphaseMixedF32: 12,
  polyphaseF64: 11,
  constantPositions: 7,
  varyingPositions: 4,
  interpolatedF32: 12,
  interpolatedF64: 12,
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
} as const satisfies { [Name in keyof Kernels]: Parameters<Kernels[Name]>['length'] };
