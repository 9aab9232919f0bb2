/**
 * Convolution with a filter of any length, a partition at a time: overlap-save (T. G. Stockham, High-speed convolution
 * and correlation, 1966) with the filter cut into partitions of equal length, whose spectra meet the spectra of the
 * input's last partitions (B. D. Kulp, Digital equalization using Fourier transform techniques, 1988).
 */

import {
  checkBoolean,
  checkFloat32,
  checkInteger,
  checkOptions,
  checkPowerOfTwo,
  throwRange,
  throwType,
} from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { BaseStage } from '../stage/base-stage.js';
import { describeFormat, type FramesFormat } from '../stage/format.js';
import type { Port, SamplesPort } from '../stage/port.js';
import { checkCount, checkSamplesPort } from '../stage/port-checks.js';
import type { StagePeriod } from '../stage/stage.js';
import { FftTable } from './_fft-tables.js';
import { fourierKernels } from './_fourier-kernels.js';

export interface ConvolverOptions {
  /** The frames that come in; float32. */
  readonly input: FramesFormat;
  /** The impulse response, 1 to 2^22 taps, for all channels; or an array of one for each. */
  readonly filter: Float32Array | readonly Float32Array[];
  /**
   * Frames worked on at a time, and so the delay: a power of two from 16 to 65536. Default 128, the render quantum of
   * Web Audio. Larger ones cost less.
   */
  readonly partition?: number;
  /**
   * What `flush` gives: false, the output ends with the input; true, the filter rings out, taps − 1 frames more (of the
   * longest filter). Default false.
   */
  readonly tail?: boolean;
  /** Most frames of one `processInto` call. Default 4096. */
  readonly maxInput?: number;
}

const OPTION_NAMES = ['input', 'filter', 'partition', 'tail', 'maxInput'] as const;

const SMALLEST_PARTITION = 16;
const LARGEST_PARTITION = 65536;
const DEFAULT_PARTITION = 128;
const MOST_TAPS = 2 ** 22;
const DEFAULT_MAX_INPUT = 4096;

function checkInput(input: FramesFormat): FramesFormat {
  if (typeof input !== 'object' || input === null) throwType('input', 'a format of frames', input);
  if (input.kind !== 'frames' || input.sample !== 'f32') {
    throw new TypeError(`input expected f32 frames, got ${describeFormat(input)}`);
  }
  checkInteger('input.channels', input.channels, 1, 64);
  return input;
}

function checkFilter(title: string, value: unknown): Float32Array {
  const filter = checkFloat32(title, value);
  if (!(filter.length >= 1 && filter.length <= MOST_TAPS)) {
    throwRange(title, `1 to ${MOST_TAPS} taps`, filter);
  }
  for (let tap = 0; tap < filter.length; tap++) {
    if (!Number.isFinite(filter[tap])) throwRange(`${title}[${tap}]`, 'a finite number', filter[tap]);
  }
  return filter;
}

/** The filters, one for all channels or one for each. */
function checkFilters(value: unknown, channels: number): Float32Array[] {
  if (value instanceof Float32Array) return [checkFilter('filter', value)];
  if (!Array.isArray(value)) throwType('filter', `a Float32Array, or an array of ${channels}`, value);
  if (value.length !== channels) {
    throw new RangeError(`filter expected a Float32Array for each of ${channels} channels, got ${value.length}`);
  }
  return value.map((filter, channel) => checkFilter(`filter[${channel}]`, filter));
}

