/** Scales that are made once, from a calibration, and look at nothing afterwards. */
import { checkFloat32, checkInteger, checkNumber, throwRange } from '../engine/check.js';

/**
 * The tensor scale of static integers: under it the given percentile of |x| is the largest code, and what is louder is held
 * there. With `scaleFormat: 'none'` the samples are coded as they come, with no look-ahead and no scales between them.
 *
 * Not real-time safe: it sorts what it is given.
 * @param x samples of the signal; NaN and infinities are left out.
 * @param bits of a code, 2 to 8.
 * @param percentile above 0, at most 100. Default 99.9.
 * @throws TypeError or RangeError for other arguments, and where x holds nothing but zeros.
 *
 * @example
 * ```ts
 * import { BlockCodec, Engine, percentileScale } from 'paley';
 *
 * const engine = await Engine.load();
 * const x = Float32Array.from({ length: 3200 }, (_, i) => Math.sin(i / 7));
 * const codec = new BlockCodec(engine, { format: 'int8', scaleFormat: 'none', tensorScale: percentileScale(x, 8) });
 * codec.encode(x).length; // 3200: a byte a sample
 * ```
 */
export function percentileScale(x: Float32Array, bits: number, percentile = 99.9): number {
  checkFloat32('x', x);
  checkInteger('bits', bits, 2, 8);
  checkNumber('percentile', percentile, 0, 100);
  const magnitudes = x.filter((value) => Number.isFinite(value)).map((value) => (value < 0 ? -value : value));
  magnitudes.sort();
  const rank = Math.max(0, Math.ceil((magnitudes.length * percentile) / 100) - 1);
  const level = magnitudes.length > 0 ? magnitudes[rank] : 0;
  if (!(level > 0)) throwRange('x', `samples whose ${percentile}th percentile is above 0`, level);
  return level / ((1 << (bits - 1)) - 1);
}
