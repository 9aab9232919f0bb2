/**
 * The Hadamard kernels of assembly/transform as TypeScript sees them: pointers are byte addresses in the engine's memory.
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
  /** With integers exact or modulo 2^32 or 2^16 by the policy; float64 values are divided by the divisor. */
  hadamardStepF64(
    pointer: number,
    m: number,
    rowBytes: number,
    batch: number,
    table: number,
    scratch: number,
    divisorOrPolicy: number,
  ): void;
  hadamardStepI32: TransformKernels['hadamardStepF64'];
  hadamardStepI16: TransformKernels['hadamardStepF64'];
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
    divisor: number,
  ): void;
  /** The transform of ±1 from `size` bits (0 for +1, lowest bit first) to int32; `target` has at least 64 bytes. */
  fwhtBits(target: number, bits: number, size: number): void;
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
    hadamardStepF64: 7,
    hadamardStepI32: 7,
    hadamardStepI16: 7,
    fwhtColumns: 10,
    fwhtBits: 3,
  },
);
