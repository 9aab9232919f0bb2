/**
 * The Walsh–Hadamard transform of signals whose spectrum has few coefficients, from few samples: of K out of N coefficients
 * about K·log2(N) samples and K·log2(N)² operations in place of N and N·log2(N).
 *
 * Groups of samples are transformed at a size B near K, which hashes the N coefficients into B bins in a different way for
 * each group. What a bin shows at different offsets of the samples tells whether it holds none, one or several coefficients,
 * and if one, which. Those found are taken out of the bins of all groups, where others become single, and so on.
 *
 * Sources: R. Scheibler, S. Haghighatshoar and M. Vetterli, A fast Hadamard transform for signals with sublinear sparsity
 * in the transform domain (2015); X. Li, J. K. Bradley, S. Pawar and K. Ramchandran, SPRIGHT: a fast and robust framework
 * for sparse Walsh–Hadamard transform (2015), for noise and for hashing by a random basis.
 */
import { checkInteger, checkNumber, checkOneOf, checkOptions, checkPowerOfTwo, throwRange } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { ln } from '../engine/exact-math.js';
import { Processor } from '../engine/processor.js';
import { PeelingDecoder } from './_peeling-decoder.js';
import type { SampleSource } from './_sparse-group.js';
import { checkFloats } from './_vector-transform.js';
import { LARGEST_SIZE } from './_walsh-plan.js';
import { Fwht } from './fwht.js';

export interface SparseFwhtOptions {
  /** Values of the signal, N: a power of two from 2 to 2^30. */
  readonly size: number;
  /** How many coefficients are expected, K, from 1 to size. More cost more samples, up to about four times as many are found. */
  readonly sparsity: number;
  /**
   * Standard deviation of the noise of a sample; `estimate` finds it from the bins that hold nothing but noise, of which
   * there are enough where `sparsity` is not too low. Default 0.
   */
  readonly noise?: number | 'estimate';
  /** Offsets tried for each bit of a place: with noise more than one. Default 1, with noise 4. */
  readonly repeats?: number;
  /** Groups of samples read at first; where they do not tell, more are, one by one. Default 3. */
  readonly groups?: number;
  /** Most groups. Default 8. */
  readonly maxGroups?: number;
  /** What is done when they do not tell, either: `dense` reads all samples; `none` returns what was found. Default `dense`. */
  readonly fallback?: 'dense' | 'none';
  /** Factor, as `Fwht` has it. Default `none`. */
  readonly scale?: 'none' | 'orthonormal' | 'inverse';
  /** Chooses the samples: a whole number from 0 to 2^53 − 1. Default 0. */
  readonly seed?: number;
}

/** Names of the options, for checks of what a caller passed. */
export const sparseOptionNames = [
  'size',
  'sparsity',
  'noise',
  'repeats',
  'groups',
  'maxGroups',
  'fallback',
  'scale',
  'seed',
] as const;

/** The coefficients that are not zero. */
export interface SparseSpectrum {
  /** Their indices, natural order, ascending. */
  readonly indices: Uint32Array;
  readonly values: Float64Array;
  /** Samples read, those of a dense fallback included. */
  readonly samplesRead: number;
  /** Groups of samples that were needed. */
  readonly groups: number;
  /**
   * Whether the coefficients explain every sample read, up to the noise. Where not, the spectrum is not sparse enough: it
   * was computed densely, or with `fallback: 'none'` is only what was found.
   */
  readonly recovered: boolean;
  /** Whether all samples were read and transformed. */
  readonly dense: boolean;
  /** The noise of a sample that was given or estimated. */
  readonly noise: number;
}

/**
 * A sparse Walsh–Hadamard transform of one size. The signal is a function of the sample's index, which is asked only for
 * the samples needed, or an array. Without noise coefficients come out exact but for rounding; those below 1e-10 of the
 * largest count as zero. With noise their least-squares estimates come out, and those that stand above it are found.
 * Arithmetic is float64. Not real-time safe (the stage is).
 *
 * @example
 * ```ts
 * import { Engine, SparseFwht } from 'paley';
 *
 * const engine = await Engine.load();
 * const sparse = new SparseFwht(engine, { size: 2 ** 18, sparsity: 4, scale: 'inverse' });
 * const parity = (x: number) => x.toString(2).replaceAll('0', '').length % 2;
 * const spectrum = sparse.transform((i) => 3 * (-1) ** parity(i & 5) - 2 * (-1) ** parity(i & 77777));
 * console.log(spectrum.indices, spectrum.values, spectrum.samplesRead); // 5 and 77777: 3 and −2, from 240 samples
 * sparse.dispose();
 * ```
 */
export class SparseFwht extends Processor {
  readonly size: number;
  readonly sparsity: number;
  readonly scale: 'none' | 'orthonormal' | 'inverse';
  readonly #fallback: 'dense' | 'none';
  readonly #decoder: PeelingDecoder;
  readonly #factor: number;

