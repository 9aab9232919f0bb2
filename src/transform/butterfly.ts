/**
 * Products of 2×2 stages: the shape that all fast transforms have in common. A stage splits the values into pairs and
 * multiplies each pair by a 2×2 matrix of its own; log2(n) stages with the right pairs and matrices are the fast
 * Walsh–Hadamard transform, the fast Fourier transform, or a chain of Givens rotations, and any others a transform of
 * one's own that costs as little. Sources: T. Dao and others, Learning fast algorithms for linear transforms using
 * butterfly factorizations (2019); W. Givens (1958).
 */
import { checkInteger, checkOneOf, checkOptions, checkPowerOfTwo, throwRange, throwType } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { cosPi, sinPi } from '../engine/exact-math.js';
import type { BlocksFormat, FramesFormat } from '../stage/format.js';
import { checkBlockSize, type Floats, InverseVectorStage, VectorStage, VectorTransform } from './_vector-transform.js';

/** A stage: which values are paired, and what each pair is multiplied by. Values in no pair stay as they are. */
export interface ButterflyFactor {
  /** Two indices for each pair, first one and second; none twice. */
  readonly pairs: ArrayLike<number>;
  /** For each pair a, b, c, d: (x, y) becomes (a·x + b·y, c·x + d·y). Of a complex butterfly each is re, im. */
  readonly entries: ArrayLike<number>;
}

export interface ButterflyOptions {
  /** Values, or complex numbers, of a vector: from 1 to 2^20. */
  readonly points: number;
  /** `complex`: numbers are interleaved re, im, so that a vector has 2·points values. Default `real`. */
  readonly type?: 'real' | 'complex';
  /** The stages in the order in which they are applied. */
  readonly factors: readonly ButterflyFactor[];
  /** Where the first stage's values come from: value i is input value `permutation[i]`. Default: each from its place. */
  readonly permutation?: ArrayLike<number>;
}

/** One rotation of a Givens chain: values `first` and `second` turned by π·`halfTurns`. */
export interface GivensRotation {
  readonly first: number;
  readonly second: number;
  readonly halfTurns: number;
}

function checkFactor(title: string, factor: ButterflyFactor, points: number, width: number): void {
  if (typeof factor !== 'object' || factor === null) throwType(title, 'an object with pairs and entries', factor);
  const { pairs, entries } = factor;
  if (typeof pairs?.length !== 'number') throwType(`${title}.pairs`, 'an array of indices', pairs);
  if (typeof entries?.length !== 'number') throwType(`${title}.entries`, 'an array of numbers', entries);
  if (pairs.length % 2 !== 0) throwRange(`${title}.pairs`, 'two indices a pair', pairs.length);
  if (entries.length !== pairs.length * 2 * width) {
    throwRange(`${title}.entries`, `${4 * width} numbers a pair, ${pairs.length * 2 * width}`, entries.length);
  }
  const used = new Uint8Array(points);
  for (let i = 0; i < pairs.length; i++) {
    const index = checkInteger(`${title}.pairs[${i}]`, pairs[i], 0, points - 1);
    if (used[index]++ > 0) throwRange(`${title}.pairs[${i}]`, 'an index of no other pair of the stage', index);
  }
  for (let i = 0; i < entries.length; i++) {
    if (!Number.isFinite(entries[i])) throwRange(`${title}.entries[${i}]`, 'a finite number', entries[i]);
  }
}

/** Index of the bits of `index` in reverse order. */
function reversed(index: number, points: number): number {
  let result = 0;
  for (let bit = 1; bit < points; bit *= 2) result = result * 2 + (index & bit ? 1 : 0);
  return result;
}

/** Pairs (i, i + span) of every run of 2·span points. */
function spannedPairs(points: number, span: number): number[] {
  const pairs: number[] = [];
  for (let i = 0; i < points; i++) if ((i & span) === 0) pairs.push(i, i + span);
  return pairs;
}

