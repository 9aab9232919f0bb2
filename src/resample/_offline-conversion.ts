/**
 * Resampling by blocks, for files: the filter is a product of spectra (overlap-save: Stockham, 1966), which changes the rate
 * by a power of two on the way, as the spectrum is cut or continued with zeros; a short interpolator goes the rest of the
 * way. At that rate the band ends far below the Nyquist frequency, so that some twenty coefficients do what takes the
 * stream's filter hundreds. All in float64: a float32 transform there and back has noise at −136 dB.
 *
 * Block b is made of input frames b·hop − lead − behind … (b + 1)·hop − lead + ahead − 1, `size` in all, and gives the frames at the
 * intermediate rate from b·hop − lead to (b + 1)·hop − lead − 1: always the same ones, so that no bit depends on how the input
 * is cut. The lead is what the interpolator wants of the time before frame 0, where the filter rings already.
 */
import { throwRange } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { Processor } from '../engine/processor.js';
import { SamplesPort } from '../stage/port.js';
import { gcd, multiply, type Rational, ratio, subtract } from '../stage/rational.js';
import type { StagePeriod } from '../stage/stage.js';
import { FftPlan } from '../transform/_fft-plan.js';
import { ExactFilter } from './_exact-filter.js';
import { InterpolatingFilter } from './_interpolating-filter.js';
import { resampleKernels } from './_kernels.js';
import {
  filterOf,
  interpolatorOf,
  LONGEST_TRANSFORM,
  type OfflineOptions,
  type OfflinePlan,
  planOf,
  roundUp,
} from './_offline-plan.js';
import { LARGEST_TABLE, prototypePoints, tableLength } from './design.js';

/** Float64 values before and behind a block of intermediate frames: what the interpolator keeps, and what it may look at. */
const PAD = 256;

/** Carries out an offline conversion, as `Resampler` sees it. */
export class OfflineConversion extends Processor {
  /** Most frames of one call. */
  readonly maxOutput: number;
  /** In input frames, exact. */
  readonly latencyFrames: Rational;
  readonly period: StagePeriod | undefined;
  readonly #kernels = resampleKernels(this.engine);
  readonly #channels: number;
  readonly #ratio: { readonly up: number; readonly down: number };
  readonly #plan: OfflinePlan;
  readonly #doublePrecision: boolean;
  readonly #forward: FftPlan;
  readonly #inverse: FftPlan;
  readonly #interpolator: ExactFilter | InterpolatingFilter | undefined;
  /** What comes from the interpolator, before it is rounded. */
  readonly #scratch: SamplesPort<Float64Array> | undefined;
  readonly #weights: number;
  readonly #spectrum: number;
  readonly #shaped: number;
  /** The input frames of the next block and those behind, in float64: a plane a channel. */
  readonly #history: Float64Array;
  readonly #historyFrames: number;
  /** The intermediate frames of a block, in float64, with room before them for what the interpolator kept. */
  readonly #blocks: Float64Array;
  readonly #blockFrames: number;
  /** That, from call to call. */
  readonly #kept: Float64Array;
  /** Input frames since the last whole turn of the ratio: `down` of them, for which `up` outputs are due. */
  #rest = 0;
  /** Outputs due for the whole turns, less those that have come. */
  #balance = 0;
  #held = 0;
  /** Frames kept; below 0 the number of frames that the interpolator passes over. */
  #keptFrames = 0;

