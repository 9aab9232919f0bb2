/** Whole numbers scaled without a division, between the stages of a fixed-point chain. */
import { checkInteger, checkNumber, checkOptions, throwRange, throwType } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { powerOfTwo } from '../engine/exact-math.js';
import { Processor } from '../engine/processor.js';
import { quantizeKernels } from './_kernels.js';

export interface RequantizerOptions {
  /** What values are multiplied by, from 2^-30 to 2^29: the scale of what comes in over the scale of what goes out. */
  readonly ratio: number;
  /** Bits of what comes out, 2 to 32: it is held to ±(2^(bits−1) − 1). Default 8. */
  readonly bits?: number;
}

const CHUNK_VALUES = 4096;
/** Multipliers have 31 bits, so that products and the half that is added stay within 63. */
const MULTIPLIER_LIMIT = 2 ** 31;
const MOST_SHIFT = 61;

/**
 * Scales whole numbers by a dyadic fraction b/2^c: (x·b + 2^(c−1)) >> c, halves upwards, held to the range of `bits` (Jacob et
 * al., Quantization for integer-arithmetic-only inference, 2018). b has 31 bits, so b/2^c is within 2^-31 of the ratio, relatively.
 *
 * Integers only: the same everywhere, and no float between two fixed-point stages.
 *
 * @example
 * ```ts
 * import { Engine, Requantizer } from 'paley';
 *
 * const engine = await Engine.load();
 * const requantizer = new Requantizer(engine, { ratio: 0.0123 });
 * requantizer.process(Int32Array.of(1000, -1000, 1e6)); // 12, -12, 127
 * ```
 */
export class Requantizer extends Processor {
  readonly ratio: number;
  readonly bits: number;
  /** b of b/2^c. */
  readonly multiplier: number;
  /** c of b/2^c. */
  readonly shift: number;
  readonly #kernels = quantizeKernels(this.engine);
  readonly #values: Int32Array<ArrayBuffer>;

  /** @throws TypeError or RangeError for wrong options; EngineMemoryError where memory runs out. */
  constructor(engine: Engine, options: RequantizerOptions) {
    super(engine);
    checkOptions('Requantizer', options, ['ratio', 'bits']);
    this.ratio = checkNumber('ratio', options.ratio, 2 ** -30, 2 ** 29);
    this.bits = checkInteger('bits', options.bits ?? 8, 2, 32);
    let shift = 0;
    while (shift < MOST_SHIFT && Math.round(this.ratio * powerOfTwo(shift + 1)) < MULTIPLIER_LIMIT) shift++;
    this.shift = Math.max(1, shift);
    this.multiplier = Math.round(this.ratio * powerOfTwo(this.shift));
    this.#values = new Int32Array(engine.buffer, this.reserve(CHUNK_VALUES * 4), CHUNK_VALUES);
  }

  /**
   * Scales values. Real-time safe where `out` is given and lengths are at most 4096.
   * @param values any int32 values.
   * @param out as many; may be `values` itself. A fresh array unless given.
   * @throws TypeError or RangeError for other arrays; DisposedError after `dispose()`.
   */
  process(values: Int32Array, out: Int32Array = new Int32Array(values.length)): Int32Array {
    this.checkAlive();
    if (!(values instanceof Int32Array)) throwType('values', 'an Int32Array', values);
    if (!(out instanceof Int32Array)) throwType('out', 'an Int32Array', out);
    if (out.length !== values.length) throwRange('out.length', `${values.length}`, out.length);
    const most = powerOfTwo(this.bits - 1) - 1;
    const { byteOffset } = this.#values;
    for (let first = 0; first < values.length; first += CHUNK_VALUES) {
      const count = Math.min(CHUNK_VALUES, values.length - first);
      for (let i = 0; i < count; i++) this.#values[i] = values[first + i];
      this.#kernels.requantizeI32(byteOffset, byteOffset, count, this.multiplier, this.shift, -most, most);
      for (let i = 0; i < count; i++) out[first + i] = this.#values[i];
    }
    return out;
  }
}