/**
 * A transform made of 2×2 stages, in float64. `forward` multiplies by factors[last] ⋯ factors[0]·P, `inverse` undoes that
 * by the inverse of each 2×2 matrix. Needs no engine. `forward`, `inverse` with `out`, `forwardAt` and `inverseAt` are
 * real-time safe.
 *
 * @example
 * ```ts
 * import { Butterfly } from 'paley';
 *
 * const fft = Butterfly.fft(4); // complex numbers: re, im, re, im …
 * console.log(fft.forward(Float64Array.of(1, 0, 2, 0, 3, 0, 4, 0))); // 10 0 −2 2 −2 0 −2 −2
 * const fwht = Butterfly.fwht(4);
 * console.log(fwht.forward(Float64Array.of(1, 2, 3, 4))); // 10 −2 −4 0
 * const turn = Butterfly.givens(2, [{ first: 0, second: 1, halfTurns: 0.5 }]);
 * console.log(turn.forward(Float64Array.of(1, 0))); // 0 1
 * ```
 */
export class Butterfly extends VectorTransform {
  /** Values of a vector: points, or twice as many where they are complex. */
  readonly size: number;
  readonly points: number;
  readonly type: 'real' | 'complex';
  /** Stages. */
  readonly stages: number;
  readonly #pairs: Uint32Array[];
  readonly #entries: Float64Array[];
  readonly #permutation: Uint32Array | undefined;
  readonly #work: Float64Array;
  /** The entries of the inverse matrices, made when first needed. */
  #inverses: Float64Array[] | undefined;

  /** @throws TypeError or RangeError for options out of range, or a value that is in two pairs of a stage. */
  constructor(options: ButterflyOptions) {
    super();
    checkOptions('ButterflyOptions', options, ['points', 'type', 'factors', 'permutation']);
    const { type = 'real', factors, permutation } = options;
    this.points = checkInteger('points', options.points, 1, 2 ** 20);
    this.type = checkOneOf('type', type, ['real', 'complex']);
    const width = type === 'real' ? 1 : 2;
    this.size = this.points * width;
    if (!Array.isArray(factors)) throwType('factors', 'an array of stages', factors);
    for (const [i, factor] of factors.entries()) checkFactor(`factors[${i}]`, factor, this.points, width);
    this.stages = factors.length;
    this.#pairs = factors.map(({ pairs }) => Uint32Array.from(pairs));
    this.#entries = factors.map(({ entries }) => Float64Array.from(entries));
    this.#permutation = permutation === undefined ? undefined : this.#checkPermutation(permutation);
    this.#work = new Float64Array(this.size);
  }

  /** The Walsh–Hadamard transform in natural order, unnormalised; `points` a power of two up to 2^20. */
  static fwht(points: number): Butterfly {
    checkPowerOfTwo('points', points, 1, 2 ** 20);
    const factors: ButterflyFactor[] = [];
    for (let span = 1; span < points; span *= 2) {
      const pairs = spannedPairs(points, span);
      factors.push({ pairs, entries: Array.from({ length: pairs.length / 2 }, () => [1, 1, 1, -1]).flat() });
    }
    return new Butterfly({ points, factors });
  }

  /** The Fourier transform Σ x[n]·exp(−2πi·kn/points) of complex numbers, decimated in time. A power of two up to 2^16. */
  static fft(points: number): Butterfly {
    checkPowerOfTwo('points', points, 1, 2 ** 16);
    const factors: ButterflyFactor[] = [];
    for (let span = 1; span < points; span *= 2) {
      const pairs = spannedPairs(points, span);
      const entries: number[] = [];
      for (let i = 0; i < pairs.length; i += 2) {
        const turns = (pairs[i] & (span - 1)) / span;
        const [re, im] = [cosPi(turns), -sinPi(turns)];
        entries.push(1, 0, re, im, 1, 0, -re, -im);
      }
      factors.push({ pairs, entries });
    }
    const permutation = Array.from({ length: points }, (_, i) => reversed(i, points));
    return new Butterfly({ points, type: 'complex', factors, permutation });
  }

