/** Wave packets in, frames out. */
import { checkBytes, checkInteger, checkNumber, checkOptions, throwType } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { BaseStage } from '../stage/base-stage.js';
import type { FramesFormat } from '../stage/format.js';
import type { PacketsPort, Port, SamplesPort } from '../stage/port.js';
import { checkCount, checkPacketsPort, checkSamplesPort } from '../stage/port-checks.js';
import { toNumber } from '../stage/rational.js';
import type { StagePeriod } from '../stage/stage.js';
import { type WaveKernels, waveKernels } from './_kernels.js';
import { mostPacketBytes, WavePlan } from './_plan.js';
import { checkConfig, type WaveConfig, type WaveParameters } from './config.js';

export interface WaveDecoderOptions {
  /** Most packets of one `processInto` call. Default 128 frames' worth, at least one. */
  readonly maxInput?: number;
  /** Seconds over which a concealed loss fades to silence. Default 0.03. */
  readonly fadeSeconds?: number;
}

/** Frames in a row that were made up in place of lost ones. */
export interface ConcealedFrames {
  /** Counted from the decoder's first frame. */
  readonly firstFrame: number;
  readonly frames: number;
}

const QUANTUM = 128;

/** Of a span: no encoder writes such a one; it differs from what its check bits say; its packet has ended before it. */
const NOT_WRITTEN = 0;
const MISMATCH = 2;
const ENDED = 3;

/** Runs of concealed frames remembered until somebody asks. */
const MOST_RUNS = 256;

/** Most frames concealed for one gap in the sequence: a second or so; a longer gap is a new start. */
const MOST_GAP_FRAMES = 65536;

/**
 * Decodes the packets of a WaveEncoder. It begins at the first key packet; what comes before it, a packet that is lost
 * (`decodeLost`, or one of length 0) and all after that up to the next key is concealed: the prediction runs on by itself
 * and fades. Of a packet of several spans those before a damaged one are given. From ports it gives as many frames of a
 * packet as its `frames` record says; `process` gives whole packets. Latency 0.
 *
 * Whatever the bytes, all samples are finite and in range, and nothing throws: packets no encoder writes, longer ones than
 * any it writes among them, are concealed and counted in `faults`. A span whose state check fails is counted, too, but given.
 * What is no Uint8Array is a TypeError. After construction `processInto`, `flushInto` and `reset` are real-time safe.
 *
 * @example
 * ```ts
 * import { Engine, WaveDecoder, WaveEncoder } from 'paley';
 *
 * const engine = await Engine.load();
 * const encoder = new WaveEncoder(engine, { sampleRate: 8000, lossless: true });
 * const decoder = new WaveDecoder(engine, encoder.config);
 * const packets = encoder.process([Int32Array.from({ length: 256 }, (_, frame) => (frame * frame) % 1000)]);
 * const [integers] = decoder.processIntegers(packets);
 * ```
 */
export class WaveDecoder extends BaseStage<Uint8Array[], Float32Array[]> {
  readonly name: string;
  readonly input: WaveConfig;
  readonly output: FramesFormat;
  readonly period: StagePeriod;
  readonly maxInput: number;
  readonly maxOutput: number;
  readonly #kernels: WaveKernels;
  readonly #plan: WavePlan;
  readonly #parameters: WaveParameters;
  readonly #framesPerPacket: number;
  readonly #spanFrames: number;
  readonly #scale: number;
  readonly #inputPacketBytes: number;
  /** First frame and length of each run. */
  readonly #runStarts = new Float64Array(MOST_RUNS);
  readonly #runLengths = new Uint32Array(MOST_RUNS);
  #runCount = 0;
  /** Whether the run noted last goes on. */
  #inRun = false;
  /** True until a key comes. */
  #waiting = true;
  #frames = 0;
  #concealedFrames = 0;
  #faults = 0;
  #expected: number | undefined;
  #outOfOrder = 0;