/**
 * Convolves a stream with a filter: output frame k is Σ h[j]·x[k − j], aligned with the input, the stream before its
 * first frame being silence. After `flush` the output is as long as the input, or with `tail` longer by the filter's
 * taps − 1.
 *
 * Latency: `partition − 1` frames, however long the filter; the output comes in whole partitions. Work: each call does,
 * for each partition it completes and each channel, two transforms of `partition` complex numbers and `taps` complex
 * multiplications; a call with `maxInput` frames completes at most ⌈maxInput/partition⌉. Every partition costs the same,
 * but for the stream's first ones, which cost less.
 *
 * Error: at any frame below 1e-6·max|y| for signals as broad as noise, speech or music, with 1 to 100,000 taps; for any
 * signal below 1e-6·Σ|h|·max|x|, the largest output the filter can give, since what it cancels leaves its rounding behind.
 * The output is the same to the bit however the input is cut. NaN and infinities of the input become zero and are counted
 * in `faults`.
 *
 * Memory: 8 bytes a tap for each filter and each channel. `processInto`, `flushInto` and `reset` are real-time safe.
 *
 * @example
 * ```ts
 * import { Convolver, Engine } from 'paley';
 *
 * const engine = await Engine.load();
 * const sampleRate = { numerator: 48000, denominator: 1 };
 * const echo = new Float32Array(24001);
 * echo[0] = 1;
 * echo[24000] = 0.5; // half a second later, at half the amplitude
 * const convolver = new Convolver(engine, {
 *   input: { kind: 'frames', sampleRate, channels: 1, sample: 'f32' },
 *   filter: echo,
 *   tail: true,
 * });
 * const [beginning] = convolver.process([new Float32Array(48000).fill(0.25)]);
 * const [end] = convolver.flush();
 * console.log(beginning.length + end.length); // 72000
 * convolver.dispose();
 * ```
 */
export class Convolver extends BaseStage<Float32Array[], Float32Array[]> {
  readonly #kernels = fourierKernels(this.engine);
  readonly name: string;
  readonly input: FramesFormat;
  readonly output: FramesFormat;
  readonly period: StagePeriod;
  readonly maxInput: number;
  readonly maxOutput: number;
  /** Frames worked on at a time. */
  readonly partition: number;
  /** Taps of the longest filter. */
  readonly taps: number;
  readonly tail: boolean;
  /** Partitions of the longest filter, and spectra in the ring. */
  readonly #partitions: number;
  readonly #twiddles: FftTable;
  readonly #twist: FftTable;
  /** Spectra of the filters' partitions, by age; one run for all channels, or one for each. */
  readonly #filters: number;
  readonly #filterBytes: number;
  /** Ring of the spectra of the last partitions of input, for each channel; ages grow with addresses. */
  readonly #ring: number;
  readonly #ringBytes: number;
  /** For each channel the partition before the current one, and the current one; they change places. */
  readonly #samples: Float32Array<ArrayBuffer>;
  /** The sum of products. */
  readonly #sum: number;
  readonly #work: number;
  /** Which half of a channel's samples is the current partition: 0 or 1. */
  #current = 0;
  /** Frames in the current partition. */
  #held = 0;
  /** Where in the ring the newest spectrum is. */
  #newest = 0;
  /** Spectra in the ring. */
  #known = 0;
  /** Frames of the tail not yet given, once the end has come; −1 before. */
  #owed = -1;
  #faults = 0;

