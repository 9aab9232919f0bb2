/**
 * The streaming resampler: a polyphase FIR whose position is counted in whole numbers.
 *
 * Where it stands is kept in small integers, none of which grows with the stream: the row of the phase table that belongs
 * to the next output (the outputs so far modulo `up`) and the number of frames in the history, of which the first is
 * always the one that the next output's first tap meets. So nothing drifts, and nothing overflows, however long it runs.
 */
import { checkInteger, checkOneOf, checkOptions, throwRange } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { BaseStage } from '../stage/base-stage.js';
import type { FramesFormat } from '../stage/format.js';
import type { Port, SamplesPort } from '../stage/port.js';
import { checkCount, checkSamplesPort } from '../stage/port-checks.js';
import { format, multiply, type Rational, type RationalLike, ratio, toNumber, toRate } from '../stage/rational.js';
import type { StagePeriod } from '../stage/stage.js';
import { acquirePhaseTable, releasePhaseTable } from './_phase-tables.js';
import {
  designPolyphase,
  LARGEST_TABLE_BYTES,
  type PolyphaseDesign,
  ratioInLeastTerms,
  tableBytes,
  tapsOf,
} from './design.js';
import { presets, QUALITIES, type QualityName } from './presets.js';

/** Phase responses a caller may name. */
export const PHASES = ['linear'] as const;
/** Ways to run the filter that a caller may name. */
export const MODES = ['stream'] as const;

export type PhaseName = (typeof PHASES)[number];
export type ModeName = (typeof MODES)[number];

export interface ResamplerOptions {
  /** Input rate in Hz, 1e-6 to 1e9. */
  readonly from: RationalLike;
  /** Output rate in Hz, 1e-6 to 1e9 and from 1/256 to 256 times the input rate. */
  readonly to: RationalLike;
  /** 1 to 64. Default 1. */
  readonly channels?: number;
  /** Default `high`: 130 dB, −0.1 dB at 95 % of the lower Nyquist frequency, stop band from 100 %. */
  readonly quality?: QualityName;
  /** Default `linear`. */
  readonly phase?: PhaseName;
  /** Default `stream`. */
  readonly mode?: ModeName;
  /** Most input frames of one `processInto` call. Default 4096, or what gives 16384 output frames if that is less. */
  readonly maxInput?: number;
}

const OPTION_NAMES = ['from', 'to', 'channels', 'quality', 'phase', 'mode', 'maxInput'] as const;

const LOWEST_RATE = 1e-6;
const HIGHEST_RATE = 1e9;
const LARGEST_RATIO = 256;
const LARGEST_MAX_INPUT = 2 ** 20;
const DEFAULT_MAX_INPUT = 4096;
const DEFAULT_MAX_OUTPUT = 16384;

/** Planes begin on a cache line. */
const PLANE_STEP = 16;

function toSampleRate(title: string, value: RationalLike): Rational {
  const rate = toRate(title, value);
  const hertz = toNumber(rate);
  if (!(hertz >= LOWEST_RATE && hertz <= HIGHEST_RATE)) {
    throwRange(title, `a rate from ${LOWEST_RATE} to ${HIGHEST_RATE} Hz`, hertz);
  }
  return rate;
}

/** ⌊a/b⌋ without a fraction on the way, which the interpreter would box: small whole numbers cost no memory anywhere. */
function wholeQuotient(a: number, b: number): number {
  return (a - (a % b)) / b;
}

/** The filter for two rates; of no width where they are equal and there is nothing to filter. */
function chooseDesign(from: Rational, to: Rational, quality: QualityName): PolyphaseDesign {
  const { up, down } = ratioInLeastTerms(from, to);
  if (up > LARGEST_RATIO * down || down > LARGEST_RATIO * up) {
    throwRange('to', `1/${LARGEST_RATIO} to ${LARGEST_RATIO} times the input rate ${format(from)} Hz`, toNumber(to));
  }
  if (up === down) return { preset: presets[quality], up: 1, down: 1, halfWidth: 0 };
  const design = designPolyphase(presets[quality], up, down);
  const bytes = tableBytes(design);
  if (bytes > LARGEST_TABLE_BYTES) {
    throw new RangeError(
      `from and to expected rates whose exact phase table fits ${LARGEST_TABLE_BYTES / 2 ** 20} MiB, got ` +
        `${format(from)} and ${format(to)} Hz, whose ratio ${up}/${down} takes ${(bytes / 2 ** 20).toFixed(1)} MiB`,
    );
  }
  return design;
}

