/**
 * The kernels of the cosine and Haar transforms as TypeScript sees them: pointers are byte addresses in the engine's memory.
 * assembly/transform/dct.ts and haar.ts have the layouts.
 */
import { declareKernels } from '../engine/kernels.js';

export interface MatchedKernels {
  /** Even samples, then the odd ones backwards. */
  dctReorderF32(signal: number, samples: number, size: number): void;
  dctReorderF64(signal: number, samples: number, size: number): void;
  /** Undoes that. */
  dctRestoreF32(samples: number, signal: number, size: number): void;
  dctRestoreF64(samples: number, signal: number, size: number): void;
  /** Coefficients from the spectrum: the first times `first`, the others times `factor`. */
  dctTurnF32(target: number, spectrum: number, table: number, size: number, first: number, factor: number): void;
  dctTurnF64(target: number, spectrum: number, table: number, size: number, first: number, factor: number): void;
  /** The spectrum from coefficients: the first over `first`, the others times `factor`. */
  dctTurnBackF32(spectrum: number, source: number, table: number, size: number, first: number, factor: number): void;
  dctTurnBackF64(spectrum: number, source: number, table: number, size: number, first: number, factor: number): void;
  /** Haar transforms of `batch` blocks in place; `work` has room for a block. */
  haarF32(blocks: number, batch: number, work: number, size: number, levels: number): void;
  inverseHaarF32(blocks: number, batch: number, work: number, size: number, levels: number): void;
}

/** The kernels on an engine; the list beside says how many parameters each has. */
export const matchedKernels = declareKernels<MatchedKernels>('matched', () => import('../../wasm/matched.base64.js'), {
  dctReorderF32: 3,
  dctReorderF64: 3,
  dctRestoreF32: 3,
  dctRestoreF64: 3,
  dctTurnF32: 6,
  dctTurnF64: 6,
  dctTurnBackF32: 6,
  dctTurnBackF64: 6,
  haarF32: 5,
  inverseHaarF32: 5,
});