  /**
   * @throws TypeError or RangeError for options out of range or a filter that is empty or not finite; EngineMemoryError
   * where the engine has no room for the spectra.
   */
  constructor(engine: Engine, options: ConvolverOptions) {
    super(engine);
    checkOptions('ConvolverOptions', options, OPTION_NAMES);
    const { partition = DEFAULT_PARTITION, tail = false } = options;
    this.input = checkInput(options.input);
    const { channels } = this.input;
    this.output = this.input;
    this.partition = checkPowerOfTwo('partition', partition, SMALLEST_PARTITION, LARGEST_PARTITION);
    this.tail = checkBoolean('tail', tail);
    this.maxInput = checkInteger('maxInput', options.maxInput ?? DEFAULT_MAX_INPUT, 1, 2 ** 24);
    const filters = checkFilters(options.filter, channels);
    this.taps = Math.max(...filters.map(({ length }) => length));
    this.name = `convolve ${this.taps}`;
    this.period = { input: partition, output: partition };
    this.maxOutput = Math.max(1, Math.floor((partition - 1 + this.maxInput) / partition)) * partition;
    this.#partitions = Math.ceil(this.taps / partition);
    const spectrumBytes = 8 * partition;
    this.#filterBytes = filters.length > 1 ? this.#partitions * spectrumBytes : 0;
    this.#ringBytes = this.#partitions * spectrumBytes;
    this.#filters = this.reserve(this.#ringBytes * filters.length);
    this.#ring = this.reserve(this.#ringBytes * channels);
    this.#samples = this.reserveFloat32(2 * partition * channels);
    this.#sum = this.reserve(spectrumBytes);
    this.#work = this.reserve(2 * spectrumBytes);
    try {
      this.#twiddles = FftTable.twiddles(engine, 'f32', partition);
      this.#twist = FftTable.cells(engine, 'f32', 4 * partition, partition);
    } catch (error) {
      this.dispose();
      throw error;
    }
    for (let index = 0; index < filters.length; index++) {
      this.#takeFilter(filters[index], this.#filters + index * this.#filterBytes);
    }
  }

  /** NaN and infinities of the input replaced by zero so far. */
  get faults(): number {
    return this.#faults;
  }

  /** Frames before the partition of frame `outputCount − 1` is complete. */
  inputNeeded(outputCount: number): number {
    checkInteger('outputCount', outputCount, 0, Number.MAX_SAFE_INTEGER);
    return Math.ceil(outputCount / this.partition) * this.partition;
  }

  /** Takes `input.count` frames and writes the partitions they complete. Real-time safe. */
  processInto(input: Port, output: Port): number {
    this.checkAlive();
    const source = checkSamplesPort(this, 'input', input, 1, 0);
    const target = checkSamplesPort(this, 'output', output, 1, this.maxOutput);
    const count = checkCount(this, source);
    const { partition } = this;
    let taken = 0;
    let given = 0;
    while (taken < count) {
      const frames = Math.min(partition - this.#held, count - taken);
      for (let channel = 0; channel < source.channels; channel++) {
        this.#faults += this.#kernels.copyFiniteF32(
          this.#partitionOf(channel, this.#current) + this.#held * 4,
          source.pointer + channel * source.planeBytes + taken * 4,
          frames,
        );
      }
      this.#held += frames;
      taken += frames;
      if (this.#held === partition) {
        this.#convolve(target, given);
        given += partition;
      }
    }
    target.count = given;
    return given;
  }