  /** @throws TypeError or RangeError for options out of range; EngineMemoryError. */
  constructor(engine: Engine, options: SparseFwhtOptions) {
    super(engine);
    checkOptions('SparseFwhtOptions', options, sparseOptionNames);
    this.size = checkPowerOfTwo('size', options.size, 2, 2 ** 30);
    this.sparsity = checkInteger('sparsity', options.sparsity, 1, this.size);
    this.scale = checkOneOf('scale', options.scale ?? 'none', ['none', 'orthonormal', 'inverse']);
    this.#fallback = checkOneOf('fallback', options.fallback ?? 'dense', ['dense', 'none']);
    const { noise = 0, repeats = noise === 0 ? 1 : 4, groups = 3, maxGroups = Math.max(8, groups), seed = 0 } = options;
    checkInteger('groups', groups, 2, 64);
    this.#decoder = new PeelingDecoder(engine, {
      size: this.size,
      sparsity: this.sparsity,
      noise: noise === 'estimate' ? noise : checkNumber('noise', noise, 0, 1e300),
      repeats: checkInteger('repeats', repeats, 1, 64),
      groups,
      maxGroups: checkInteger('maxGroups', maxGroups, groups, 64),
      seed: checkInteger('seed', seed, 0, Number.MAX_SAFE_INTEGER),
    });
    this.#factor = this.scale === 'none' ? this.size : this.scale === 'inverse' ? 1 : Math.sqrt(this.size);
  }

  /**
   * The spectrum of a function of the sample's index, 0 … size − 1, or of an array of `size` values.
   * @throws TypeError or RangeError for another type or length, or samples that are not finite; DisposedError;
   * EngineMemoryError where a dense fallback finds no room.
   */
  transform(source: SampleSource): SparseSpectrum {
    this.checkAlive();
    if (typeof source !== 'function') checkFloats('source', source, this.size);
    const decoder = this.#decoder;
    const recovered = decoder.decode(source, 0);
    if (!decoder.finite) throwRange('source', 'finite samples', 'NaN or infinities');
    const about = { samplesRead: decoder.samplesRead, groups: decoder.groups, recovered, noise: decoder.noise };
    if (!recovered && this.#fallback === 'dense') {
      return { ...this.#transformDensely(source), ...about, samplesRead: about.samplesRead + this.size, dense: true };
    }
    const order = Array.from({ length: decoder.count }, (_, i) => i).sort(
      (a, b) => decoder.indices[a] - decoder.indices[b],
    );
    return {
      indices: Uint32Array.from(order, (i) => decoder.indices[i]),
      values: Float64Array.from(order, (i) => decoder.values[i] * this.#factor),
      ...about,
      dense: false,
    };
  }

  #transformDensely(source: SampleSource): { indices: Uint32Array; values: Float64Array } {
    if (this.size > LARGEST_SIZE) throwRange('size', `at most ${LARGEST_SIZE} for a dense fallback`, this.size);
    const fwht = new Fwht(this.engine, { size: this.size, sample: 'f64', scale: 'inverse' });
    try {
      if (typeof source === 'function') for (let i = 0; i < this.size; i++) fwht.buffer[i] = source(i);
      else fwht.buffer.set(source);
      fwht.run();
      let largest = 0;
      for (const value of fwht.buffer) largest = Math.max(largest, Math.abs(value));
      if (!Number.isFinite(largest)) throwRange('source', 'finite samples', 'NaN or infinities');
      // Of N normal numbers hardly one is above √(2·ln N) standard deviations.
      const noise = (this.#decoder.noise / Math.sqrt(this.size)) * Math.sqrt(2 * ln(this.size));
      const least = Math.max(noise, 1e-10 * largest);
      const indices = Uint32Array.from(fwht.buffer.keys()).filter((i) => Math.abs(fwht.buffer[i]) > least);
      return { indices, values: Float64Array.from(indices, (i) => fwht.buffer[i] * this.#factor) };
    } finally {
      fwht.dispose();
    }
  }

  override dispose(): void {
    this.#decoder?.dispose();
    super.dispose();
  }
}

/**
 * The sparse transform of a function or an array in one call: it makes a `SparseFwht` and disposes of it. Of an array `size`
 * may be left out. Not real-time safe.
 *
 * @throws TypeError or RangeError as `SparseFwht` does; EngineMemoryError.
 * @example
 * ```ts
 * import { Engine, fwht, sparseFwht } from 'paley';
 *
 * const engine = await Engine.load();
 * const spectrum = new Float64Array(4096);
 * spectrum[1234] = 10;
 * const signal = fwht(engine, spectrum, { scale: 'inverse' });
 * const { indices, values, samplesRead } = sparseFwht(engine, signal, { sparsity: 2 });
 * console.log(indices, values, samplesRead); // 1234: 10, from a few of the 4096 samples
 * ```
 */
export function sparseFwht(
  engine: Engine,
  source: SampleSource,
  options: Omit<SparseFwhtOptions, 'size'> & { readonly size?: number },
): SparseSpectrum {
  const size = options?.size ?? (source as ArrayLike<number>)?.length;
  const processor = new SparseFwht(engine, { ...options, size });
  try {
    return processor.transform(source);
  } finally {
    processor.dispose();
  }
}
