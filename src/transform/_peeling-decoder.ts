/** The decoder of the sparse transform: reads groups of samples, finds single coefficients and takes them out of all. */
import type { Engine } from '../engine/engine.js';
import { Processor } from '../engine/processor.js';
import { type GroupShape, offsetsOf, parity, type SampleSource, SparseGroup } from './_sparse-group.js';
import { Fwht } from './fwht.js';

/** Offsets of a group only to check with: three coefficients of one bin pass as a single one with probability (3/4)^p. */
const CHECKS = 3;

/** Values below this part of the largest bin are rounding errors of the others. */
const ROUNDING = 1e-10;

/** How many standard deviations the power of a bin of noise may be above its mean: with some thousand bins none is. */
const DEVIATIONS = 6;

/** Passes of least squares over the coefficients found: each takes most of what is left. */
const REFINEMENTS = 30;

export interface DecoderOptions {
  readonly size: number;
  readonly sparsity: number;
  readonly noise: number | 'estimate';
  readonly repeats: number;
  readonly groups: number;
  readonly maxGroups: number;
  readonly seed: number;
}

export class PeelingDecoder extends Processor {
  /** Coefficients found: the first `count` of these, in the order they were found. */
  readonly indices: Uint32Array;
  readonly values: Float64Array;
  count = 0;
  samplesRead = 0;
  /** Groups read. */
  groups = 0;
  /** Whether all samples read were finite. */
  finite = true;
  readonly #options: DecoderOptions;
  readonly #shape: GroupShape;
  readonly #groups: SparseGroup[] = [];
  readonly #fwht: Fwht<'f64'>;
  /** Places of the coefficients by their indices, plus 1: open addressing. */
  readonly #places: Int32Array;
  /** Powers of bins, sorted to estimate the noise. */
  readonly #powers: Float64Array;
  readonly #noise = new Float64Array(1);
  /** Mean square of a bin above which it is not empty, and the value of the single coefficient last looked for. */
  readonly #scalars = new Float64Array(2);

  constructor(engine: Engine, options: DecoderOptions) {
    super(engine);
    this.#options = options;
    if (options.noise !== 'estimate') this.#noise[0] = options.noise;
    const bits = 31 - Math.clz32(options.size);
    // As many bins as coefficients, so that a third of them is empty and another third single.
    const binBits = Math.min(bits, Math.max(1, 32 - Math.clz32(options.sparsity - 1)));
    this.#shape = { bits, binBits, repeats: options.repeats, checks: CHECKS };
    const bins = 1 << binBits;
    const most = Math.min(options.size, 4 * bins);
    this.indices = new Uint32Array(most);
    this.values = new Float64Array(most);
    this.#places = new Int32Array(4 * most);
    this.#powers = new Float64Array(options.groups * bins);
    this.#fwht = new Fwht(engine, { size: bins, batch: offsetsOf(this.#shape), sample: 'f64', scale: 'inverse' });
  }

  /** The noise of a sample. */
  get noise(): number {
    return this.#noise[0];
  }

  /** Sets it to `part` of the largest of `count` samples. Real-time safe. */
  takeNoiseFrom(samples: Float32Array, at: number, count: number, part: number): void {
    let largest = 0;
    for (let i = at; i < at + count; i++) largest = Math.max(largest, Math.abs(samples[i]));
    this.#noise[0] = largest * part;
  }

  /** Samples of one group. */
  get groupSamples(): number {
    return this.#fwht.buffer.length;
  }

