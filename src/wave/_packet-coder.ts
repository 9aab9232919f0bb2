/** Spans, coded one after the other, and the packets they make. All of it is real-time safe but for the constructor. */
import type { Engine } from '../engine/engine.js';
import { Processor } from '../engine/processor.js';
import type { PacketsPort } from '../stage/port.js';
import type { WaveKernels } from './_kernels.js';
import { mostPacketBytes, type WavePlan } from './_plan.js';
import type { StepControl } from './_step-control.js';
import { StepSearch } from './_step-search.js';
import type { WaveConfig, WaveParameters } from './config.js';

/** How fast the record of what the other channel predicts fades, from span to span. */
const MEMORY = 0.8;

export class PacketCoder extends Processor {
  /** Longest packet. */
  readonly maxPacketBytes: number;
  /** Ways followed at a time: at most those that the plan has memory for. */
  paths = 1;
  readonly #kernels: WaveKernels;
  readonly #plan: WavePlan;
  readonly #search: StepSearch;
  /** Undefined where the plan says how each sample is coded. */
  readonly #control: StepControl | undefined;
  readonly #channels: number;
  readonly #framesPerPacket: number;
  readonly #spanFrames: number;
  readonly #keyInterval: number;
  readonly #isLossless: boolean;
  readonly #scale: number;
  /** Where a packet of several spans is put together; 0 where it is coded where it goes. */
  readonly #packet: number = 0;
  readonly #memory: Uint8Array<ArrayBuffer>;
  /** Squared errors of the spans so far, fading, of each channel without and with what the one before it tells. */
  readonly #errors: Float64Array;
  /** Frames of the span under way; spans, bits and frames of the packet under way; packets so far. */
  #held = 0;
  #spans = 0;
  #bits = 0;
  #frames = 0;
  #packets = 0;

  constructor(
    engine: Engine,
    plan: WavePlan,
    kernels: WaveKernels,
    control: StepControl | undefined,
    { config, parameters }: { config: WaveConfig; parameters: WaveParameters },
    { keyInterval, isLossless }: { keyInterval: number; isLossless: boolean },
  ) {
    super(engine);
    this.#plan = plan;
    this.#kernels = kernels;
    this.#control = control;
    this.#search = new StepSearch(plan, kernels);
    this.#channels = config.channels;
    this.#framesPerPacket = config.framesPerPacket;
    this.#spanFrames = parameters.spanFrames;
    this.#keyInterval = keyInterval;
    this.#isLossless = isLossless;
    this.#scale = 1 << (parameters.sampleBits - 1);
    this.#errors = new Float64Array(2 * config.channels);
    this.maxPacketBytes = mostPacketBytes(config, parameters);
    this.#memory = new Uint8Array(engine.buffer);
    if (config.framesPerPacket > parameters.spanFrames) this.#packet = this.reserve(this.maxPacketBytes);
  }

  /** Frames that the span under way still takes. */
  get room(): number {
    return this.#spanFrames - this.#held;
  }

  /** Whether no packet is under way. */
  get isEmpty(): boolean {
    return this.#held === 0 && this.#spans === 0;
  }

  /** Takes `count` frames, at most those there is room for; returns how many samples were not finite. */
  take(source: number, planeBytes: number, count: number): number {
    const { pointer } = this.#plan;
    const faults = this.#kernels.waveTakeInput(pointer, source, planeBytes, this.#held, count, this.#scale);
    this.#held += count;
    return faults;
  }

  /**
   * Codes the span under way, filled up where it is short. True where that completes a packet, which then is record `index`
   * of the port.
   */
  encodeSpan(output: PacketsPort, index: number): boolean {
    const plan = this.#plan;
    const kernels = this.#kernels;
    if (this.room > 0) kernels.wavePadInput(plan.pointer, this.#held);
    const isFirst = this.#spans === 0;
    const isKey = isFirst && (this.#keyInterval > 0 ? this.#packets % this.#keyInterval === 0 : this.#packets === 0);
    if (isFirst) {
      kernels.waveStartPacket(plan.pointer, this.#placeOf(output, index));
      this.#bits = 0;
    }
    kernels.waveBeginSpan(plan.pointer, isKey ? 1 : 0);
    this.#chooseReferences(isKey);
    if (this.#isLossless) {
      const shift = kernels.waveInputShift(plan.pointer);
      if (shift >= 0) plan.set('NEW_SHIFT', shift);
    }
    plan.set('WIDTH', this.paths);
    plan.set('HELD', this.#held);
    if (this.#control === undefined) this.#bits = kernels.waveEncodeSpan(plan.pointer);
    else this.#bits = this.#search.encode(this.#control, this.paths, this.#bits, isKey);
    kernels.waveAcceptSpan(plan.pointer);
    this.#recordErrors();
    this.#frames += this.#held;
    this.#held = 0;
    this.#spans++;
    if (this.#spans * this.#spanFrames < this.#framesPerPacket) return false;
    this.#give(output, index, this.#bits >> 3);
    return true;
  }

  /** Ends the packet under way at the end of a stream: record `index` of the port. */
  endPacket(output: PacketsPort, index: number): void {
    if (this.#held > 0 && this.encodeSpan(output, index)) return;
    this.#give(output, index, this.#kernels.waveEndPacket(this.#plan.pointer));
  }

  /** Forgets what is under way and all before it; the plan is the caller's to reset. */
  reset(): void {
    this.#held = 0;
    this.#spans = 0;
    this.#frames = 0;
    this.#packets = 0;
    this.#errors.fill(0);
  }

  /** The address at which the packet that becomes record `index` of the port is put together. */
  #placeOf(output: PacketsPort, index: number): number {
    return this.#packet === 0 ? output.pointer + index * this.maxPacketBytes : this.#packet;
  }

  /** Makes the packet record `index` of the port. */
  #give(output: PacketsPort, index: number, bytes: number): void {
    const offset = index * this.maxPacketBytes;
    const packet = this.#packet;
    if (packet !== 0) this.#memory.copyWithin(output.pointer + offset, packet, packet + bytes);
    output.offsets[index] = offset;
    output.lengths[index] = bytes;
    output.frames[index] = this.#frames;
    this.#frames = 0;
    this.#spans = 0;
    this.#packets++;
  }

  /** Uses the channel before for prediction where that has paid in the spans just coded. */
  #chooseReferences(isKey: boolean): void {
    for (let channel = 1; channel < this.#channels; channel++) {
      const pays = !isKey && this.#errors[2 * channel + 1] < this.#errors[2 * channel];
      this.#plan.setChannel(channel, 'CROSS_ON', pays ? 1 : 0);
    }
  }

  #recordErrors(): void {
    for (let channel = 1; channel < this.#channels; channel++) {
      const at = 2 * channel;
      this.#plan.addChannelSum(channel, 'OWN_ERROR', this.#errors, at, MEMORY);
      this.#plan.addChannelSum(channel, 'CROSS_ERROR', this.#errors, at + 1, MEMORY);
    }
  }
}