  /**
   * Rotations of two values each, in their order: (x, y) becomes (cos·x − sin·y, sin·x + cos·y). Neighbours in the list
   * that share no value become one stage.
   */
  static givens(points: number, rotations: readonly GivensRotation[]): Butterfly {
    checkInteger('points', points, 1, 2 ** 20);
    if (!Array.isArray(rotations)) throwType('rotations', 'an array of rotations', rotations);
    const factors: { pairs: number[]; entries: number[] }[] = [];
    let used = new Set<number>();
    for (const { first, second, halfTurns } of rotations as GivensRotation[]) {
      if (!Number.isFinite(halfTurns)) throwRange('halfTurns', 'a finite number', halfTurns);
      if (factors.length === 0 || used.has(first) || used.has(second)) {
        factors.push({ pairs: [], entries: [] });
        used = new Set();
      }
      used.add(first).add(second);
      const [cosine, sine] = [cosPi(halfTurns), sinPi(halfTurns)];
      factors[factors.length - 1].pairs.push(first, second);
      factors[factors.length - 1].entries.push(cosine, -sine, sine, cosine);
    }
    return new Butterfly({ points, factors });
  }

  /** Transforms the `size` values from index `at` on, in place. Real-time safe. */
  forwardAt(values: Floats, at: number): void {
    const work = this.#work;
    const width = this.size / this.points;
    const permutation = this.#permutation;
    for (let i = 0; i < this.size; i++) {
      const from = permutation === undefined ? i : permutation[Math.floor(i / width)] * width + (i % width);
      work[i] = values[at + from];
    }
    for (let stage = 0; stage < this.stages; stage++) this.#apply(this.#pairs[stage], this.#entries[stage]);
    for (let i = 0; i < this.size; i++) values[at + i] = work[i];
  }

  /**
   * Undoes `forwardAt`. Real-time safe from the second call on: the first inverts the 2×2 matrices.
   * @throws RangeError where one of them has no inverse.
   */
  inverseAt(values: Floats, at: number): void {
    this.#inverses ??= this.#entries.map((entries, stage) => this.#invert(entries, stage));
    const work = this.#work;
    for (let i = 0; i < this.size; i++) work[i] = values[at + i];
    for (let stage = this.stages - 1; stage >= 0; stage--) this.#apply(this.#pairs[stage], this.#inverses[stage]);
    const width = this.size / this.points;
    const permutation = this.#permutation;
    for (let i = 0; i < this.size; i++) {
      const to = permutation === undefined ? i : permutation[Math.floor(i / width)] * width + (i % width);
      values[at + to] = work[i];
    }
  }

  #apply(pairs: Uint32Array, entries: Float64Array): void {
    const work = this.#work;
    if (this.type === 'real') {
      for (let pair = 0; pair < pairs.length; pair += 2) {
        const x = work[pairs[pair]];
        const y = work[pairs[pair + 1]];
        work[pairs[pair]] = entries[2 * pair] * x + entries[2 * pair + 1] * y;
        work[pairs[pair + 1]] = entries[2 * pair + 2] * x + entries[2 * pair + 3] * y;
      }
      return;
    }
    for (let pair = 0; pair < pairs.length; pair += 2) {
      const p = 2 * pairs[pair];
      const q = 2 * pairs[pair + 1];
      const e = 4 * pair;
      const x = work[p];
      const xi = work[p + 1];
      const y = work[q];
      const yi = work[q + 1];
      work[p] = entries[e] * x - entries[e + 1] * xi + (entries[e + 2] * y - entries[e + 3] * yi);
      work[p + 1] = entries[e] * xi + entries[e + 1] * x + (entries[e + 2] * yi + entries[e + 3] * y);
      work[q] = entries[e + 4] * x - entries[e + 5] * xi + (entries[e + 6] * y - entries[e + 7] * yi);
      work[q + 1] = entries[e + 4] * xi + entries[e + 5] * x + (entries[e + 6] * yi + entries[e + 7] * y);
    }
  }

  #checkPermutation(permutation: ArrayLike<number>): Uint32Array {
    if (typeof permutation?.length !== 'number') throwType('permutation', 'an array of indices', permutation);
    if (permutation.length !== this.points) throwRange('permutation', `${this.points} indices`, permutation.length);
    const used = new Uint8Array(this.points);
    for (let i = 0; i < permutation.length; i++) {
      const index = checkInteger(`permutation[${i}]`, permutation[i], 0, this.points - 1);
      if (used[index]++ > 0) throwRange(`permutation[${i}]`, 'an index not named before', index);
    }
    return Uint32Array.from(permutation);
  }

  /** The inverses of a stage's 2×2 matrices: (d, −b, −c, a) over the determinant. */
  #invert(entries: Float64Array, stage: number): Float64Array {
    const inverse = new Float64Array(entries.length);
    const width = this.type === 'real' ? 1 : 2;
    for (let at = 0; at < entries.length; at += 4 * width) {
      const [a, b, c, d] = [0, 1, 2, 3].map((i) => ({
        re: entries[at + i * width],
        im: width === 2 ? entries[at + i * width + 1] : 0,
      }));
      const re = a.re * d.re - a.im * d.im - (b.re * c.re - b.im * c.im);
      const im = a.re * d.im + a.im * d.re - (b.re * c.im + b.im * c.re);
      const square = re * re + im * im;
      if (!(square > 0)) throwRange(`factors[${stage}]`, 'matrices that have an inverse', 'a singular one');
      for (const [i, [entry, sign]] of (
        [
          [d, 1],
          [b, -1],
          [c, -1],
          [a, 1],
        ] as const
      ).entries()) {
        inverse[at + i * width] = (sign * (entry.re * re + entry.im * im)) / square;
        if (width === 2) inverse[at + i * width + 1] = (sign * (entry.im * re - entry.re * im)) / square;
      }
    }
    return inverse;
  }
}

