/**
 * The microscaling formats of the Open Compute Project (MX v1.0, 2023): blocks of 32 under a power of two.
 *
 * ```
 * coded block, 1 + 4·bits bytes
 * ┌──────────┬─────────────────────────────────────────────────┐
 * │ scale X  │ codes c[0] … c[31], one little-endian bit stream │
 * │ E8M0     │ c[0] lowest; sign highest in a code              │
 * └──────────┴─────────────────────────────────────────────────┘
 * ```
 *
 * x̂ = 2^(X − 127)·element, exact in float32. Elements: E4M3, E5M2 (8 bits), E3M2, E2M3 (6), E2M1 (4), and for mxint8
 * c/64. Rounded to nearest, ties to the even code, held to the largest; mxint8 never writes −128. With the rule `floor`
 * scales and codes are those of the standard's reference (microxcaling 7bc4195) bit for bit. How a block lies in memory
 * the standard leaves open.
 */
import {
  E2M1,
  E2M3,
  E3M2,
  E4M3,
  E5M2,
  E8M0_SCALE,
  type ElementFormat,
  integerElement,
  scaledFormat,
} from './_scaled-format.js';
import type { BlockFormat } from './format.js';

const BLOCK_SIZES = { minimum: 32, maximum: 32, step: 32, default: 32 };

const mx = (id: string, element: ElementFormat) =>
  scaledFormat({ id, element, scale: E8M0_SCALE, blockSizes: BLOCK_SIZES });

export const mxFormats: readonly BlockFormat[] = [
  mx('mxfp8-e4m3', E4M3),
  mx('mxfp8-e5m2', E5M2),
  mx('mxfp6-e3m2', E3M2),
  mx('mxfp6-e2m3', E2M3),
  mx('mxfp4', E2M1),
  mx('mxint8', integerElement(8, 64)),
];
