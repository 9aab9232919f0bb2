/**
 * Block formats in the dialect of ggml, byte for byte what its reference functions write and read: `ggml-q8_0`,
 * `ggml-q4_0`, `ggml-mxfp4`, and `ggml-q4_k`, which can only be decoded.
 *
 * ```
 * ggml-q8_0, 34 bytes: 32 samples          ggml-q4_0, 18 bytes: 32 samples      ggml-mxfp4, 17 bytes: 32 samples
 * ┌────────────┬──────────────────┐        ┌────────────┬────────────────┐      ┌────────┬────────────────┐
 * │ d: float16 │ q[0] … q[31]: i8 │        │ d: float16 │ 16 nibble pairs │      │ e: u8  │ 16 nibble pairs │
 * └────────────┴──────────────────┘        └────────────┴────────────────┘      └────────┴────────────────┘
 * ggml-q4_k, 144 bytes: 256 samples in 8 runs of 32                pair j: q[j] low, q[j + 16] high
 * ┌────────────┬───────────────┬─────────────────────────────────┬─────────────────────────────────────────┐
 * │ d: float16 │ dmin: float16 │ 12 bytes: s[0..7], m[0..7], 6 bits │ 128 bytes: runs 2k low, 2k + 1 high nibbles │
 * └────────────┴───────────────┴─────────────────────────────────┴─────────────────────────────────────────┘
 * ```
 *
 * All arithmetic is float32, amax the largest |x| of the block and m the first sample of that magnitude, with its sign:
 *
 * - q8_0: d = amax/127; q = x·(1/d), halves away from zero; x̂ = q·d as stored.
 * - q4_0: d = m/−8; q = min(15, trunc(x·(1/d) + 8.5)); x̂ = (q − 8)·d as stored. Zero decodes to −0 where d is negative.
 * - mxfp4: e = max(0, exponent of amax + 125); q = the E2M1 code nearest to x/2^(e − 127), midpoints to the smaller
 *   magnitude, never a negative zero; x̂ = E2M1(q)·2^(e − 127), and code 8 is +0.
 * - q4_k: x̂ = (d·s)·q − (dmin·m).
 *
 * d is stored rounded to float16, ties to even, while the codes come from d before that. Where ggml would store an
 * infinity, d is held at ±65504 and the codes at their limits; where 1/d overflows (d below 2^-128) all codes are those
 * of zero; ggml's exponent byte wraps around below 2^-125 and its float32 logarithm is one too large just below some
 * powers of two, ours is not. Decoders take any finite d, of either sign; what is infinite or NaN, and an e above 252,
 * makes zeros.
 */
import type { BlockFormat } from './format.js';

const BLOCK_SIZES = { minimum: 32, maximum: 32, step: 32, default: 32 };
const SUPERBLOCK_SIZES = { minimum: 256, maximum: 256, step: 256, default: 256 };

/** `kind` is what the kernels call it. */
function ggmlFormat(id: string, kind: number, bytes: number): BlockFormat {
  return {
    id,
    blockSizes: BLOCK_SIZES,
    blockBytes: () => bytes,
    encode: (kernels, target, source, blocks, _blockSize, scratch) =>
      kernels.encodeGgmlBlocks(target, source, blocks, kind, scratch),
    decode: (kernels, target, source, blocks) => kernels.decodeGgmlBlocks(target, source, blocks, kind),
  };
}

/** No `encode`: ggml's is a least-squares search whose bytes depend on the order of its sums. */
const q4k: BlockFormat = {
  id: 'ggml-q4_k',
  blockSizes: SUPERBLOCK_SIZES,
  blockBytes: () => 144,
  decode: (kernels, target, source, blocks) => kernels.decodeGgmlQ4K(target, source, blocks),
};

export const ggmlFormats: readonly BlockFormat[] = [
  ggmlFormat('ggml-q8_0', 0, 34),
  ggmlFormat('ggml-q4_0', 1, 18),
  ggmlFormat('ggml-mxfp4', 2, 17),
  q4k,
];