  /**
   * @param config `config` of the encoder, or the same data from a stream header.
   * @throws TypeError or RangeError where it is not one; EngineMemoryError where memory runs out.
   */
  constructor(engine: Engine, config: WaveConfig, options: WaveDecoderOptions = {}) {
    super(engine);
    checkOptions('WaveDecoder', options, ['maxInput', 'fadeSeconds']);
    const checked = checkConfig('config', config);
    this.input = checked.config;
    this.#parameters = checked.parameters;
    const { channels, framesPerPacket, sampleRate } = this.input;
    this.output = Object.freeze({ kind: 'frames', sampleRate, channels, sample: 'f32' });
    this.maxInput = checkInteger('maxInput', options.maxInput ?? Math.ceil(QUANTUM / framesPerPacket), 1, 2 ** 20);
    this.maxOutput = this.maxInput * framesPerPacket;
    this.period = { input: 1, output: framesPerPacket };
    const fadeSeconds = checkNumber('fadeSeconds', options.fadeSeconds ?? 0.03, 0, 10);
    this.#kernels = waveKernels(engine);
    this.#plan = new WavePlan(engine, this.input, checked.parameters, 0);
    this.#plan.set('FADE', Math.max(1, Math.min(2 ** 24, Math.round(fadeSeconds * toNumber(sampleRate)))));
    this.#framesPerPacket = framesPerPacket;
    this.#spanFrames = checked.parameters.spanFrames;
    this.#scale = 1 / (1 << (checked.parameters.sampleBits - 1));
    this.#inputPacketBytes = mostPacketBytes(this.input, checked.parameters);
    this.name = 'decode wave';
  }

  /** Packets that no encoder writes and spans whose state check failed so far; all but the latter are concealed. */
  get faults(): number {
    return this.#faults;
  }

  /** Frames given in place of lost ones so far. */
  get concealedFrames(): number {
    return this.#concealedFrames;
  }

  /** Packets that `decode` left out because they came late or twice. */
  get outOfOrder(): number {
    return this.#outOfOrder;
  }

  override get inputPacketBytes(): number {
    return this.#inputPacketBytes;
  }

