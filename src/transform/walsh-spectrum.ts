/**
 * The Walsh spectrum of Boolean functions: how far a function of k bits is from every linear one. Coefficient w of the
 * function f is the sum over all x of (−1)^(f(x) ⊕ w·x): inputs on which f agrees with the linear function w·x, less
 * those on which it does not. Cryptography asks for small ones (O. S. Rothaus, On "bent" functions, 1976): the
 * nonlinearity of f, its distance to the nearest affine function, is 2^(k−1) − max|W|/2.
 */

import { checkBytes, checkOptions, checkPowerOfTwo } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { Processor } from '../engine/processor.js';
import { transformKernels } from './_kernels.js';
import { checkSampleArray, viewOfSample } from './_sample-types.js';
import { type FwhtOrder, LARGEST_SIZE, WalshPlan } from './_walsh-plan.js';

export interface WalshSpectrumOptions {
  /** Values of the function's truth table: a power of two from 1 to 2^20. */
  readonly size: number;
  /** Order of the coefficients. Default `natural`: coefficient w belongs to the linear function w·x. */
  readonly order?: FwhtOrder;
}

/**
 * The transform of ±1 given as packed bits, into int32: value j is bit j mod 8, bit 0 the least, of byte floor(j/8), and
 * stands for +1 where it is 0, −1 where it is 1. (As the words of a Uint32Array: bit j mod 32 of word floor(j/32).) The
 * spectrum is exact. Bits are expanded in registers, and the first twelve stages run on int16.
 *
 * `run`, and `transform` with `out`, are real-time safe.
 *
 * @example
 * A bent function, x0·x1 ⊕ x2·x3: its spectrum is flat, so that no affine function is nearer than 6 of 16 values.
 * ```ts
 * import { Engine, WalshSpectrum } from 'paley';
 *
 * const engine = await Engine.load();
 * const walsh = new WalshSpectrum(engine, { size: 16 });
 * const table = new Uint8Array(2);
 * for (let x = 0; x < 16; x++) {
 *   const value = ((x & 1) & ((x >> 1) & 1)) ^ (((x >> 2) & 1) & ((x >> 3) & 1));
 *   table[x >> 3] |= value << (x & 7);
 * }
 * const spectrum = walsh.transform(table); // sixteen times 4 or −4
 * console.log(8 - Math.max(...spectrum.map(Math.abs)) / 2); // the nonlinearity: 6
 * walsh.dispose();
 * ```
 */
export class WalshSpectrum extends Processor {
  readonly #kernels = transformKernels(this.engine);
  readonly size: number;
  readonly order: FwhtOrder;
  /** The packed bits that `run` reads, ceil(size/8) bytes; of the last byte only those of the table count. */
  readonly bits: Uint8Array<ArrayBuffer>;
  /** The `size` coefficients that `run` writes. */
  readonly spectrum: Int32Array<ArrayBuffer>;
  readonly #reordering: WalshPlan;
  readonly #work: number;

  /** @throws TypeError or RangeError for options out of range; EngineMemoryError. */
  constructor(engine: Engine, options: WalshSpectrumOptions) {
    super(engine);
    checkOptions('WalshSpectrumOptions', options, ['size', 'order']);
    this.size = checkPowerOfTwo('size', options.size, 1, LARGEST_SIZE);
    this.#reordering = new WalshPlan(engine, options.size, { order: options.order, sample: 'i32' });
    this.order = this.#reordering.order;
    this.#work = this.reserve(this.#reordering.workBytes);
    const bytes = Math.ceil(this.size / 8);
    this.bits = new Uint8Array(engine.buffer, this.reserve(bytes), bytes).fill(0);
    this.spectrum = viewOfSample(
      'i32',
      engine.buffer,
      this.reserve(this.size * 4),
      this.size,
    ) as Int32Array<ArrayBuffer>;
  }

  /** Transforms `bits` into `spectrum`. Real-time safe. */
  run(): void {
    this.checkAlive();
    const kernels = this.#kernels;
    const pointer = this.spectrum.byteOffset;
    kernels.fwhtBits(pointer, this.bits.byteOffset, this.size);
    if (this.order === 'natural') return;
    kernels.reorderWalsh(pointer, this.#work, this.size, 1, 4, this.order === 'sequency' ? 1 : 0);
  }

  /**
   * The spectrum of a truth table of ceil(size/8) bytes, in `out` or a fresh array. Overwrites `bits` and `spectrum`.
   * Real-time safe where `out` is given.
   * @throws TypeError or RangeError for arrays of another type or length; DisposedError.
   */
  transform(table: Uint8Array, out?: Int32Array): Int32Array {
    this.checkAlive();
    checkBytes('table', table);
    if (table.length !== this.bits.length) {
      throw new RangeError(`table expected ${this.bits.length} bytes, got ${table.length}`);
    }
    if (out !== undefined) checkSampleArray('out', out, 'i32', this.size);
    this.bits.set(table);
    this.run();
    if (out === undefined) return this.spectrum.slice();
    out.set(this.spectrum);
    return out;
  }
}
