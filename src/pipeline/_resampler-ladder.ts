/**
 * Resamplers of several qualities behind one door, for the governor. Only one runs; the others' places are kept in
 * memory. All look as late as the slowest: a quicker one is simply fed later, out of a line of the last input frames.
 *
 * A change begins where an input frame and an output frame stand at one instant, so that both resamplers count the same
 * output frames. The new one runs beside the old one until its filter has seen as much of the past as it wants, then the
 * two are faded over each other. Both are linear phase and aligned, so what is faded differs by their ripple alone.
 */
import { checkInteger } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import type { Processor } from '../engine/processor.js';
import { type Quality, Resampler, type ResamplerOptions } from '../resample/index.js';
import { BaseStage } from '../stage/base-stage.js';
import type { FramesFormat } from '../stage/format.js';
import { type Port, SamplesPort } from '../stage/port.js';
import { checkCount, checkSamplesPort } from '../stage/port-checks.js';
import { type Rational, toNumber } from '../stage/rational.js';
import type { StagePeriod } from '../stage/stage.js';
import { SETTINGS } from './_auto.js';
import type { Governed } from './governed.js';

const FADE_SECONDS = 0.005;
/** A change waits for a common instant of input and output; farther apart than this they are too rare. */
const LONGEST_PERIOD = 4096;

/** What a ladder begins with: options of a resampler but for its quality. */
type LadderOptions = Omit<ResamplerOptions, 'quality'>;

/**
 * The ladder from a quality down; undefined where there is none: a filter of its own figures, the cheapest preset, a
 * phase or mode whose presets are not aligned, rates that are equal or too odd.
 */
export function createResamplerLadder(
  engine: Engine,
  options: LadderOptions,
  quality: Quality = 'high',
): ResamplerLadder | undefined {
  const { phase = 'linear', mode = 'stream' } = options;
  const qualities: readonly string[] = SETTINGS.resample.values;
  const first = typeof quality === 'string' ? qualities.indexOf(quality) : -1;
  if (first < 0 || first === qualities.length - 1 || phase !== 'linear' || mode !== 'stream') return undefined;
  const cheapest = new Resampler(engine, { ...options, quality: 'voice' });
  const { period } = cheapest;
  const needed = cheapest.inputNeeded(1);
  cheapest.dispose();
  if (period === undefined || period.input > LONGEST_PERIOD || needed === 1) return undefined;
  return new ResamplerLadder(engine, options, qualities.slice(first));
}

export class ResamplerLadder extends BaseStage<Float32Array[], Float32Array[]> implements Governed {
  readonly name: string;
  readonly input: FramesFormat;
  readonly output: FramesFormat;
  readonly period: StagePeriod;
  readonly maxInput: number;
  readonly maxOutput: number;
  readonly rungs: number;
  readonly #parts: Processor[] = [];
  readonly #resamplers: readonly Resampler[];
  readonly #slowest: Resampler;
  /** Input frames by which each is fed later than they come. */
  readonly #delays: readonly number[];
  readonly #longestDelay: number;
  /** The last frames, as many as the longest delay, and room for `maxInput` more. */
  readonly #line: SamplesPort;
  readonly #feed: SamplesPort;
  readonly #faded: SamplesPort;
  readonly #warmFrames: number;
  readonly #fadeFrames: number;
  /** Frames in the line. */
  #length = 0;
  #active = 0;
  #wanted = 0;
  /** The resampler being changed to, −1 for none; it has begun once its first output frame is known. */
  #next = -1;
  #nextBegan = false;
  /** Frames in and out since the start, modulo nothing: exact to 2^53. */
  #framesIn = 0;
  #framesOut = 0;
  #fadeFrom = 0;
  #flushing = false;
  #faults = 0;

