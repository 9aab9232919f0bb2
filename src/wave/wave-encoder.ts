/** Frames in, wave packets out. */
import { checkInteger, checkNumber, checkOptions, throwType } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { BaseStage } from '../stage/base-stage.js';
import type { FramesFormat } from '../stage/format.js';
import type { PacketsPort, Port } from '../stage/port.js';
import { checkCount, checkPacketsPort, checkSamplesPort } from '../stage/port-checks.js';
import { toNumber, toRate } from '../stage/rational.js';
import type { StagePeriod } from '../stage/stage.js';
import { type WaveKernels, waveKernels } from './_kernels.js';
import { LookAhead } from './_look-ahead.js';
import { LookAheadRate } from './_look-ahead-rate.js';
import { checkNoiseShaping } from './_noise-shaping.js';
import { PacketCoder } from './_packet-coder.js';
import { MOST_PATHS, WavePlan } from './_plan.js';
import { checkBits, chooseRate, constantOf, LEAST_BITS, leastBitsOf } from './_rate-choice.js';
import { type StepControl, VariableRate } from './_step-control.js';
import { stepIndexOf } from './_tables.js';
import { makeConfig, type WaveConfig } from './config.js';
import { optionNames, scoutOptions, type WaveEncoderOptions } from './wave-encoder-options.js';

const QUANTUM = 128;

/** Paths of the search at each effort. */
const PATHS = [1, 4, 8, MOST_PATHS];

/** Squared error in steps that a bit is worth: the best slope over rates from 1.5 to 4 bits. */
const LAMBDA = 0.12;