  /** Makes all groups there may be, so that `decode` need not. */
  prepare(): void {
    while (this.#groups.length < this.#options.maxGroups) this.#makeGroup();
  }

  /**
   * Finds the coefficients of the samples, from index `at` on of an array; returns whether they explain all samples read.
   * Real-time safe for arrays once prepared.
   */
  decode(source: SampleSource, at: number): boolean {
    const { groups, maxGroups } = this.#options;
    this.groups = 0;
    this.count = 0;
    this.finite = true;
    this.#places.fill(0);
    for (let i = 0; i < groups; i++) this.#readGroup(source, at);
    this.#findThreshold();
    while (this.finite) {
      this.#peel();
      this.#refine();
      if (this.#isExplained()) return true;
      if (this.groups === maxGroups) return false;
      this.#readGroup(source, at);
    }
    return false;
  }

  #makeGroup(): void {
    this.#groups.push(new SparseGroup(this.#shape, this.#options.seed, this.#groups.length));
  }

  #readGroup(source: SampleSource, at: number): void {
    if (this.groups === this.#groups.length) this.#makeGroup();
    const group = this.#groups[this.groups++];
    group.load(source, at, this.#fwht);
    this.samplesRead = this.groups * this.groupSamples;
    const { rest } = group;
    // NaN and infinities spread over all bins of their offset.
    for (let p = 0; p < rest.length; p += group.bins) if (!(Math.abs(rest[p]) < Infinity)) this.finite = false;
    for (let i = 0; i < this.count; i++) group.subtract(this.indices[i], this.values, i);
  }

  /** The power of an empty bin: of noise, and of rounding errors. */
  #findThreshold(): void {
    const { bins } = this.#groups[0];
    const offsets = this.#groups[0].offsets.length;
    const powers = this.#powers;
    let largest = 0;
    for (let g = 0; g < this.groups; g++) {
      const { rest } = this.#groups[g];
      for (let bin = 0; bin < bins; bin++) {
        let sum = 0;
        for (let p = 0; p < offsets; p++) sum += rest[p * bins + bin] * rest[p * bins + bin];
        if (g * bins + bin < powers.length) powers[g * bins + bin] = sum / offsets;
        largest = Math.max(largest, sum / offsets);
      }
    }
    let power = 0;
    if (this.#options.noise === 'estimate') {
      // With as many bins as coefficients e^-1 of them hold noise alone: of the lowest third this is the median.
      powers.sort();
      power = powers[Math.floor(powers.length * 0.18)];
      this.#noise[0] = Math.sqrt(power * bins);
    } else {
      power = (this.#noise[0] * this.#noise[0]) / bins;
    }
    this.#scalars[0] = power * (1 + DEVIATIONS * Math.sqrt(2 / offsets)) + largest * ROUNDING * ROUNDING;
  }

  /** Takes single coefficients out until none is left that can be told. */
  #peel(): void {
    for (let found = 1, pass = 0; found > 0 && pass < 64; pass++) {
      found = 0;
      for (let g = 0; g < this.groups; g++) {
        const group = this.#groups[g];
        for (let bin = 0; bin < group.bins; bin++) {
          if (this.#isEmpty(group, bin)) continue;
          const k = group.indexOf(bin);
          if (group.binOf(k) !== bin || !this.#isSingle(group, bin, k)) continue;
          if (!this.#add(k)) return;
          found++;
        }
      }
    }
  }

  #isEmpty(group: SparseGroup, bin: number): boolean {
    const { bins, rest } = group;
    let sum = 0;
    for (let at = bin; at < rest.length; at += bins) sum += rest[at] * rest[at];
    return sum <= this.#scalars[0] * group.offsets.length;
  }

  /** Whether one coefficient k explains the bin; its value is left in the scalars. */
  #isSingle(group: SparseGroup, bin: number, k: number): boolean {
    const { bins, offsets, rest } = group;
    let sum = 0;
    for (let p = 0; p < offsets.length; p++) {
      const value = rest[p * bins + bin];
      sum += parity(offsets[p] & k) === 1 ? -value : value;
    }
    const value = sum / offsets.length;
    let error = 0;
    for (let p = 0; p < offsets.length; p++) {
      const left = rest[p * bins + bin] - (parity(offsets[p] & k) === 1 ? -value : value);
      error += left * left;
    }
    this.#scalars[1] = value;
    return error <= this.#scalars[0] * offsets.length;
  }

  /** Adds the value in the scalars to coefficient k and takes it out of all bins; false where there is no room for more. */
  #add(k: number): boolean {
    const places = this.#places;
    const mask = places.length - 1;
    let slot = Math.imul(k, 0x9e3779b1) >>> (Math.clz32(mask) & 31);
    while (places[slot] !== 0 && this.indices[places[slot] - 1] !== k) slot = (slot + 1) & mask;
    if (places[slot] === 0) {
      if (this.count === this.indices.length) return false;
      this.indices[this.count] = k;
      this.values[this.count] = 0;
      places[slot] = ++this.count;
    }
    this.values[places[slot] - 1] += this.#scalars[1];
    for (let g = 0; g < this.groups; g++) this.#groups[g].subtract(k, this.#scalars, 1);
    return true;
  }

  /** Least squares over all samples, one coefficient after the other: their bins overlap little, so it converges fast. */
  #refine(): void {
    const samples = this.groups * this.#groups[0].offsets.length;
    for (let pass = 0; pass < REFINEMENTS; pass++) {
      let largest = 0;
      let change = 0;
      for (let i = 0; i < this.count; i++) {
        const k = this.indices[i];
        let sum = 0;
        for (let g = 0; g < this.groups; g++) {
          const { bins, offsets, rest } = this.#groups[g];
          const bin = this.#groups[g].binOf(k);
          for (let p = 0; p < offsets.length; p++) {
            const value = rest[p * bins + bin];
            sum += parity(offsets[p] & k) === 1 ? -value : value;
          }
        }
        const step = sum / samples;
        this.values[i] += step;
        this.#scalars[1] = step;
        for (let g = 0; g < this.groups; g++) this.#groups[g].subtract(k, this.#scalars, 1);
        largest = Math.max(largest, Math.abs(this.values[i]));
        change = Math.max(change, Math.abs(step));
      }
      if (change <= 1e-15 * largest) return;
    }
  }

  #isExplained(): boolean {
    for (let g = 0; g < this.groups; g++) {
      for (let bin = 0; bin < this.#groups[g].bins; bin++) if (!this.#isEmpty(this.#groups[g], bin)) return false;
    }
    return true;
  }

  override dispose(): void {
    this.#fwht?.dispose();
    super.dispose();
  }
}