  /**
   * Ends the stream a partition at a time: what the last, incomplete partition owes and, with `tail`, what the filter
   * still rings. Returns 0 when all has come, and has then reset the stage. Real-time safe.
   */
  flushInto(output: Port): number {
    this.checkAlive();
    const target = checkSamplesPort(this, 'output', output, 1, this.partition);
    const { partition } = this;
    if (this.#owed < 0) {
      const begun = this.#known > 0 || this.#held > 0;
      this.#owed = this.#held + (this.tail && begun ? this.taps - 1 : 0);
    }
    const given = Math.min(this.#owed, partition);
    if (given > 0) {
      for (let channel = 0; channel < target.channels; channel++) {
        const begin = (2 * channel + this.#current) * partition;
        this.#samples.fill(0, begin + this.#held, begin + partition);
      }
      this.#convolve(target, 0);
      this.#owed -= given;
    } else {
      this.reset();
    }
    target.count = given;
    return given;
  }

  /** Forgets everything fed so far. Real-time safe. */
  reset(): void {
    this.checkAlive();
    this.#samples.fill(0);
    this.#held = 0;
    this.#known = 0;
    this.#newest = 0;
    this.#owed = -1;
  }

  override dispose(): void {
    this.#twiddles?.release();
    this.#twist?.release();
    super.dispose();
  }

  /** Address of one of a channel's two partitions of samples. */
  #partitionOf(channel: number, which: number): number {
    return this.#samples.byteOffset + (2 * channel + which) * this.partition * 4;
  }

  /** Writes the spectra of a filter's partitions. */
  #takeFilter(filter: Float32Array, target: number): void {
    const { partition } = this;
    const samples = this.#samples;
    samples.fill(0, 0, 2 * partition);
    for (let index = 0; index < this.#partitions; index++) {
      const part = filter.subarray(index * partition, (index + 1) * partition);
      samples.fill(0, part.length, partition);
      samples.set(part);
      this.#kernels.convolverForwardF32(
        target + index * 8 * partition,
        samples.byteOffset,
        samples.byteOffset + partition * 4,
        this.#twist.pointer,
        this.#twiddles.pointer,
        this.#work,
        partition,
      );
    }
    samples.fill(0, 0, partition);
  }

  /** Takes the current partition in and writes its output `offset` frames into the target. */
  #convolve(target: SamplesPort, offset: number): void {
    const kernels = this.#kernels;
    const { partition } = this;
    const spectrumBytes = 8 * partition;
    const twist = this.#twist.pointer;
    const twiddles = this.#twiddles.pointer;
    // Ages grow upwards, so the ring runs downwards.
    this.#newest = this.#newest === 0 ? this.#partitions - 1 : this.#newest - 1;
    this.#known = Math.min(this.#known + 1, this.#partitions);
    const young = Math.min(this.#known, this.#partitions - this.#newest);
    const old = this.#known - young;
    for (let channel = 0; channel < target.channels; channel++) {
      const ring = this.#ring + channel * this.#ringBytes;
      const newest = ring + this.#newest * spectrumBytes;
      const filter = this.#filters + channel * this.#filterBytes;
      const previous = this.#partitionOf(channel, 1 - this.#current);
      const current = this.#partitionOf(channel, this.#current);
      kernels.convolverForwardF32(newest, previous, current, twist, twiddles, this.#work, partition);
      kernels.convolverSumF32(this.#sum, newest, filter, young, partition, 0);
      if (old > 0) kernels.convolverSumF32(this.#sum, ring, filter + young * spectrumBytes, old, partition, 1);
      const plane = target.pointer + channel * target.planeBytes + offset * 4;
      kernels.convolverInverseF32(plane, this.#sum, twist, twiddles, this.#work, partition);
    }
    this.#current = 1 - this.#current;
    this.#held = 0;
  }
}

/** Partitions of the function form: with longer ones a convolution costs little less, and memory more. */
const LONGEST_USEFUL_PARTITION = 4096;

/**
 * The whole convolution of `x` with `h` in one call: `x.length + h.length − 1` values (none where `x` is empty). It makes
 * a `Convolver` and disposes of it. Accuracy and faults are as there. Not real-time safe.
 *
 * @throws TypeError for arrays of another type; RangeError where `h` is empty, longer than 2^22 taps or not finite;
 * EngineMemoryError.
 * @example
 * ```ts
 * import { convolve, Engine } from 'paley';
 *
 * const engine = await Engine.load();
 * console.log(convolve(engine, Float32Array.of(1, 2, 3), Float32Array.of(1, -1))); // 1 1 1 −3
 * ```
 */
export function convolve(engine: Engine, x: Float32Array, h: Float32Array): Float32Array {
  checkFloat32('x', x);
  checkFilter('h', h);
  let partition = SMALLEST_PARTITION;
  while (partition < h.length && partition < LONGEST_USEFUL_PARTITION) partition *= 2;
  const input: FramesFormat = {
    kind: 'frames',
    sampleRate: { numerator: 1, denominator: 1 },
    channels: 1,
    sample: 'f32',
  };
  const convolver = new Convolver(engine, { input, filter: h, partition, tail: true });
  try {
    const result = new Float32Array(x.length === 0 ? 0 : x.length + h.length - 1);
    const [beginning] = convolver.process([x]);
    result.set(beginning);
    result.set(convolver.flush()[0], beginning.length);
    return result;
  } finally {
    convolver.dispose();
  }
}