export interface ButterflyStageOptions {
  /** The frames that come in; float32. */
  readonly input: FramesFormat;
  /** The transform: a block has its `size` values. */
  readonly butterfly: Butterfly;
  /** Most frames of one `processInto` call. Default 4096. */
  readonly maxInput?: number;
}

/**
 * Frames in, blocks transformed by a `Butterfly` out: each channel for itself. The last block is filled up with zeros at
 * the end of the stream. Latency: `size − 1` frames. NaN and infinities become zero and are counted in `faults`.
 * `processInto`, `flushInto` and `reset` are real-time safe.
 *
 * @example
 * ```ts
 * import { Butterfly, ButterflyStage, Engine, InverseButterflyStage } from 'paley';
 *
 * const engine = await Engine.load();
 * const butterfly = Butterfly.givens(2, [{ first: 0, second: 1, halfTurns: 0.25 }]);
 * const sampleRate = { numerator: 100, denominator: 1 };
 * const forward = new ButterflyStage(engine, { input: { kind: 'frames', sampleRate, channels: 1, sample: 'f32' }, butterfly });
 * const backward = new InverseButterflyStage(engine, { input: forward.output, butterfly });
 * console.log(backward.process(forward.process([Float32Array.of(1, 2)]))); // [ 1 2 ]
 * ```
 */
export class ButterflyStage extends VectorStage {
  readonly name: string;

  /** @throws TypeError or RangeError for options out of range; EngineMemoryError. */
  constructor(engine: Engine, options: ButterflyStageOptions) {
    checkOptions('ButterflyStageOptions', options, ['input', 'butterfly', 'maxInput']);
    const { input, butterfly, maxInput } = options;
    super(engine, input, checkButterfly(butterfly), maxInput);
    this.name = `butterfly ${butterfly.size}`;
  }
}

export interface InverseButterflyStageOptions {
  /** The blocks that come in: the output format of a `ButterflyStage`. */
  readonly input: BlocksFormat;
  /** The transform to undo. */
  readonly butterfly: Butterfly;
  /** Most blocks of one `processInto` call. Default: 4096 frames' worth. */
  readonly maxInput?: number;
}

/**
 * Undoes a `ButterflyStage` of the same transform: blocks in, frames out. It adds no latency of its own. Real-time safety
 * and `faults` are as there, and so is the example.
 */
export class InverseButterflyStage extends InverseVectorStage {
  readonly name: string;

  /** @throws TypeError or RangeError for options out of range, or a butterfly with a matrix that has no inverse. */
  constructor(engine: Engine, options: InverseButterflyStageOptions) {
    checkOptions('InverseButterflyStageOptions', options, ['input', 'butterfly', 'maxInput']);
    const { input, butterfly, maxInput } = options;
    checkBlockSize(input, checkButterfly(butterfly).size);
    butterfly.inverse(new Float64Array(butterfly.size)); // inverts its matrices now, not at the real-time door
    super(engine, input, butterfly, maxInput);
    this.name = `inverse butterfly ${butterfly.size}`;
  }
}

function checkButterfly(value: unknown): Butterfly {
  if (!(value instanceof Butterfly)) throwType('butterfly', 'a Butterfly', value);
  return value;
}