  /** @throws EngineMemoryError */
  constructor(engine: Engine, options: OfflineOptions) {
    super(engine);
    const { preset, phase, up, down, channels, maxInput } = options;
    const plan = planOf(options);
    const { size, hop, halfWidth, factor } = plan;
    this.#plan = plan;
    this.#ratio = { up, down };
    this.#channels = channels;
    this.#doublePrecision = preset.arithmetic === 'float64';
    const blocks = Math.floor((hop - 1 + maxInput) / hop);
    // One more where the product is not exact.
    this.maxOutput = Math.ceil((blocks * hop * up) / down) + 1;
    this.latencyFrames = this.#findLatency();
    this.period = this.#findPeriod();
    const doubles = (length: number) => new Float64Array(engine.buffer, this.reserve(8 * length), length).fill(0);
    this.#historyFrames = roundUp(size + maxInput, 8);
    this.#history = doubles(this.#historyFrames * channels);
    this.#blockFrames = size * factor + 2 * PAD;
    this.#blocks = doubles(this.#blockFrames * channels);
    this.#kept = doubles(PAD * channels);
    const spectrum = size * Math.max(1, factor) + 2;
    const bins = (size * Math.min(1, factor)) / 2 + 1;
    const weights = doubles(2 * bins);
    this.#weights = weights.byteOffset;
    this.#spectrum = this.reserve(8 * spectrum);
    this.#shaped = this.reserve(8 * (size * factor + 2));
    try {
      this.#forward = new FftPlan(engine, { size, sample: 'f64' });
      this.#inverse = new FftPlan(engine, { size: size * factor, sample: 'f64' });
      this.#fillWeights(weights, filterOf(preset, phase, factor, Math.min(1, up / down)), bins);
      if (halfWidth > 0) {
        const short = interpolatorOf(plan, preset);
        const extent = { taps: 2 * halfWidth, ahead: halfWidth };
        const design = { preset: short, phase: 'linear' as const, up: plan.up, down: plan.down, ...extent };
        const maxOutput = Math.ceil((hop * factor * plan.up) / plan.down) + 1;
        this.#interpolator =
          tableLength(design) <= LARGEST_TABLE
            ? new ExactFilter(engine, design)
            : new InterpolatingFilter(engine, {
                preset: short,
                phase: 'linear',
                extent,
                maxOutput,
                ratio: { up: plan.up, down: plan.down },
                varying: false,
              });
        this.#scratch = new SamplesPort<Float64Array>(engine, { capacity: maxOutput, channels, sample: 'f64' });
      }
    } catch (error) {
      this.dispose();
      throw error;
    }
    this.reset();
  }

  /** Input frames that must be fed before `outputCount` frames can have come out. */
  inputNeeded(outputCount: number): number {
    if (outputCount <= 0) return 0;
    const { hop, lead, ahead, factor, up, down, halfWidth } = this.#plan;
    const last = outputCount - 1;
    const turns = Math.floor(last / up);
    const rest = (last - turns * up) * down;
    const place = Number.isSafeInteger(rest)
      ? Math.floor(rest / up)
      : Number((BigInt(last % up) * BigInt(down)) / BigInt(up));
    const frame = turns * down + place + halfWidth;
    const block = Math.floor((frame / factor + lead) / hop);
    return (block + 1) * hop - lead + ahead;
  }

