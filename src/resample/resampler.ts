/**
 * The streaming resampler: a history of input frames, and a filter that turns it into outputs.
 *
 * Where it stands is kept in whole numbers that do not grow with the stream: the filter's phase, and the number of frames in
 * the history, of which the first is always the one that the next output's first tap meets. So nothing drifts, and nothing
 * overflows, however long it runs.
 */
import { checkInteger, checkNumber, checkOneOf, checkOptions } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { BaseStage } from '../stage/base-stage.js';
import type { FramesFormat } from '../stage/format.js';
import type { Plane, Port, SamplesPort } from '../stage/port.js';
import { checkCount, checkSamplesPort } from '../stage/port-checks.js';
import { format, multiply, type Rational, ratio, toNumber } from '../stage/rational.js';
import type { StagePeriod } from '../stage/stage.js';
import { type CallerBuffer, CallerBuffers } from './_caller-buffers.js';
import { ExactFilter, slackOf } from './_exact-filter.js';
import { InterpolatingFilter } from './_interpolating-filter.js';
import { type OfflineConversion, offlineOf } from './_offline-conversion.js';
import { shapedGroupDelay } from './_shaped-prototype.js';
import { designPolyphase, extentOf, LARGEST_TABLE, sampleBytes, tableLength } from './design.js';
import {
  checkMaxInput,
  checkRatios,
  MODES,
  type ModeName,
  OPTION_NAMES,
  PHASES,
  type PhaseName,
  type RatioChange,
  type Ratios,
  type ResamplerOptions,
  toSampleRate,
} from './options.js';
import type { Preset } from './presets.js';
import { type Quality, resolveQuality } from './quality.js';

/** Planes begin on a cache line. */
const PLANE_STEP = 16;
/** Frames of room in the history, so that a call of few frames need not move it. */
const HISTORY_ROOM = 1024;