  inputNeeded(outputCount: number): number {
    return Math.ceil(outputCount / this.#framesPerPacket);
  }

  /** Real-time safe. A packet of length 0 stands for a lost one. */
  processInto(input: Port, output: Port): number {
    this.checkAlive();
    const source = checkPacketsPort(this, 'input', input, 0, 0);
    const target = checkSamplesPort(this, 'output', output, 1, this.maxOutput);
    const count = checkCount(this, source);
    let frames = 0;
    for (let index = 0; index < count; index++) {
      const part = Math.min(source.frames[index], this.#framesPerPacket);
      this.#decode(source, index, target, frames, part);
      frames += part;
    }
    target.count = frames;
    return frames;
  }

  /** Real-time safe. Nothing is owed at the end. */
  flushInto(output: Port): number {
    this.reset();
    output.count = 0;
    return 0;
  }

  /** One packet or several; whole packets come out. Not real-time safe. */
  override process(packets: Uint8Array[]): Float32Array[];
  override process(packet: Uint8Array): Float32Array[];
  override process(packets: Uint8Array[] | Uint8Array): Float32Array[] {
    return super.process(this.#readable(packets));
  }

  /** The same as Int32Array planes of the integers coded. Not real-time safe. */
  processIntegers(packets: Uint8Array[] | Uint8Array): Int32Array[] {
    const factor = 1 << (this.#parameters.sampleBits - 1);
    return super.process(this.#readable(packets)).map((plane) => Int32Array.from(plane, (value) => value * factor));
  }

  /** The packets with a lost one in place of each that is longer than any packet can be. */
  #readable(given: Uint8Array[] | Uint8Array): Uint8Array[] {
    this.checkAlive();
    const packets = given instanceof Uint8Array ? [given] : given;
    if (!Array.isArray(packets)) throwType('packets', 'a Uint8Array or an array of them', packets);
    for (const [index, packet] of packets.entries()) checkBytes(`packets[${index}]`, packet);
    return packets.map((packet) => {
      if (packet.length <= this.#inputPacketBytes) return packet;
      this.#faults++;
      return new Uint8Array(0);
    });
  }

  /** Stands in for one lost packet. Not real-time safe; at ports give a packet of length 0. */
  decodeLost(): Float32Array[] {
    if (this.#expected !== undefined) this.#expected++;
    return super.process([new Uint8Array(0)]);
  }

  /**
   * Decodes the packet with this number. One that comes late or twice gives nothing; where packets are missing before it,
   * their places are concealed first, up to 65,536 frames of them; beyond that the stream is taken to go on here. Not
   * real-time safe.
   *
   * @param sequence counts the encoder's packets: the container's first frame over the frames of a packet.
   */
  decode(packet: Uint8Array, sequence: number): Float32Array[] {
    this.checkAlive();
    checkBytes('packet', packet);
    checkInteger('sequence', sequence, 0, Number.MAX_SAFE_INTEGER);
    const expected = this.#expected ?? sequence;
    if (sequence < expected) {
      this.#outOfOrder++;
      return Array.from({ length: this.output.channels }, () => new Float32Array(0));
    }
    const missing = sequence - expected;
    const lost = missing * this.#framesPerPacket <= MOST_GAP_FRAMES ? missing : 1;
    const packets = Array.from({ length: lost }, () => new Uint8Array(0));
    const planes = super.process([...packets, ...this.#readable(packet)]);
    this.#expected = sequence + 1;
    return planes;
  }

  /** The runs of concealed frames since the last call, the latest 256 of them. Not real-time safe. */
  takeConcealed(): ConcealedFrames[] {
    const runs = Array.from({ length: this.#runCount }, (_, at) => ({
      firstFrame: this.#runStarts[at],
      frames: this.#runLengths[at],
    }));
    this.#runCount = 0;
    this.#inRun = false;
    return runs;
  }

  /** Real-time safe. */
  reset(): void {
    this.checkAlive();
    this.#plan.reset();
    this.#waiting = true;
    this.#frames = 0;
    this.#runCount = 0;
    this.#inRun = false;
    this.#expected = undefined;
  }

  override dispose(): void {
    this.#plan?.dispose();
    super.dispose();
  }

  /** Decodes packet `index`, or conceals it, to the port's frames from `at` on. */
  #decode(input: PacketsPort, index: number, output: SamplesPort, at: number, frames: number): void {
    const kernels = this.#kernels;
    const plan = this.#plan.pointer;
    const source = input.pointer + input.offsets[index];
    const length = input.lengths[index];
    const present =
      length > 0 && length <= this.#inputPacketBytes && input.offsets[index] + length <= input.bytes.length;
    if (!present && length > 0) this.#faults++;
    let done = 0;
    if (present && (!this.#waiting || kernels.waveIsKey(plan, source, length) === 1)) {
      kernels.waveOpenPacket(plan, source, length);
      done = this.#decodeSpans(output, at, frames);
    }
    this.#conceal(output, at + done, frames - done);
  }

  /** Decodes the open packet's spans up to so many frames; returns how many there are before damage. */
  #decodeSpans(output: SamplesPort, at: number, frames: number): number {
    const plan = this.#plan.pointer;
    let done = 0;
    while (done < frames) {
      const outcome = this.#kernels.waveDecodeSpan(plan);
      if (outcome === NOT_WRITTEN || outcome === MISMATCH) this.#faults++;
      if (outcome === NOT_WRITTEN) return done;
      this.#waiting = false;
      this.#inRun = false;
      this.#plan.set('FADED', 0);
      let part = Math.min(this.#spanFrames, frames - done);
      if (outcome === ENDED) part = this.#silence(output, at + done, frames - done);
      else this.#giveSpan(output, at + done, part);
      done += part;
      this.#frames += part;
    }
    return done;
  }

  #giveSpan(output: SamplesPort, at: number, frames: number): void {
    const target = output.pointer + 4 * at;
    this.#kernels.waveGiveOutput(this.#plan.pointer, target, output.planeBytes, frames, this.#scale);
  }

  /** Fills up what is asked for of a packet that has ended: the stream's last may be short. */
  #silence(output: SamplesPort, at: number, frames: number): number {
    for (let channel = 0; channel < output.planes.length; channel++) output.planes[channel].fill(0, at, at + frames);
    return frames;
  }

  #conceal(output: SamplesPort, at: number, frames: number): void {
    if (frames === 0) return;
    this.#waiting = true;
    for (let done = 0; done < frames; done += this.#spanFrames) {
      const target = output.pointer + 4 * (at + done);
      const part = Math.min(this.#spanFrames, frames - done);
      this.#kernels.waveConceal(this.#plan.pointer, target, output.planeBytes, part, this.#scale);
    }
    this.#noteConcealed(frames);
    this.#frames += frames;
  }

  #noteConcealed(frames: number): void {
    this.#concealedFrames += frames;
    if (this.#inRun) {
      this.#runLengths[this.#runCount - 1] += frames;
      return;
    }
    if (this.#runCount === MOST_RUNS) {
      this.#runStarts.copyWithin(0, 1);
      this.#runLengths.copyWithin(0, 1);
      this.#runCount--;
    }
    this.#runStarts[this.#runCount] = this.#frames;
    this.#runLengths[this.#runCount] = frames;
    this.#runCount++;
    this.#inRun = true;
  }
}
