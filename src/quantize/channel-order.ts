/** Which channels to put side by side, so that those of one level share scales. */
import { checkFloat32, checkInteger, throwRange } from '../engine/check.js';

/**
 * The order of a matrix's columns by their power, the largest first, for `order` of a block format: with values of 128
 * channels, one instant after the other, each block of 16 then holds channels of about one level. Of equal ones the
 * first comes first; NaN and infinities count as zero.
 *
 * Not real-time safe: once, on an excerpt or a calibration.
 * @param x rows of `columns` values, at least one.
 * @param columns how many channels, from 2 to 4096.
 * @throws TypeError or RangeError for other arguments.
 *
 * @example
 * ```ts
 * import { BlockCodec, Engine, levelOrder } from 'paley';
 *
 * const engine = await Engine.load();
 * const x = Float32Array.from({ length: 32 * 100 }, (_, i) => Math.sin(i) * (i % 32 === 5 ? 50 : 1));
 * const codec = new BlockCodec(engine, { format: 'bfp', order: levelOrder(x, 32) });
 * const decoded = codec.decode(codec.encode(x));
 * ```
 */
export function levelOrder(x: Float32Array, columns: number): number[] {
  checkFloat32('x', x);
  checkInteger('columns', columns, 2, 4096);
  if (x.length === 0 || x.length % columns !== 0) throwRange('x.length', `a multiple of ${columns} above 0`, x.length);
  const power = new Float64Array(columns);
  for (let i = 0; i < x.length; i++) {
    const square = x[i] * x[i];
    if (square < Infinity) power[i % columns] += square;
  }
  return Array.from({ length: columns }, (_, channel) => channel).sort((a, b) => power[b] - power[a] || a - b);
}