  /** Takes frames, writes those that are complete, and returns how many of the first were not finite. */
  process(source: SamplesPort, target: SamplesPort, count: number): number {
    const { size, hop } = this.#plan;
    let faults = 0;
    for (let channel = 0; channel < this.#channels; channel++) {
      const to = this.#history.byteOffset + 8 * (channel * this.#historyFrames + this.#held);
      const from = source.pointer + channel * source.planeBytes;
      faults += this.#doublePrecision
        ? this.#kernels.copyFiniteF64(to, from, count)
        : this.#kernels.promoteFiniteF32(to, from, count);
    }
    this.#held += count;
    target.count = 0;
    let start = 0;
    for (; this.#held - start >= size; start += hop) this.#runBlock(target, start);
    this.#dropFrames(start);
    this.#count(count, target.count);
    return faults;
  }

  /** Writes the next frames of the stream's end; none when all have come. */
  flush(target: SamplesPort): void {
    const { size, hop } = this.#plan;
    target.count = 0;
    const owed = this.#owed();
    while (owed > 0 && target.count === 0) {
      for (let channel = 0; channel < this.#channels; channel++) {
        const plane = channel * this.#historyFrames;
        this.#history.fill(0, plane + this.#held, plane + size);
      }
      this.#held = size;
      this.#runBlock(target, 0);
      this.#dropFrames(hop);
      if (target.count > owed) target.count = owed;
    }
    this.#balance -= target.count;
  }

  reset(): void {
    const { behind, lead, keptAtStart } = this.#plan;
    this.#held = behind + lead;
    for (let channel = 0; channel < this.#channels; channel++) {
      const plane = channel * this.#historyFrames;
      this.#history.fill(0, plane, plane + this.#held);
    }
    // The interpolator's first tap stands halfWidth − 1 frames before output 0.
    this.#keptFrames = keptAtStart;
    this.#interpolator?.reset();
    this.#rest = 0;
    this.#balance = 0;
  }

  /** Continues where another conversion of the same options stands. */
  copyFrom(other: OfflineConversion): void {
    this.#history.set(other.#history);
    this.#kept.set(other.#kept);
    this.#rest = other.#rest;
    this.#balance = other.#balance;
    this.#held = other.#held;
    this.#keptFrames = other.#keptFrames;
    // The same options gave the same kind of interpolator.
    if (this.#interpolator instanceof ExactFilter) this.#interpolator.copyFrom(other.#interpolator as ExactFilter);
    else this.#interpolator?.copyFrom(other.#interpolator as InterpolatingFilter);
  }

  override dispose(): void {
    if (!this.disposed) {
      this.#forward?.dispose();
      this.#inverse?.dispose();
      this.#interpolator?.dispose();
      this.#scratch?.dispose();
    }
    super.dispose();
  }

  /** Keeps the account, in numbers that do not grow. */
  #count(taken: number, given: number): void {
    const { up, down } = this.#ratio;
    const frames = this.#rest + taken;
    this.#rest = frames % down;
    this.#balance += ((frames - this.#rest) / down) * up - given;
  }

  /** Outputs that the input so far is good for, ⌈n·up/down⌉ in all, and that have not come. */
  #owed(): number {
    const { up, down } = this.#ratio;
    const product = this.#rest * up;
    if (Number.isSafeInteger(product)) {
      const over = product % down;
      return this.#balance + (product - over) / down + (over > 0 ? 1 : 0);
    }
    return this.#balance + Number((BigInt(this.#rest) * BigInt(up) + BigInt(down) - 1n) / BigInt(down));
  }