/**
 * Changes the sample rate of a stream: a linear-phase, anti-aliased polyphase FIR with an exact position. Output frame k
 * stands at the instant k/to, a stream of n frames becomes exactly ⌈n·to/from⌉ (after `flush`), and the output is the same
 * to the bit however the input is cut. Before its first frame and after its last a stream is silence.
 *
 * Equal rates copy: no filter, no latency, the same bits (but for NaN and infinities, which become zero as everywhere).
 *
 * Method: windowed sinc (Kaiser, 1974) in polyphase form (Crochiere and Rabiner, 1983). Accuracy of `high`: SNR and
 * rejection at least 130 dB; docs/MEASURING.md says how that is measured.
 *
 * `processInto`, `flushInto` and `reset` are real-time safe; the constructor, `process` and `flush` are not.
 *
 * @example
 * ```ts
 * import { Engine, Resampler } from 'paley';
 *
 * const engine = await Engine.load();
 * const resampler = new Resampler(engine, { from: 44100, to: 48000, channels: 2 });
 * const second = [new Float32Array(44100), new Float32Array(44100)];
 * const [left, right] = resampler.process(second);
 * const [leftEnd, rightEnd] = resampler.flush();
 * console.log(left.length + leftEnd.length); // 48000
 * console.log(resampler.latencyFrames); // 165.4: input runs 152 frames ahead
 * ```
 */
export class Resampler extends BaseStage<Float32Array[], Float32Array[]> {
  readonly name: string;
  readonly input: FramesFormat;
  readonly output: FramesFormat;
  readonly period: StagePeriod;
  readonly maxInput: number;
  readonly maxOutput: number;
  /** Name of the preset. */
  readonly quality: QualityName;
  readonly phase: PhaseName;
  readonly mode: ModeName;
  readonly #latency: Rational;
  readonly #design: PolyphaseDesign;
  readonly #taps: number;
  /** Address of the phase table; 0 where the rates are equal. */
  #table = 0;
  /** The last input frames of every channel, then room for `maxInput` more: a plane a channel. */
  readonly #history: Float32Array<ArrayBuffer>;
  readonly #historyPointer: number;
  readonly #planeFrames: number;
  /** Frames in the history; the first meets the first tap of the next output. */
  #held = 0;
  /** Row of the next output in the phase table. */
  #row = 0;
  /** Frames of silence fed after the end. */
  #silence = 0;
  #faults = 0;

  /**
   * @throws TypeError or RangeError for options out of range; RangeError for rates whose ratio has no small enough terms;
   * EngineMemoryError.
   */
  constructor(engine: Engine, options: ResamplerOptions) {
    super(engine);
    checkOptions('ResamplerOptions', options, OPTION_NAMES);
    const from = toSampleRate('from', options.from);
    const to = toSampleRate('to', options.to);
    const channels = checkInteger('channels', options.channels ?? 1, 1, 64);
    this.quality = checkOneOf('quality', options.quality ?? 'high', QUALITIES);
    this.phase = checkOneOf('phase', options.phase ?? 'linear', PHASES);
    this.mode = checkOneOf('mode', options.mode ?? 'stream', MODES);
    this.#design = chooseDesign(from, to, this.quality);
    const { up, down, halfWidth } = this.#design;
    const fitting = Math.max(1, Math.floor((DEFAULT_MAX_OUTPUT * down) / up));
    this.maxInput = checkInteger(
      'maxInput',
      options.maxInput ?? Math.min(DEFAULT_MAX_INPUT, fitting),
      1,
      LARGEST_MAX_INPUT,
    );
    this.maxOutput = Math.ceil((this.maxInput * up) / down);
    this.name = `resample ${format(from)}→${format(to)} Hz`;
    this.input = { kind: 'frames', sampleRate: from, channels, sample: 'f32' };
    this.output = { kind: 'frames', sampleRate: to, channels, sample: 'f32' };
    this.period = { input: down, output: up };
    this.#latency = multiply(ratio(halfWidth, 1), { numerator: from.denominator, denominator: from.numerator });
    this.#taps = tapsOf(this.#design);
    // What a call leaves is one frame short of an output, 2·halfWidth − 1 frames at most; then comes the next input.
    this.#planeFrames = Math.ceil((this.#taps + this.maxInput) / PLANE_STEP) * PLANE_STEP;
    if (halfWidth > 0) {
      this.#table = acquirePhaseTable(engine, this.#design);
      this.#history = this.reserveFloat32(this.#planeFrames * channels);
    } else {
      this.#history = new Float32Array(0);
    }
    this.#historyPointer = this.#history.byteOffset;
    this.reset();
  }

  /** Seconds, exact: half the filter's length. */
  override get latency(): Rational {
    return this.#latency;
  }