/**
 * Codes frames in the wave codec: prediction from decoded samples, levels by context-dependent probabilities, a search for
 * the levels that cost least in error and bits. docs/WAVE.md says what the options bring, docs/BITSTREAM.md what the
 * packets are.
 *
 * Samples are float32, ±1 being the full scale of `sampleBits`; `process` also takes Int32Array planes of such integers.
 * One of `bitsPerSample`, `step`, `maxError` and `lossless` says what is held constant. Latency: framesPerPacket − 1
 * frames, and with `lookAheadSeconds` as many whole packets more as it takes. NaN and infinities are coded as zero and
 * counted in `faults`.
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
   * Seconds by which a link of the constant rate `bitsPerSample` lags behind, for packets of varying size: a whole packet's
   * with keys, 0.3 of one without; undefined where the rate is not bounded. Not part of `latency`, which is the codec's own.
   */
  readonly linkDelaySeconds: number | undefined;
  readonly #plan: WavePlan;
  readonly #coder: PacketCoder;
  readonly #control: StepControl | undefined;
  readonly #lookAhead: LookAhead | undefined;
  /** Bits a sample; 0 where something else is held constant. In an array, where a number is no object of its own. */
  readonly #bits = new Float64Array(1);
  readonly #scale: number;
  readonly #framesPerPacket: number;
  readonly #keyInterval: number;
  readonly #effort: number;
  #rung = 0;
  readonly #isExact: boolean;
  #faults = 0;

  /** @throws TypeError or RangeError for a wrong option; EngineMemoryError where memory runs out. */
  constructor(engine: Engine, options: WaveEncoderOptions) {
    super(engine);
    checkOptions('WaveEncoder', options, optionNames);
    const sampleRate = toRate('sampleRate', options.sampleRate);
    const framesPerPacket = options.framesPerPacket ?? QUANTUM;
    const constant = constantOf(options);
    this.#isExact = constant === 'maxError' || constant === 'lossless';
    const { predictor, sampleBits, analysisFrames, stateCheck } = options;
    const given = { predictor, sampleBits, analysisFrames, spanFrames: options.spanFrames, stateCheck };
    const made = makeConfig(
      'WaveEncoder',
      'WaveEncoder',
      Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
      { framesPerPacket, sampleRate, channels: options.channels ?? 1 },
    );
    const { config, parameters } = made;
    this.output = config;
    this.#keyInterval = checkInteger('WaveEncoder.keyInterval', options.keyInterval ?? 32, 0, 2 ** 20);
    const { channels } = config;
    this.input = Object.freeze({ kind: 'frames', sampleRate, channels, sample: 'f32' });
    this.maxInput = checkInteger('maxInput', options.maxInput ?? QUANTUM, 1, 2 ** 20);
    const bits =
      constant === 'rate' ? checkBits('bitsPerSample', options.bitsPerSample ?? 3.2, leastBitsOf(options)) : 0;
    this.#bits[0] = bits;
    this.#effort = checkInteger('effort', options.effort ?? 2, 1, PATHS.length);
    const hertz = toNumber(sampleRate);
    const noiseShaping = checkNoiseShaping(options.noiseShaping ?? 'none', hertz, this.#isExact);
    const choice = chooseRate(options, bits, this.#effort, this.#keyInterval, config, parameters.spanFrames);
    this.#control = choice.control;
    this.linkDelaySeconds = choice.linkDelaySeconds;
    this.rungs = this.#isExact ? 1 : this.#effort;
    const paths = this.#isExact ? 1 : PATHS[this.#effort - 1];
    const kernels: WaveKernels = waveKernels(engine);
    this.#plan = new WavePlan(engine, config, parameters, paths);
    this.#plan.shapeNoise(noiseShaping, hertz);
    this.#plan.setFloat('LAMBDA', LAMBDA);
    this.#framesPerPacket = framesPerPacket;
    this.#scale = 1 << (parameters.sampleBits - 1);
    this.name = 'encode wave';
    if (choice.control instanceof LookAheadRate) {
      this.#lookAhead = this.#lookInto(options, choice.packetsAhead, choice.control);
    }
    if (bits > 0) this.#halveKeys();
    if (constant === 'step') {
      const step = checkNumber('step', options.step, 0.35, 2 ** 24);
      this.#plan.set('NEW_STEP_INDEX', stepIndexOf(step));
    }
    if (constant === 'maxError') {
      this.#plan.set('NEW_LARGEST_ERROR', checkInteger('maxError', options.maxError, 0, 2 ** 22));
    }
    this.#plan.set('NEW_EXACT', this.#isExact ? 1 : 0);
    this.#plan.set('MAY_FORWARD', this.#isExact ? 1 : 0);
    this.#coder = new PacketCoder(engine, this.#plan, kernels, choice.control, made, {
      keyInterval: this.#keyInterval,
      isLossless: constant === 'lossless',
    });
    this.#coder.paths = paths;
    this.maxPacketBytes = this.#coder.maxPacketBytes;
    this.period = { input: framesPerPacket, output: 1 };
    this.maxOutput = Math.max(1, Math.floor((framesPerPacket - 1 + this.maxInput) / framesPerPacket));
  }

  /** The look-ahead: its scout is a quick encoder of the same packets at one step, as a survey's is. */
  #lookInto(options: WaveEncoderOptions, packets: number, rate: LookAheadRate): LookAhead {
    const { channels, framesPerPacket } = this.output;
    try {
      const scout = new WaveEncoder(this.engine, { ...scoutOptions(options, 1), maxInput: framesPerPacket });
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
    return this.#control === undefined ? undefined : this.#bits[0];
  }

  /** Whether `setBitsPerSample` can be called: where a rate is held, and not planned for a whole recording. */
  get hasVariableRate(): boolean {
    return this.#control instanceof VariableRate;
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
    checkBits('bits', bits, LEAST_BITS);
    if (!(this.#control instanceof VariableRate)) {
      throw new RangeError('setBitsPerSample expected an encoder that holds bitsPerSample, without a plan');
    }
    this.#bits[0] = bits;
    this.#control.changeBits(bits);
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
    if (!this.#isExact) this.#coder.paths = PATHS[this.#effort - 1 - rung];
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
    const coder = this.#coder;
    let used = 0;
    let count = 0;
    while (used < frames) {
      const part = Math.min(coder.room, frames - used);
      this.#faults += coder.take(pointer + 4 * used, planeBytes, part);
      used += part;
      if (coder.room === 0 && coder.encodeSpan(target, count)) count++;
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
    this.#coder.take(ahead.next, ahead.planeBytes, ahead.nextFrames);
    this.#coder.encodeSpan(target, index);
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
    const count = this.#coder.isEmpty ? 0 : 1;
    if (count > 0) this.#coder.endPacket(target, 0);
    this.reset();
    target.count = count;
    return count;
  }

  /** Real-time safe. */
  reset(): void {
    this.checkAlive();
    this.#coder.reset();
    this.#plan.reset();
    this.#control?.reset();
    this.#lookAhead?.reset();
  }

  override dispose(): void {
    this.#coder?.dispose();
    this.#lookAhead?.dispose();
    this.#plan?.dispose();
    super.dispose();
  }
}