  /** Moves the history `count` frames on. */
  #dropFrames(count: number): void {
    if (count === 0) return;
    for (let channel = 0; channel < this.#channels; channel++) {
      const plane = channel * this.#historyFrames;
      this.#history.copyWithin(plane, plane + count, plane + this.#held);
    }
    this.#held -= count;
  }

  /** Filters the block that begins `start` frames into the history, and appends its outputs. */
  #runBlock(target: SamplesPort, start: number): void {
    const { bins, numbers, blockStart, blockFrames } = this.#plan;
    const blockBytes = 8 * this.#blockFrames;
    const block = this.#blocks.byteOffset + 8 * PAD;
    for (let channel = 0; channel < this.#channels; channel++) {
      const frames = this.#history.byteOffset + 8 * (channel * this.#historyFrames + start);
      this.#forward.forward(this.#spectrum, frames);
      this.#kernels.weightSpectrumF64(this.#shaped, this.#spectrum, this.#weights, bins, numbers);
      this.#inverse.inverse(block + channel * blockBytes, this.#shaped);
    }
    const first = blockStart;
    const count = blockFrames;
    if (this.#interpolator === undefined || this.#scratch === undefined) {
      this.#append(target, block + 8 * first, blockBytes, count);
      return;
    }
    const kept = this.#keptFrames;
    const from = PAD + first - kept;
    for (let channel = 0; channel < this.#channels && kept > 0; channel++) {
      for (let i = 0; i < kept; i++) {
        this.#blocks[channel * this.#blockFrames + from + i] = this.#kept[channel * PAD + i];
      }
    }
    const held = kept + count;
    const history = this.#blocks.byteOffset + 8 * from;
    // A port of float64 planes is all that the filter of this preset looks for.
    const scratch = this.#scratch as unknown as SamplesPort;
    const used = this.#interpolator.run(scratch, history, blockBytes, held);
    this.#append(target, scratch.pointer, scratch.planeBytes, scratch.count);
    this.#keptFrames = held - used;
    for (let channel = 0; channel < this.#channels; channel++) {
      const plane = channel * this.#blockFrames + from + used;
      for (let i = 0; i < held - used; i++) this.#kept[channel * PAD + i] = this.#blocks[plane + i];
    }
  }

  /** Adds float64 frames to the outputs of a call. */
  #append(target: SamplesPort, source: number, sourceBytes: number, count: number): void {
    const sampleBytes = this.#doublePrecision ? 8 : 4;
    for (let channel = 0; channel < this.#channels; channel++) {
      const to = target.pointer + channel * target.planeBytes + sampleBytes * target.count;
      const from = source + channel * sourceBytes;
      if (this.#doublePrecision) this.#kernels.copyFiniteF64(to, from, count);
      else this.#kernels.demoteF64(to, from, count);
    }
    target.count += count;
  }

  /** The filter's spectrum, its time 0 at the first sample; and what the transforms' lengths make of a frame's height. */
  #fillWeights(weights: Float64Array, design: ReturnType<typeof filterOf>, bins: number): void {
    const { size, factor } = this.#plan;
    const { up } = design;
    const length = size * up;
    const plan = new FftPlan(this.engine, { size: length, sample: 'f64' });
    const room = this.engine.memory.allocate(8 * (2 * length + 2));
    const values = new Float64Array(this.engine.buffer, room, length).fill(0);
    const points = prototypePoints(design);
    for (let i = 0; i < points.length; i++) values[(i - design.ahead * up + length) % length] += points[i];
    const spectrum = new Float64Array(this.engine.buffer, room + 8 * length, length + 2);
    plan.forward(spectrum.byteOffset, room);
    const scale = Math.min(1, factor);
    for (let i = 0; i < 2 * bins; i++) weights[i] = spectrum[i] * scale;
    this.engine.memory.release(room);
    plan.dispose();
  }

  /**
   * A frame is latest when it is the first to need a block: it then stands halfWidth intermediate frames before the
   * block's first or, where no output has its instant there, as little after that as their instants allow, which are all
   * the multiples of gcd(down, hop) above a remainder.
   */
  #findLatency(): Rational {
    const { hop, ahead, lead, factor, up, down, halfWidth } = this.#plan;
    const step = gcd(down, hop * factor);
    const rest = (((halfWidth + lead * factor) % step) * (up % step)) % step;
    const late = ratio(
      (hop + ahead - 1) * Math.max(1, factor) + halfWidth * Math.max(1, 1 / factor),
      Math.max(1, factor),
    );
    const sooner = multiply(ratio(rest, up), ratio(Math.max(1, 1 / factor), Math.max(1, factor)));
    return subtract(late, sooner);
  }

  #findPeriod(): StagePeriod | undefined {
    const { up, down } = this.#ratio;
    const { hop } = this.#plan;
    const turns = hop / gcd(hop, down);
    return Number.isSafeInteger(turns * down) && Number.isSafeInteger(turns * up)
      ? { input: turns * down, output: turns * up }
      : undefined;
  }
}

/**
 * A conversion; undefined where the filter is too long for the longest transform, and the stream's has to do.
 * @throws RangeError where the ratio is to vary; EngineMemoryError.
 */
export function offlineOf(engine: Engine, options: OfflineOptions, varying: boolean): OfflineConversion | undefined {
  if (varying) throwRange('mode', "'stream' where minRatio or maxRatio lets the ratio vary", 'offline');
  return planOf(options).size > LONGEST_TRANSFORM ? undefined : new OfflineConversion(engine, options);
}
