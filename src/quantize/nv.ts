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
 *
 * `scaleFormat: 'e8m0'` puts powers of two into the place of the E4M3 scales, the two constraints of ZeroQuant-FP (Wu et al.,
 * 2023): with `tensorScale: 1` and the rule `rceil` M1, 2^ceil(log2 S); with `'frame'` M2, the largest scale over 2^k.
 */
import {
  E1M2,
  E2M1,
  E4M3_SCALE,
  E8M0_SCALE,
  type ElementFormat,
  integerElement,
  scaledFormat,
  UE5M3_SCALE,
} from './_scaled-format.js';
import type { BlockFormat } from './format.js';

const blockSizes = { minimum: 16, maximum: 16, step: 16, default: 16 };
const int4 = integerElement(4);

/** A format under E4M3 scales; under powers of two it is what ZeroQuant-FP makes of 4-bit floats. */
function nv(id: string, element: ElementFormat): BlockFormat {
  const family = { id, element, blockSizes, tensor: true, tiles: true };
  const standard = scaledFormat({ ...family, scale: E4M3_SCALE });
  return { ...standard, scaleFormats: { e4m3: standard, e8m0: scaledFormat({ ...family, scale: E8M0_SCALE }) } };
}

export const nvFormats: readonly BlockFormat[] = [
  nv('nvfp4', E2M1),
  nv('nvint4', int4),
  nv('fp4-e1m2', E1M2),
  scaledFormat({ id: 'nvfp4-ue5m3', element: E2M1, scale: UE5M3_SCALE, blockSizes }),
  scaledFormat({ id: 'nvint4-ue5m3', element: int4, scale: UE5M3_SCALE, blockSizes }),
];
