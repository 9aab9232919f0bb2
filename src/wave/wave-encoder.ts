/** Frames in, wave packets out. */
import { checkInteger, checkNumber, checkOneOf, checkOptions, throwType } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { BaseStage } from '../stage/base-stage.js';
import type { FramesFormat } from '../stage/format.js';
import type { PacketsPort, Port } from '../stage/port.js';
import { checkCount, checkPacketsPort, checkSamplesPort } from '../stage/port-checks.js';
import { toNumber, toRate } from '../stage/rational.js';
import type { StagePeriod } from '../stage/stage.js';
import { AverageRate } from './_average-rate.js';
import { type WaveKernels, waveKernels } from './_kernels.js';
import { LookAhead } from './_look-ahead.js';
import { LookAheadRate } from './_look-ahead-rate.js';
import { checkNoiseShaping } from './_noise-shaping.js';
import { MOST_PATHS, mostPacketBytes, WavePlan } from './_plan.js';
import { PlannedRate } from './_planned-rate.js';
import { RateControl } from './_rate.js';
import { StepSearch } from './_step-search.js';
import { stepIndexOf } from './_tables.js';
import { makeConfig, type WaveConfig } from './config.js';
import { checkPlan } from './rate-plan.js';
import {
  constantOf,
  LEAST_BITS,
  leastBitsOf,
  optionNames,
  packetsOf,
  type WaveEncoderOptions,
} from './wave-encoder-options.js';

const QUANTUM = 128;

/** The most bits a sample that can be asked for. */
const MOST_BITS = 24;

/** Paths of the search at each effort. */
const PATHS = [1, 4, 8, MOST_PATHS];

/** Squared error in steps that a bit is worth: the best slope over rates from 1.5 to 4 bits. */
const LAMBDA = 0.12;

/** How fast the record of what the other channel predicts fades, from span to span. */
const MEMORY = 0.8;

/**
 * Codes frames in the wave codec: prediction from decoded samples, levels by context-dependent probabilities, a search for
 * the levels that cost least in error and bits. See docs/BITSTREAM.md for the packets.
 *
 * Samples are float32, ±1 being the full scale of `sampleBits`; `process` also takes Int32Array planes of such integers.
 * One of `bitsPerSample`, `step`, `maxError` and `lossless` says what is held constant. Latency: framesPerPacket − 1
 * frames, and with `lookAheadSeconds` so much more. NaN and infinities are coded as zero and counted in `faults`.
 *
 * After construction `processInto`, `flushInto` and `reset` are real-time safe.
 *
 * @example
 * ```ts
 * import { Engine, WaveDecoder, WaveEncoder } from 'paley';
 *
 * const engine = await Engine.load();
 * const encoder = new WaveEncoder(engine, { sampleRate: 48000, bitsPerSample: 3.2 });
 * const decoder = new WaveDecoder(engine, encoder.config);
 * const sawtooth = Float32Array.from({ length: 4800 }, (_, frame) => ((frame % 100) - 50) / 100);
 * const packets = [...encoder.process([sawtooth]), ...encoder.flush()];
 * const [decoded] = decoder.process(packets); // 38 packets of 128 frames
 * ```
 */
export class WaveEncoder extends BaseStage<Float32Array[], Uint8Array[]> {
  readonly name: string;
  readonly input: FramesFormat;
  readonly output: WaveConfig;
  readonly period: StagePeriod;
  readonly maxInput: number;
  readonly maxOutput: number;
  /** Efforts that `setRung` can choose from: those up to the one it was made with; 1 where each sample is coded exactly. */
  readonly rungs: number;
  override readonly maxPacketBytes: number;
  /**
   * Seconds by which a link of the constant rate `bitsPerSample` lags behind, for packets of varying size: 0.3 packets, a
   * whole one with keys; undefined where the rate is not bounded. Not part of `latency`, which is the codec's own.
   */
  readonly linkDelaySeconds: number | undefined;
  readonly #kernels: WaveKernels;
  readonly #plan: WavePlan;
  readonly #search: StepSearch;
  readonly #rate: RateControl | AverageRate | LookAheadRate | PlannedRate | undefined;
  readonly #lookAhead: LookAhead | undefined;
  /** Bits a sample; 0 where something else is held constant. In an array, where a number is no object of its own. */
  readonly #bits = new Float64Array(1);
  readonly #scale: number;
  readonly #framesPerPacket: number;
  readonly #spanFrames: number;
  readonly #keyInterval: number;
  /** Where a packet of several spans is put together; 0 where it is coded where it goes. */
  readonly #packet: number = 0;
  readonly #memory: Uint8Array<ArrayBuffer>;
  readonly #effort: number;
  /** Ways followed at a time: at most those that there is memory for. */
  #paths: number;
  #rung = 0;
  readonly #lossless: boolean;
  readonly #exact: boolean;
  /** Squared errors of the packets so far, fading, of each channel without and with what the one before it tells. */
  readonly #errors: Float64Array;
  /** Frames of the span under way; spans, bits and frames of the packet under way. */
  #held = 0;
  #span = 0;
  #packetBits = 0;
  #packetFrames = 0;
  #packets = 0;
  #faults = 0;