/**
 * Changes the sample rate of a stream: an anti-aliased FIR with an exact position. Output frame k stands at
 * the instant k/to, a stream of n frames becomes exactly ⌈n·to/from⌉ (after `flush`), and the output is the same to the
 * bit however the input is cut. Before its first frame and after its last a stream is silence.
 *
 * Two streams resampled one after the other join without a gap where they were one: feed both before the `flush`. The
 * frames of the second then stand where the first one's length puts them; nothing is lost, repeated or faded.
 *
 * `phase` says what becomes of the frequencies' places; the magnitude stays. Linear: each stands where it belongs, and half of
 * what a filter adds to a click comes before it. Minimum: output k is made of input at or before k/to alone, so latency and
 * pre-ringing are none; `groupDelaySeconds` tells what stands later. Intermediate: half of either; 0 Hz is in place, what
 * comes more than ten periods early has a hundredth of linear phase's energy, and latency is 1.2 to 1.3 times linear
 * phase's, for half a phase has no end of its own. docs/RESAMPLER.md has the figures of all.
 *
 * Equal rates copy: no filter, no latency, the same bits (but for NaN and infinities, which become zero as everywhere).
 *
 * With `minRatio` or `maxRatio` the ratio can be varied while the stream runs (`setRatio`). Output frame k + 1 then stands
 * 1/rₖ input frames after frame k, rₖ being the ratio at frame k; a stream of n frames gives as many frames as have their
 * instant before n; and the cutoff follows, so that nothing aliases at any ratio.
 *
 * Method: windowed sinc (Kaiser, 1974) in polyphase form (Crochiere and Rabiner, 1983), from an exact table of phases where
 * that has at most 2^19 coefficients (2 MiB of float32), else with coefficients interpolated by cubics, whose error stays
 * below the filter's own stop band. Accuracy of `high`: SNR and rejection at least 130 dB; docs/MEASURING.md says how that
 * is measured.
 *
 * Mode `offline` gives the same figures, lengths and alignment several times as fast, by products of spectra in float64
 * (overlap-save: Stockham, 1966) at a rate a power of two from the input's, and an interpolator of some twenty taps from
 * there. It works by blocks of thousands of frames: that is its latency. Not where the ratio can vary.
 *
 * `processInto`, `flushInto`, `setRatio` and `reset` are real-time safe, `processBuffers` and `flushBuffers` after their first
 * call; the constructor, `clone`, `process` and `flush` are not.
 *
 * @typeParam P Float64Array where the quality is `reference`.
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
export class Resampler<P extends Plane = Float32Array> extends BaseStage<P[], P[]> {
  readonly name: string;
  readonly input: FramesFormat;
  readonly output: FramesFormat;
  readonly period: StagePeriod | undefined;
  readonly maxInput: number;
  readonly maxOutput: number;
  /** What was asked for: the name of a preset, figures, or a latency. */
  readonly quality: Quality;
  readonly phase: PhaseName;
  readonly mode: ModeName;
  readonly #options: ResamplerOptions;
  readonly #latency: Rational;
  readonly #ratios: Ratios;
  readonly #preset: Preset;
  /** Input frames that an output is made of, 0 where frames are copied. */
  readonly #taps: number;
  /** Those of them that stand after the frame at or next before the output's instant. */
  readonly #ahead: number;
  readonly #filter: ExactFilter | InterpolatingFilter | undefined;
  /** Does it all in mode `offline`. */
  readonly #offline: OfflineConversion | undefined;
  readonly #sampleBytes: 4 | 8;
  /** The last input frames of every channel, then room for `maxInput` more: a plane a channel. */
  readonly #history: Uint8Array;
  readonly #planeBytes: number;
  /** Frames in the history; the first meets the first tap of the next output. */
  #held = 0;
  /** Where in its plane the history begins. */
  #start = 0;
  /** Frames of silence fed after the end. */
  #silence = 0;
  #faults = 0;
  /** Made when first used. */
  #buffers: CallerBuffers | undefined;

  /** @throws TypeError or RangeError for options out of range; EngineMemoryError. */
  constructor(engine: Engine, options: ResamplerOptions) {
    super(engine);
    checkOptions('ResamplerOptions', options, OPTION_NAMES);
    const from = toSampleRate('from', options.from);
    const to = toSampleRate('to', options.to);
    const channels = checkInteger('channels', options.channels ?? 1, 1, 64);
    this.quality = options.quality ?? 'high';
    this.phase = checkOneOf('phase', options.phase ?? 'linear', PHASES);
    this.mode = checkOneOf('mode', options.mode ?? 'stream', MODES);
    this.#options = options;
    this.#ratios = checkRatios(from, to, options);
    const { up, down, range } = this.#ratios;
    const leastRatio = range?.least ?? up / down;
    const largestRatio = range?.largest ?? up / down;
    const preset = resolveQuality(this.quality, this.phase, from, leastRatio);
    this.maxInput = checkMaxInput(options.maxInput, largestRatio);
    const sample = preset.arithmetic === 'float64' ? 'f64' : 'f32';
    this.name = `resample ${format(from)}→${format(to)} Hz`;
    this.input = { kind: 'frames', sampleRate: from, channels, sample };
    this.output = { kind: 'frames', sampleRate: to, channels, sample };
    const copies = up === down && range === undefined;
    const wanted = { preset, phase: this.phase, up, down, channels, maxInput: this.maxInput };
    this.#offline = this.mode === 'offline' && !copies ? offlineOf(engine, wanted, range !== undefined) : undefined;
    this.period = this.#offline?.period ?? (range === undefined ? { input: down, output: up } : undefined);
    const design = designPolyphase(preset, this.phase, up, down);
    const exact = range === undefined && tableLength(design) <= LARGEST_TABLE;
    // One more where the product is not exact, or the next instant may come sooner.
    this.maxOutput =
      this.#offline?.maxOutput ??
      (copies || exact ? Math.ceil((this.maxInput * up) / down) : Math.ceil(this.maxInput * largestRatio) + 1);
    const extent = exact ? design : extentOf(preset, this.phase, 1 / leastRatio);
    this.#taps = copies ? 0 : extent.taps;
    this.#ahead = copies ? 0 : extent.ahead;
    this.#preset = preset;
    this.#latency = multiply(this.#offline?.latencyFrames ?? ratio(this.#ahead, 1), {
      numerator: from.denominator,
      denominator: from.numerator,
    });
    this.#sampleBytes = sampleBytes(preset);
    // What a call leaves is one frame short of an output, taps − 1 frames at most; then comes the next input.
    const slack = exact ? slackOf(design) : 0;
    const filters = !copies && this.#offline === undefined;
    const planeFrames = !filters
      ? 0
      : Math.ceil((this.#taps + slack + this.maxInput + HISTORY_ROOM) / PLANE_STEP) * PLANE_STEP;
    this.#planeBytes = planeFrames * this.#sampleBytes;
    const historyBytes = this.#planeBytes * channels;
    this.#history = new Uint8Array(engine.buffer, this.reserve(historyBytes), historyBytes).fill(0);
    try {
      if (exact && filters) {
        this.#filter = new ExactFilter(engine, design);
      } else if (filters) {
        this.#filter = new InterpolatingFilter(engine, {
          preset,
          phase: this.phase,
          extent,
          maxOutput: this.maxOutput,
          ratio: { up, down },
          varying: range !== undefined,
        });
      }
    } catch (error) {
      this.dispose();
      throw error;
    }
    this.reset();
  }

  /** Seconds, exact: how far the filter reaches ahead, at the least ratio where that can vary. 0 for minimum phase. */
  override get latency(): Rational {
    return this.#latency;
  }

  /** The latency in output frames at the ratio to/from: not whole in general. */
  get latencyFrames(): number {
    const { numerator, denominator } = this.#offline?.latencyFrames ?? { numerator: this.#ahead, denominator: 1 };
    return (numerator * this.#ratios.up) / this.#ratios.down / denominator;
  }

  /** NaN and infinities of the input replaced by zero since construction. */
  get faults(): number {
    return this.#faults;
  }

  /**
   * Input frames that must be fed before `outputCount` frames can have come out: ⌊k·from/to⌋ + 1 for frame k, and
   * what the filter reaches ahead.
   * Where the ratio can vary it is what suffices at `minRatio`, and with it at every other.
   */
  inputNeeded(outputCount: number): number {
    if (outputCount <= 0) return 0;
    if (this.#offline !== undefined) return this.#offline.inputNeeded(outputCount);
    const { up, down, range } = this.#ratios;
    const last = outputCount - 1;
    if (range !== undefined) return Math.floor(last / range.least) + this.#ahead + 1;
    // k·down itself may pass 2^53 in a long stream.
    const periods = Math.floor(last / up);
    const product = (last - periods * up) * down;
    const rest = Number.isSafeInteger(product)
      ? Math.floor(product / up)
      : Number((BigInt(last - periods * up) * BigInt(down)) / BigInt(up));
    return periods * down + rest + this.#ahead + 1;
  }

  /**
   * Input frames after which a change of the input no longer shows: the filter's length, 0 where frames are copied.
   * docs/RESAMPLER.md says how much sooner a step has come within 1 % and 0.1 %.
   */
  get settlingFrames(): number {
    return this.#taps;
  }

  /**
   * How much later than its own instant a frequency in Hz comes, which the latency does not tell: 0 for linear phase, a
   * tenth of a millisecond or so for audio in minimum phase, more towards the edge of the pass band; intermediate phase is
   * in place at 0 Hz. At the ratio to/from where that can vary. Not real-time safe.
   *
   * @throws RangeError for a frequency below 0 or above half the lower rate.
   *
   * @example
   * ```ts
   * import { Engine, Resampler } from 'paley';
   *
   * const engine = await Engine.load();
   * const resampler = new Resampler(engine, { from: 44100, to: 48000, phase: 'minimum' });
   * console.log(resampler.latencyFrames, resampler.groupDelaySeconds(1000)); // 0, and about 0.0001
   * ```
   */
  groupDelaySeconds(frequency: number): number {
    const lowerRate = Math.min(toNumber(this.input.sampleRate), toNumber(this.output.sampleRate));
    checkNumber('frequency', frequency, 0, lowerRate / 2);
    if (this.#taps === 0 || this.phase === 'linear') return 0;
    return shapedGroupDelay(this.#preset, this.phase, (2 * frequency) / lowerRate) / lowerRate;
  }

  /**
   * Changes the ratio, output frames per input frame: from output frame `atFrame` on it goes from what it then is to
   * `ratio`, linearly per output frame, over `overFrames` frames: frame `atFrame` + i has the ratio
   * r₀ + (ratio − r₀)·i/`overFrames`. A change that was asked for and has not begun is replaced. Real-time safe.
   *
   * @param ratio the ratio, or an array whose first value it is: handing a fractional number of its own to a function makes
   * V8 reserve 16 bytes wherever it does not inline the call, handing over an array never does.
   * @throws DisposedError; RangeError for a ratio outside `minRatio` … `maxRatio`, a frame that has come out already, or
   * a resampler made without either bound.
   *
   * @example
   * ```ts
   * import { Engine, Resampler } from 'paley';
   *
   * const engine = await Engine.load();
   * const resampler = new Resampler(engine, { from: 48000, to: 48000, minRatio: 0.5, maxRatio: 2 });
   * resampler.setRatio(1.5, { overFrames: 48000 });
   * resampler.process([new Float32Array(48000)]);
   * ```
   */
  setRatio(ratio: number | Float64Array, options?: RatioChange): void {
    this.checkAlive();
    const { range } = this.#ratios;
    if (range === undefined || !(this.#filter instanceof InterpolatingFilter)) {
      throw new RangeError('setRatio expected a resampler made with minRatio or maxRatio');
    }
    this.#filter.changeRatio(ratio, range, options);
  }

  /**
   * Takes `input.count` frames, writes the frames that can now be told, and returns their number, which is also
   * `output.count`. Real-time safe. The two ports must not be the same one.
   * @throws DisposedError; RangeError or TypeError for ports that do not fit this stage.
   */
  processInto(input: Port, output: Port): number {
    this.checkAlive();
    const { sample } = this.input;
    const source = checkSamplesPort(this, 'input', input, 1, 0, sample as 'f32' | 'f64');
    const target = checkSamplesPort(this, 'output', output, 1, this.maxOutput, sample as 'f32' | 'f64');
    const count = checkCount(this, source);
    if (this.#offline !== undefined) {
      this.#faults += this.#offline.process(source, target, count);
      return target.count;
    }
    const { kernels } = this.engine;
    const filter = this.#filter;
    const planeBytes = filter === undefined ? target.planeBytes : this.#planeBytes;
    const pointer =
      filter === undefined ? target.pointer : this.#history.byteOffset + (this.#start + this.#held) * this.#sampleBytes;
    for (let channel = 0; channel < source.channels; channel++) {
      const to = pointer + channel * planeBytes;
      const from = source.pointer + channel * source.planeBytes;
      this.#faults +=
        this.#sampleBytes === 4 ? kernels.copyFiniteF32(to, from, count) : kernels.copyFiniteF64(to, from, count);
    }
    if (filter === undefined) {
      target.count = count;
      return count;
    }
    this.#held += count;
    this.#run(target);
    return target.count;
  }

  /**
   * Ends the stream a piece at a time: at most `maxOutput` frames a call; returns 0 when all have come, and has then reset
   * the stage. Real-time safe.
   * @throws DisposedError; RangeError or TypeError for a port that does not fit this stage.
   */
  flushInto(output: Port): number {
    this.checkAlive();
    const target = checkSamplesPort(this, 'output', output, 1, this.maxOutput, this.input.sample as 'f32' | 'f64');
    target.count = 0;
    this.#offline?.flush(target);
    // The last frame's instant lies before the end, so silence as long as the filter reaches ahead brings it, and no more.
    while (this.#filter !== undefined && target.count === 0 && this.#silence < this.#ahead) {
      const count = Math.min(this.maxInput, this.#ahead - this.#silence);
      for (let channel = 0; channel < target.channels; channel++) {
        const end = channel * this.#planeBytes + (this.#start + this.#held) * this.#sampleBytes;
        this.#history.fill(0, end, end + count * this.#sampleBytes);
      }
      this.#silence += count;
      this.#held += count;
      this.#run(target);
    }
    if (target.count === 0) this.reset();
    return target.count;
  }

  /**
   * `processInto` on arrays of the caller's own: a plane a channel, or one array of interleaved frames; either may be
   * either. Takes all of `input`, at most `maxInput` frames, writes to the front of `output`, which has room for
   * `maxOutput`, and returns the frames written. Real-time safe after its first call, which reserves memory to copy
   * through.
   *
   * @throws DisposedError; TypeError or RangeError for arrays that do not fit; EngineMemoryError at the first call.
   *
   * @example
   * ```ts
   * import { Engine, Resampler } from 'paley';
   *
   * const engine = await Engine.load();
   * const resampler = new Resampler(engine, { from: 44100, to: 48000, channels: 2, maxInput: 128 });
   * const output = new Float32Array(2 * resampler.maxOutput);
   * const frames = resampler.processBuffers(new Float32Array(2 * 128), output);
   * console.log(frames, 'frames in', output.subarray(0, 2 * frames));
   * ```
   */
  processBuffers(input: CallerBuffer<P>, output: CallerBuffer<P>): number {
    this.checkAlive();
    this.#buffers ??= new CallerBuffers(this);
    return this.#buffers.process(input, output);
  }

  /** `flushInto` on such arrays: call until it returns 0. Real-time safe as `processBuffers` is; throws the same. */
  flushBuffers(output: CallerBuffer<P>): number {
    this.checkAlive();
    this.#buffers ??= new CallerBuffers(this);
    return this.#buffers.flush(output);
  }

  /**
   * Forgets everything fed so far: the next frame is frame 0 of a new stream, and the ratio is to/from again. Real-time
   * safe.
   */
  reset(): void {
    this.checkAlive();
    // Before frame 0 there was silence; output 0 stands on frame 0, which meets tap taps − 1 − ahead of its row.
    this.#held = Math.max(0, this.#taps - 1 - this.#ahead);
    this.#start = 0;
    this.#silence = 0;
    this.#filter?.reset();
    this.#offline?.reset();
    if (this.#filter === undefined) return;
    for (let channel = 0; channel < this.input.channels; channel++) {
      const start = channel * this.#planeBytes;
      this.#history.fill(0, start, start + this.#held * this.#sampleBytes);
    }
  }

  /**
   * A resampler on the same engine that stands where this one stands: fed the same from here on, both give the same bits.
   * Not real-time safe.
   * @throws DisposedError; EngineMemoryError
   */
  clone(): Resampler<P> {
    this.checkAlive();
    const twin = new Resampler<P>(this.engine, { ...this.#options, maxInput: this.maxInput });
    twin.#history.set(this.#history);
    twin.#held = this.#held;
    twin.#start = this.#start;
    twin.#silence = this.#silence;
    twin.#faults = this.#faults;
    // The same options gave the same kind of filter.
    if (this.#filter instanceof ExactFilter) (twin.#filter as ExactFilter).copyFrom(this.#filter);
    else if (this.#offline !== undefined) twin.#offline?.copyFrom(this.#offline);
    else if (this.#filter !== undefined) (twin.#filter as InterpolatingFilter).copyFrom(this.#filter);
    return twin;
  }

  override dispose(): void {
    if (!this.disposed) {
      this.#filter?.dispose();
      this.#offline?.dispose();
      this.#buffers?.dispose();
    }
    super.dispose();
  }

  /** Writes all the outputs whose taps the history covers, then moves what is left to the front where it has come too far. */
  #run(target: SamplesPort): void {
    const filter = this.#filter as ExactFilter | InterpolatingFilter;
    const planeBytes = this.#planeBytes;
    const history = this.#history.byteOffset + this.#start * this.#sampleBytes;
    const used = filter.run(target, history, planeBytes, this.#held);
    this.#held -= used;
    this.#start += used;
    if (this.#start <= HISTORY_ROOM) return;
    const start = this.#start * this.#sampleBytes;
    const end = start + this.#held * this.#sampleBytes;
    for (let channel = 0; channel < target.channels; channel++) {
      const plane = channel * planeBytes;
      this.#history.copyWithin(plane, plane + start, plane + end);
    }
    this.#start = 0;
  }
}
