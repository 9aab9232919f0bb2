/**
 * NVFP4 and its kin: blocks of 16 four-bit elements under an 8-bit scale, and that under one float32 for the signal.
 *
 * ```
 * coded block, 9 bytes
 * ┌──────────┬──────────────────────────────────────────────┐
 * │ scale s  │ codes c[0] … c[15]: even elements low nibbles │
 * └──────────┴──────────────────────────────────────────────┘
 * ```
 *
 * x̂ = element·(t·s), all in float32, where t is the tensor scale. Elements: E2M1 (nvfp4, largest 6), integers −7 … 7
 * (nvint4), E1M2 (fp4-e1m2, largest 1.75: the same grid as nvint4, as sign and magnitude). Scales are E4M3; the `-ue5m3`
 * variants have a wider one and no tensor scale. The arithmetic is that of torchao 36027d8, operation by operation: it
 * never lets an E4M3 scale fall below 2^-6, so that blocks 89 dB below full scale and less lose resolution.
 */
import { E1M2, E2M1, E4M3_SCALE, integerElement, scaledFormat, UE5M3_SCALE } from './_scaled-format.js';
import type { BlockFormat } from './format.js';

const blockSizes = { minimum: 16, maximum: 16, step: 16, default: 16 };
const int4 = integerElement(4);

export const nvFormats: readonly BlockFormat[] = [
  scaledFormat({ id: 'nvfp4', element: E2M1, scale: E4M3_SCALE, blockSizes, tensor: true }),
  scaledFormat({ id: 'nvint4', element: int4, scale: E4M3_SCALE, blockSizes, tensor: true }),
  scaledFormat({ id: 'fp4-e1m2', element: E1M2, scale: E4M3_SCALE, blockSizes, tensor: true }),
  scaledFormat({ id: 'nvfp4-ue5m3', element: E2M1, scale: UE5M3_SCALE, blockSizes }),
  scaledFormat({ id: 'nvint4-ue5m3', element: int4, scale: UE5M3_SCALE, blockSizes }),
];