  /** `qualities`: the best first. */
  constructor(engine: Engine, options: LadderOptions, qualities: readonly string[]) {
    super(engine);
    try {
      this.#resamplers = qualities.map((quality) =>
        this.#own(new Resampler(engine, { ...options, quality } as ResamplerOptions)),
      );
      const needs = this.#resamplers.map((resampler) => resampler.inputNeeded(1));
      const longest = Math.max(...needs);
      const [first] = this.#resamplers;
      this.#slowest = this.#resamplers[needs.indexOf(longest)];
      this.#delays = needs.map((need) => longest - need);
      this.#longestDelay = Math.max(...this.#delays);
      this.rungs = qualities.length;
      this.input = first.input;
      this.output = first.output;
      this.period = first.period as StagePeriod;
      this.maxInput = first.maxInput;
      this.maxOutput = Math.max(...this.#resamplers.map(({ maxOutput }) => maxOutput));
      const { channels } = this.input;
      this.#line = this.#own(new SamplesPort(engine, { capacity: this.#longestDelay + this.maxInput, channels }));
      this.#feed = this.#own(new SamplesPort(engine, { capacity: this.maxInput, channels }));
      this.#faded = this.#own(new SamplesPort(engine, { capacity: this.maxOutput, channels }));
      const to = toNumber(this.output.sampleRate);
      this.#warmFrames = Math.ceil((2 * longest * to) / toNumber(this.input.sampleRate)) + 1;
      this.#fadeFrames = Math.ceil(FADE_SECONDS * to);
      this.name = `${this.#slowest.name} (${qualities.join(', ')})`;
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  #own<Part extends Processor>(part: Part): Part {
    this.#parts.push(part);
    return part;
  }

  get rung(): number {
    return this.#wanted;
  }

  /** Real-time safe; takes effect within some milliseconds. */
  setRung(rung: number): void {
    this.#wanted = checkInteger('rung', rung, 0, this.rungs - 1);
  }

  override get latency(): Rational {
    return this.#slowest.latency;
  }

  get faults(): number {
    return this.#faults;
  }

  inputNeeded(outputCount: number): number {
    return this.#slowest.inputNeeded(outputCount);
  }

  processInto(input: Port, output: Port): number {
    const source = checkSamplesPort(this, 'input', input, 1, 0);
    const target = checkSamplesPort(this, 'output', output, 1, this.maxOutput);
    const count = checkCount(this, source);
    this.#take(source);
    if (this.#next < 0 && this.#wanted !== this.#active) this.#next = this.#wanted;
    const given = this.#run(this.#active, 0, count, target);
    if (this.#next >= 0) this.#runNext(count, target, given);
    this.#framesIn += count;
    this.#framesOut += given;
    this.#forget();
    return given;
  }

  flushInto(output: Port): number {
    const target = checkSamplesPort(this, 'output', output, 1, this.maxOutput);
    this.#abandonNext();
    const active = this.#resamplers[this.#active];
    if (!this.#flushing) {
      this.#flushing = true;
      // What the line still holds back of the stream.
      this.#shift(this.#length - Math.min(this.#length, this.#delays[this.#active]));
    }
    while (this.#length > 0) {
      const piece = Math.min(this.#length, this.maxInput);
      this.#copyToFeed(0, piece);
      this.#shift(piece);
      const given = active.processInto(this.#feed, target);
      if (given > 0) return given;
    }
    const given = active.flushInto(target);
    if (given === 0) this.#restart();
    return given;
  }

  reset(): void {
    for (let index = 0; index < this.rungs; index++) this.#resamplers[index].reset();
    this.#restart();
  }

  override dispose(): void {
    for (const part of this.#parts) part.dispose();
    super.dispose();
  }

  #restart(): void {
    this.#abandonNext();
    this.#framesIn = 0;
    this.#framesOut = 0;
    this.#flushing = false;
    this.#active = this.#wanted;
    this.#length = 0;
  }

  #abandonNext(): void {
    if (this.#next >= 0) this.#resamplers[this.#next].reset();
    this.#next = -1;
    this.#nextBegan = false;
  }

  #take(source: SamplesPort): void {
    const { pointer, planeBytes } = this.#line;
    for (let channel = 0; channel < this.input.channels; channel++) {
      const to = pointer + channel * planeBytes + 4 * this.#length;
      const from = source.pointer + channel * source.planeBytes;
      this.#faults += this.engine.kernels.copyFiniteF32(to, from, source.count);
    }
    this.#length += source.count;
  }

  /** Drops the line's first frames. */
  #shift(frames: number): void {
    const { planes } = this.#line;
    for (let channel = 0; channel < planes.length; channel++) planes[channel].copyWithin(0, frames, this.#length);
    this.#length -= frames;
  }

  #forget(): void {
    const excess = this.#length - this.#longestDelay;
    if (excess > 0) this.#shift(excess);
  }

  #copyToFeed(from: number, frames: number): void {
    const { pointer, planeBytes } = this.#line;
    for (let channel = 0; channel < this.input.channels; channel++) {
      const target = this.#feed.pointer + channel * this.#feed.planeBytes;
      this.engine.kernels.copyFiniteF32(target, pointer + channel * planeBytes + 4 * from, frames);
    }
    this.#feed.count = frames;
  }

  /** Feeds a resampler the frames that are new to it in this call, but for the first `skipped` of them. */
  #run(rung: number, skipped: number, count: number, target: SamplesPort): number {
    const end = this.#length - this.#delays[rung];
    const from = Math.max(0, end - count) + skipped;
    if (end <= from) {
      target.count = 0;
      return 0;
    }
    this.#copyToFeed(from, end - from);
    return this.#resamplers[rung].processInto(this.#feed, target);
  }

  /** The resampler being changed to: begins it at a common instant, then fades it in over the active one's output. */
  #runNext(count: number, target: SamplesPort, given: number): void {
    let skipped = 0;
    if (!this.#nextBegan) {
      const { input, output } = this.period;
      // The index, in the stream, of the frame it would be fed first.
      const first = Math.max(0, this.#framesIn - this.#delays[this.#next]);
      const end = this.#framesIn + count - this.#delays[this.#next];
      skipped = (input - (first % input)) % input;
      if (first + skipped >= end) return;
      this.#nextBegan = true;
      this.#fadeFrom = ((first + skipped) / input) * output + this.#warmFrames;
    }
    const made = this.#run(this.#next, skipped, count, this.#faded);
    // Both end at the same output frame, since both are as late.
    const common = Math.min(made, given);
    const start = this.#framesOut + given - common;
    for (let channel = 0; channel < this.output.channels; channel++) {
      const old = target.planes[channel];
      const young = this.#faded.planes[channel];
      for (let index = 0; index < common; index++) {
        const share = Math.min(1, Math.max(0, (start + index - this.#fadeFrom) / this.#fadeFrames));
        const gain = share * share * (3 - 2 * share);
        const at = given - common + index;
        old[at] += gain * (young[made - common + index] - old[at]);
      }
    }
    if (start + common < this.#fadeFrom + this.#fadeFrames) return;
    this.#resamplers[this.#active].reset();
    this.#active = this.#next;
    this.#next = -1;
    this.#nextBegan = false;
  }
}