  /** The latency in output frames: not whole in general. */
  get latencyFrames(): number {
    return (this.#design.halfWidth * this.#design.up) / this.#design.down;
  }

  /** NaN and infinities of the input replaced by zero since construction. */
  get faults(): number {
    return this.#faults;
  }

  /** Input frames that must be fed before `outputCount` frames can have come out: ⌊k·from/to⌋ + halfWidth + 1 for frame k. */
  inputNeeded(outputCount: number): number {
    if (outputCount <= 0) return 0;
    const { up, down, halfWidth } = this.#design;
    // k·down itself may pass 2^53 in a long stream.
    const periods = Math.floor((outputCount - 1) / up);
    const rest = outputCount - 1 - periods * up;
    return periods * down + Math.floor((rest * down) / up) + halfWidth + 1;
  }

  /**
   * Takes `input.count` frames, writes the frames that can now be told, and returns their number, which is also
   * `output.count`. Real-time safe. The two ports must not be the same one.
   * @throws DisposedError; RangeError or TypeError for ports that do not fit this stage.
   */
  processInto(input: Port, output: Port): number {
    this.checkAlive();
    const source = checkSamplesPort(this, 'input', input, 1, 0);
    const target = checkSamplesPort(this, 'output', output, 1, this.maxOutput);
    const count = checkCount(this, source);
    const equalRates = this.#design.halfWidth === 0;
    const planeBytes = equalRates ? target.planeBytes : this.#planeFrames * 4;
    const pointer = equalRates ? target.pointer : this.#historyPointer + this.#held * 4;
    for (let channel = 0; channel < source.channels; channel++) {
      this.#faults += this.engine.kernels.copyFiniteF32(
        pointer + channel * planeBytes,
        source.pointer + channel * source.planeBytes,
        count,
      );
    }
    if (equalRates) {
      target.count = count;
      return count;
    }
    this.#held += count;
    this.#filter(target);
    return target.count;
  }

  /**
   * Ends the stream a piece at a time: at most `maxOutput` frames a call; returns 0 when all have come, and has then reset
   * the stage. Real-time safe.
   * @throws DisposedError; RangeError or TypeError for a port that does not fit this stage.
   */
  flushInto(output: Port): number {
    this.checkAlive();
    const target = checkSamplesPort(this, 'output', output, 1, this.maxOutput);
    const { halfWidth } = this.#design;
    target.count = 0;
    // The last frame's instant lies before the end, so silence as long as half the filter brings it, and no more.
    while (target.count === 0 && this.#silence < halfWidth) {
      const count = Math.min(this.maxInput, halfWidth - this.#silence);
      for (let channel = 0; channel < target.channels; channel++) {
        const end = channel * this.#planeFrames + this.#held;
        this.#history.fill(0, end, end + count);
      }
      this.#silence += count;
      this.#held += count;
      this.#filter(target);
    }
    if (target.count === 0) this.reset();
    return target.count;
  }

  /** Forgets everything fed so far: the next frame is frame 0 of a new stream. Real-time safe. */
  reset(): void {
    this.checkAlive();
    const { halfWidth } = this.#design;
    // Before frame 0 there was silence; output 0 stands on frame 0, tap halfWidth − 1 of its row.
    this.#held = Math.max(0, halfWidth - 1);
    this.#row = 0;
    this.#silence = 0;
    for (let channel = 0; channel < this.input.channels && this.#held > 0; channel++) {
      this.#history.fill(0, channel * this.#planeFrames, channel * this.#planeFrames + this.#held);
    }
  }

  override dispose(): void {
    if (this.#table !== 0) releasePhaseTable(this.engine, this.#design);
    this.#table = 0;
    super.dispose();
  }

  /** Writes all the outputs whose taps the history covers, then moves what is left to the front. */
  #filter(target: SamplesPort): void {
    const { up, down } = this.#design;
    const taps = this.#taps;
    const phase = (this.#row * down) % up;
    // Output i of this call starts ⌊(phase + i·down)/up⌋ frames into the history, at most `room`.
    const room = this.#held - taps;
    const count = room < 0 ? 0 : wholeQuotient((room + 1) * up - phase + down - 1, down);
    target.count = count;
    if (count === 0) return;
    const { kernels } = this.engine;
    const planeBytes = this.#planeFrames * 4;
    const { channels } = target;
    let channel = 0;
    for (; channel + 2 <= channels; channel += 2) {
      kernels.polyphasePairF32(
        target.pointer + channel * target.planeBytes,
        target.planeBytes,
        this.#historyPointer + channel * planeBytes,
        planeBytes,
        this.#table,
        taps,
        up,
        down,
        this.#row,
        count,
      );
    }
    if (channel < channels) {
      kernels.polyphaseF32(
        target.pointer + channel * target.planeBytes,
        this.#historyPointer + channel * planeBytes,
        this.#table,
        taps,
        up,
        down,
        this.#row,
        count,
      );
    }
    this.#row = (this.#row + count) % up;
    const used = wholeQuotient(phase + count * down, up);
    for (let plane = 0; plane < channels * this.#planeFrames; plane += this.#planeFrames) {
      this.#history.copyWithin(plane, plane + used, plane + this.#held);
    }
    this.#held -= used;
  }
}