  /** @throws TypeError or RangeError for a wrong option; EngineMemoryError where memory runs out. */
  constructor(engine: Engine, options: WaveEncoderOptions) {
    super(engine);
    checkOptions('WaveEncoder', options, optionNames);
    const sampleRate = toRate('sampleRate', options.sampleRate);
    const framesPerPacket = options.framesPerPacket ?? QUANTUM;
    const constant = constantOf(options);
    this.#exact = constant === 'maxError' || constant === 'lossless';
    this.#lossless = constant === 'lossless';
    const { predictor, sampleBits, analysisFrames, stateCheck } = options;
    const given = { predictor, sampleBits, analysisFrames, spanFrames: options.spanFrames, stateCheck };
    const { config, parameters } = makeConfig(
      'WaveEncoder',
      'WaveEncoder',
      Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
      { framesPerPacket, sampleRate, channels: options.channels ?? 1 },
    );
    const { spanFrames } = parameters;
    this.output = config;
    this.#spanFrames = spanFrames;
    this.#keyInterval = checkInteger('WaveEncoder.keyInterval', options.keyInterval ?? 32, 0, 2 ** 20);
    const { channels } = this.output;
    this.input = Object.freeze({ kind: 'frames', sampleRate, channels, sample: 'f32' });
    this.maxInput = checkInteger('maxInput', options.maxInput ?? QUANTUM, 1, 2 ** 20);
    const bits =
      constant === 'rate'
        ? checkNumber('bitsPerSample', options.bitsPerSample ?? 3.2, leastBitsOf(options), MOST_BITS)
        : 0;
    this.#bits[0] = bits;
    const rate = checkOneOf('rate', options.rate ?? 'bounded', ['bounded', 'average']);
    this.#effort = checkInteger('effort', options.effort ?? 2, 1, PATHS.length);
    const hertz = toNumber(sampleRate);
    const noiseShaping = checkNoiseShaping(options.noiseShaping ?? 'none', hertz, this.#exact);
    const spans = framesPerPacket / spanFrames;
    if (spans > 1 && bits > 0 && options.plan === undefined) {
      throw new RangeError(
        `framesPerPacket expected 64, 128 or 256, one span, where bitsPerSample has to hold without a plan, got ${framesPerPacket}`,
      );
    }
    this.rungs = this.#exact ? 1 : this.#effort;
    this.#paths = this.#exact ? 1 : PATHS[this.#effort - 1];
    this.#kernels = waveKernels(engine);
    this.#plan = new WavePlan(engine, this.output, parameters, this.#paths);
    this.#plan.shapeNoise(noiseShaping, hertz);
    this.#search = new StepSearch(this.#plan, this.#kernels);
    this.#plan.setFloat('LAMBDA', LAMBDA);
    this.#framesPerPacket = framesPerPacket;
    this.#scale = 1 << (parameters.sampleBits - 1);
    this.#errors = new Float64Array(2 * channels);
    this.name = 'encode wave';
    const waiting = packetsOf(options, framesPerPacket / toNumber(sampleRate));
    if (bits > 0) {
      const samples = channels * framesPerPacket;
      if (waiting > 0) {
        const ahead = new LookAheadRate(bits, channels, framesPerPacket, waiting + 1, this.#effort);
        this.#rate = ahead;
        this.#lookAhead = this.#lookInto(options, waiting, ahead);
      } else {
        this.#rate =
          options.plan === undefined
            ? rate === 'bounded'
              ? new RateControl(bits, samples, this.#keyInterval)
              : new AverageRate(bits, samples, this.#keyInterval > 0)
            : new PlannedRate(checkPlan(options.plan), bits, channels * spanFrames, spans);
      }
      this.#halveKeys();
      if (rate === 'bounded' && options.plan === undefined) {
        const reservoir = RateControl.reservoir(this.#keyInterval > 0);
        this.linkDelaySeconds = (reservoir * framesPerPacket) / toNumber(sampleRate);
      }
    }
    if (constant === 'step') {
      const step = checkNumber('step', options.step, 0.35, 2 ** 24);
      this.#plan.set('NEW_STEP_INDEX', stepIndexOf(step));
    }
    if (constant === 'maxError') {
      this.#plan.set('NEW_LARGEST_ERROR', checkInteger('maxError', options.maxError, 0, 2 ** 22));
    }
    this.#plan.set('NEW_EXACT', this.#exact ? 1 : 0);
    this.#plan.set('MAY_FORWARD', this.#exact ? 1 : 0);
    this.maxPacketBytes = mostPacketBytes(this.output, parameters);
    this.#memory = new Uint8Array(engine.buffer);
    if (spans > 1) this.#packet = this.reserve(this.maxPacketBytes);
    this.period = { input: framesPerPacket, output: 1 };
    this.maxOutput = Math.max(1, Math.floor((framesPerPacket - 1 + this.maxInput) / framesPerPacket));
  }

  /** The look-ahead: its scout is a quick encoder of the same packets at one step, as a survey's is. */
  #lookInto(options: WaveEncoderOptions, packets: number, rate: LookAheadRate): LookAhead {
    const { bitsPerSample, rate: _, lookAheadSeconds, ...rest } = options;
    const { channels, framesPerPacket } = this.output;
    try {
      const scout = new WaveEncoder(this.engine, {
        ...rest,
        effort: 1,
        step: 1,
        maxInput: framesPerPacket,
      });
      const setStepIndex = (index: number) => scout.#plan.set('NEW_STEP_INDEX', index);
      const format = { channels, framesPerPacket, keyInterval: this.#keyInterval };
      return new LookAhead(this.engine, format, packets, scout, setStepIndex, rate);
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** What the decoder has to know, plain data: the same as `output`. */
  get config(): WaveConfig {
    return this.output;
  }

  /** Bits of each sample at most on average; undefined where something else is held constant. */
  get bitsPerSample(): number | undefined {
    return this.#rate === undefined ? undefined : this.#bits[0];
  }

  /** Whether `setBitsPerSample` can be called: where a rate is held, and not planned for a whole recording. */
  get hasVariableRate(): boolean {
    return this.#rate !== undefined && !(this.#rate instanceof PlannedRate);
  }

  /**
   * Other bits a sample, from the next packet on and until they are changed again. What holds for the packets in a row
   * holds anew from here on, at the new rate. Real-time safe.
   *
   * @param bits 1 to 24.
   * @throws RangeError outside of that, and for an encoder that holds something else constant.
   *
   * @example
   * ```ts
   * import { Engine, WaveEncoder } from 'paley';
   *
   * const engine = await Engine.load();
   * const encoder = new WaveEncoder(engine, { sampleRate: 48000, bitsPerSample: 3.2 });
   * encoder.setBitsPerSample(2); // the network has become slower
   * encoder.process([new Float32Array(1280)]);
   * ```
   */
  setBitsPerSample(bits: number): void {
    checkNumber('bits', bits, LEAST_BITS, MOST_BITS);
    const rate = this.#rate;
    if (rate === undefined || rate instanceof PlannedRate) {
      throw new RangeError('setBitsPerSample expected an encoder that holds bitsPerSample, without a plan');
    }
    this.#bits[0] = bits;
    rate.changeBits(bits);
    this.#halveKeys();
  }

  /** The effort that runs: `effort` less this. */
  get rung(): number {
    return this.#rung;
  }

  /**
   * Searches less, by so many steps of `effort`, from the next packet on; 0 is the effort it was made with. Decoders need
   * not know. Real-time safe.
   *
   * @param rung 0 to `rungs` − 1.
   * @throws RangeError outside of that.
   *
   * @example
   * ```ts
   * import { Engine, WaveEncoder } from 'paley';
   *
   * const engine = await Engine.load();
   * const encoder = new WaveEncoder(engine, { sampleRate: 48000, effort: 4 });
   * encoder.setRung(encoder.rungs - 1); // as quick as effort 1
   * ```
   */
  setRung(rung: number): void {
    this.#rung = checkInteger('rung', rung, 0, this.rungs - 1);
    if (!this.#exact) this.#paths = PATHS[this.#effort - 1 - rung];
  }

  /** A key's coefficients should stay below half a packet. */
  #halveKeys(): void {
    const mean = this.#bits[0] * this.#framesPerPacket;
    this.#plan.set('HALVINGS', mean >= 320 ? 0 : mean >= 190 ? 1 : mean >= 110 ? 2 : 3);
  }

  /** NaN and infinities of the input coded as zero so far. */
  get faults(): number {
    return this.#lookAhead?.faults ?? this.#faults;
  }

  inputNeeded(outputCount: number): number {
    if (outputCount === 0) return 0;
    return (outputCount + (this.#lookAhead?.packets ?? 0)) * this.#framesPerPacket;
  }

  /** Takes float32 planes, or Int32Array planes of integers of `sampleBits`. Not real-time safe. */
  override process(planes: Float32Array[]): Uint8Array[];
  override process(planes: Int32Array[]): Uint8Array[];
  override process(planes: Float32Array[] | Int32Array[]): Uint8Array[] {
    if (!Array.isArray(planes)) throwType('planes', `an array of ${this.input.channels} planes`, planes);
    return super.process(planes.map((plane) => (plane instanceof Int32Array ? this.#fromIntegers(plane) : plane)));
  }

  #fromIntegers(plane: Int32Array): Float32Array {
    return Float32Array.from(plane, (value) => value / this.#scale);
  }

  /** Real-time safe. */
  processInto(input: Port, output: Port): number {
    this.checkAlive();
    const { pointer, planeBytes } = checkSamplesPort(this, 'input', input, 1, 0);
    const target = checkPacketsPort(this, 'output', output, this.maxPacketBytes, this.maxOutput);
    const frames = checkCount(this, input);
    if (this.#lookAhead !== undefined) return this.#lookAt(this.#lookAhead, pointer, planeBytes, frames, target);
    const size = this.#spanFrames;
    let used = 0;
    let count = 0;
    while (used < frames) {
      const part = Math.min(size - this.#held, frames - used);
      const source = pointer + 4 * used;
      this.#faults += this.#kernels.waveTakeInput(
        this.#plan.pointer,
        source,
        planeBytes,
        this.#held,
        part,
        this.#scale,
      );
      used += part;
      this.#held += part;
      if (this.#held < size) continue;
      const place = this.#placeOf(target, count);
      const bytes = this.#encodeSpan(place);
      if (bytes > 0) this.#give(target, count++, place, bytes);
    }
    target.count = count;
    return count;
  }

  /** Takes frames to where they wait; what has waited long enough is coded. */
  #lookAt(ahead: LookAhead, pointer: number, planeBytes: number, frames: number, target: PacketsPort): number {
    let used = 0;
    let count = 0;
    while (used < frames) {
      const part = Math.min(this.#framesPerPacket - ahead.coming, frames - used);
      const isComplete = ahead.take(pointer + 4 * used, planeBytes, part);
      used += part;
      if (isComplete && ahead.isFull) this.#encodeNext(ahead, target, count++);
    }
    target.count = count;
    return count;
  }

  /** Codes the packet that has waited longest; where the encoder looks ahead, packets are single spans. */
  #encodeNext(ahead: LookAhead, target: PacketsPort, index: number): void {
    const frames = ahead.nextFrames;
    this.#kernels.waveTakeInput(this.#plan.pointer, ahead.next, ahead.planeBytes, 0, frames, this.#scale);
    if (frames < this.#framesPerPacket) this.#kernels.wavePadInput(this.#plan.pointer, frames);
    this.#held = frames;
    const place = this.#placeOf(target, index);
    this.#give(target, index, place, this.#encodeSpan(place));
    ahead.release();
  }

  /** Codes one of the packets that wait at the end of a stream. */
  #flushNext(ahead: LookAhead, target: PacketsPort): number {
    ahead.end();
    const count = ahead.waiting > 0 ? 1 : 0;
    if (count > 0) this.#encodeNext(ahead, target, 0);
    else this.reset();
    target.count = count;
    return count;
  }

  /** Real-time safe. */
  flushInto(output: Port): number {
    this.checkAlive();
    const target = checkPacketsPort(this, 'output', output, this.maxPacketBytes, 1);
    if (this.#lookAhead !== undefined) return this.#flushNext(this.#lookAhead, target);
    if (this.#held === 0 && this.#span === 0) {
      this.reset();
      target.count = 0;
      return 0;
    }
    const place = this.#placeOf(target, 0);
    let bytes = 0;
    if (this.#held > 0) {
      this.#kernels.wavePadInput(this.#plan.pointer, this.#held);
      bytes = this.#encodeSpan(place);
    }
    if (bytes === 0) bytes = this.#kernels.waveEndPacket(this.#plan.pointer);
    this.#give(target, 0, place, bytes);
    this.reset();
    target.count = 1;
    return 1;
  }

  /** Real-time safe. */
  reset(): void {
    this.checkAlive();
    this.#held = 0;
    this.#span = 0;
    this.#packetFrames = 0;
    this.#packets = 0;
    this.#errors.fill(0);
    this.#plan.reset();
    this.#rate?.reset();
    this.#lookAhead?.reset();
  }

  override dispose(): void {
    this.#lookAhead?.dispose();
    this.#plan?.dispose();
    super.dispose();
  }

  /** The address at which the packet that becomes record `index` of the port is put together. */
  #placeOf(output: PacketsPort, index: number): number {
    return this.#packet === 0 ? output.pointer + index * this.maxPacketBytes : this.#packet;
  }

  /** Codes the span that is held; returns the bytes of its packet where it is the last of it, else 0. */
  #encodeSpan(place: number): number {
    const plan = this.#plan;
    const kernels = this.#kernels;
    const isFirst = this.#span === 0;
    const isKey = isFirst && (this.#keyInterval > 0 ? this.#packets % this.#keyInterval === 0 : this.#packets === 0);
    if (isFirst) {
      kernels.waveStartPacket(plan.pointer, place);
      this.#packetBits = 0;
    }
    kernels.waveBeginSpan(plan.pointer, isKey ? 1 : 0);
    this.#chooseReferences(isKey);
    if (this.#lossless) {
      const shift = kernels.waveInputShift(plan.pointer);
      if (shift >= 0) plan.set('NEW_SHIFT', shift);
    }
    plan.set('WIDTH', this.#paths);
    plan.set('HELD', this.#held);
    if (this.#rate === undefined) this.#packetBits = kernels.waveEncodeSpan(plan.pointer);
    else this.#packetBits = this.#search.encode(this.#rate, this.#paths, this.#packetBits, isKey);
    kernels.waveAcceptSpan(plan.pointer);
    this.#recordErrors();
    this.#packetFrames += this.#held;
    this.#held = 0;
    this.#span++;
    return this.#span * this.#spanFrames === this.#framesPerPacket ? this.#packetBits >> 3 : 0;
  }

  /** Makes the packet record `index` of the port. */
  #give(output: PacketsPort, index: number, place: number, bytes: number): void {
    const offset = index * this.maxPacketBytes;
    if (this.#packet !== 0) this.#memory.copyWithin(output.pointer + offset, place, place + bytes);
    output.offsets[index] = offset;
    output.lengths[index] = bytes;
    output.frames[index] = this.#packetFrames;
    this.#packetFrames = 0;
    this.#span = 0;
    this.#packets++;
  }

  /** Uses the channel before for prediction where that has paid in the packets just coded. */
  #chooseReferences(isKey: boolean): void {
    for (let channel = 1; channel < this.input.channels; channel++) {
      const pays = !isKey && this.#errors[2 * channel + 1] < this.#errors[2 * channel];
      this.#plan.setChannel(channel, 'CROSS_ON', pays ? 1 : 0);
    }
  }

  #recordErrors(): void {
    for (let channel = 1; channel < this.input.channels; channel++) {
      const at = 2 * channel;
      this.#plan.addChannelSum(channel, 'OWN_ERROR', this.#errors, at, MEMORY);
      this.#plan.addChannelSum(channel, 'CROSS_ERROR', this.#errors, at + 1, MEMORY);
    }
  }
}
