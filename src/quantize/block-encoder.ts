/** Frames or blocks in, packets of coded blocks out. */
import { checkInteger, checkOptions } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { BaseStage } from '../stage/base-stage.js';
import { checkCodable } from '../stage/coded-samples.js';
import { type BlocksFormat, type FramesFormat, type PacketsFormat, valueRate } from '../stage/format.js';
import type { PacketsPort, Port } from '../stage/port.js';
import { checkCount, checkPacketsPort, checkSamplesPort } from '../stage/port-checks.js';
import { gcd, lcm } from '../stage/rational.js';
import type { StagePeriod } from '../stage/stage.js';
import { BlockCoder } from './_block-coder.js';
import { type BlockOptions, blockOptionNames } from './_block-options.js';
import { type PacketLayout, packetLayout, packetParameters } from './_packets.js';
import { type AutomaticOptions, automaticOptionNames, resolveFormat } from './selector.js';

export interface BlockEncoderOptions extends AutomaticOptions<BlockOptions> {
  /** What comes in: frames of float32 samples, or blocks, whose values are coded in order. */
  readonly input: FramesFormat | BlocksFormat;
  /**
   * Values of each channel in a packet, a multiple of `blockSize`. Default the least that makes sense: one coded block
   * of frames; of blocks, the least common multiple of the two sizes.
   */
  readonly framesPerPacket?: number;
  /** Most frames, or blocks, of one `processInto` call. Default 128 values' worth, at least one. */
  readonly maxInput?: number;
}

/** Values of a default call: the render quantum of Web Audio. */
const QUANTUM = 128;

/**
 * Codes a stream in a block number format. Packet k holds values k·framesPerPacket and on of every channel; the last
 * one is filled with zeros, and the `frames` record of its port says how many of its values belong to the stream (of
 * frames: how many frames). Latency: of frames, framesPerPacket − 1.
 *
 * NaN and infinities are coded as zero and counted in `faults`. After construction `processInto`, `flushInto` and
 * `reset` are real-time safe. Blocks that lie whole in the input port are coded from there, without a copy.
 *
 * @example
 * ```ts
 * import { BlockDecoder, BlockEncoder, Engine } from 'paley';
 *
 * const engine = await Engine.load();
 * const input = { kind: 'frames', sampleRate: { numerator: 48000, denominator: 1 }, channels: 1, sample: 'f32' } as const;
 * const encoder = new BlockEncoder(engine, { input, format: 'int8', framesPerPacket: 128 });
 * const decoder = new BlockDecoder(engine, { input: encoder.output });
 * const packets = encoder.process([new Float32Array(480).fill(0.25)]);
 * const planes = decoder.process([...packets, ...encoder.flush()]);
 * ```
 */
export class BlockEncoder extends BaseStage<Float32Array[], Uint8Array[]> {
  readonly name: string;
  readonly input: FramesFormat | BlocksFormat;
  readonly output: PacketsFormat;
  readonly period: StagePeriod;
  readonly maxInput: number;
  readonly maxOutput: number;
  override readonly maxPacketBytes: number;
  /** Stored bits for each sample, the scales included. */
  readonly bitsPerSample: number;
  readonly #coder: BlockCoder;
  readonly #layout: PacketLayout;
  /** Values of a channel in an item of input. */
  readonly #itemSize: number;
  readonly #framesPerPacket: number;
  /** One packet's values, channel after channel, that came in over several calls. */
  readonly #gathered: Float32Array<ArrayBuffer>;
  #held = 0;
  #faults = 0;

  /**
   * @throws TypeError or RangeError for a wrong option (an unknown format's message lists the known ones);
   * EngineMemoryError where memory runs out.
   */
  constructor(engine: Engine, options: BlockEncoderOptions) {
    super(engine);
    checkOptions('BlockEncoder', options, [
      ...blockOptionNames,
      ...automaticOptionNames,
      'input',
      'framesPerPacket',
      'maxInput',
    ]);
    const { input, framesPerPacket, maxInput, ...blockOptions } = options;
    this.input = checkCodable(input);
    const { channels } = input;
    const itemSize = input.kind === 'blocks' ? input.size : 1;
    this.maxInput = checkInteger('maxInput', maxInput ?? Math.ceil(QUANTUM / itemSize), 1, 2 ** 20);
    this.#coder = new BlockCoder(engine, resolveFormat(engine, blockOptions), channels);
    const { blockSize, format } = this.#coder;
    const size = framesPerPacket ?? lcm(itemSize, blockSize);
    try {
      this.#coder.checkEncodes();
      this.#layout = packetLayout(this.#coder, channels, size);
      this.#gathered = this.reserveFloat32(channels * size);
    } catch (error) {
      this.#coder.dispose();
      throw error;
    }
    this.#itemSize = itemSize;
    this.#framesPerPacket = size;
    this.name = `encode ${format}`;
    this.bitsPerSample = (8 * this.#layout.packetBytes) / (channels * size);
    this.output = Object.freeze({
      kind: 'packets',
      codec: format,
      parameters: packetParameters(this.#coder, input),
      framesPerPacket: size,
      sampleRate: valueRate(input),
      channels,
    });
    this.maxPacketBytes = this.#layout.packetBytes;
    const repeat = lcm(size, itemSize);
    this.period = { input: repeat / itemSize, output: repeat / size };
    // Between calls at most a packet less the greatest common divisor of the two sizes is held.
    const mostHeld = size - gcd(size, itemSize);
    this.maxOutput = Math.max(1, Math.floor((mostHeld + this.maxInput * itemSize) / size));
  }

  /** NaN and infinities of the input coded as zero so far. */
  get faults(): number {
    return this.#faults;
  }

  /** Blocks whose largest sample was beyond the reach of the tensor scale, and held there, so far. */
  get saturated(): number {
    return this.#coder.saturated;
  }

  inputNeeded(outputCount: number): number {
    return Math.ceil((outputCount * this.#framesPerPacket) / this.#itemSize);
  }

  /** Real-time safe. */
  processInto(input: Port, output: Port): number {
    this.checkAlive();
    const { pointer, planeBytes } = checkSamplesPort(this, 'input', input, this.#itemSize, 0);
    const target = checkPacketsPort(this, 'output', output, this.maxPacketBytes, this.maxOutput);
    const values = checkCount(this, input) * this.#itemSize;
    const size = this.#framesPerPacket;
    let used = 0;
    let count = 0;
    while (values - used >= size - this.#held) {
      if (this.#held === 0) {
        this.#encode(pointer + 4 * used, planeBytes, target, count++, size);
        used += size;
      } else {
        used += this.#gather(pointer + 4 * used, planeBytes, size - this.#held);
        this.#encode(this.#gathered.byteOffset, 4 * size, target, count++, size);
        this.#held = 0;
      }
    }
    if (used < values) this.#gather(pointer + 4 * used, planeBytes, values - used);
    target.count = count;
    return count;
  }

  /** Real-time safe. */
  flushInto(output: Port): number {
    this.checkAlive();
    const target = checkPacketsPort(this, 'output', output, this.maxPacketBytes, 1);
    const held = this.#held;
    target.count = held > 0 ? 1 : 0;
    if (held === 0) {
      this.#coder.reset();
      return 0;
    }
    const size = this.#framesPerPacket;
    for (let channel = 0; channel < this.input.channels; channel++) {
      this.#gathered.fill(0, channel * size + held, (channel + 1) * size);
    }
    this.#encode(this.#gathered.byteOffset, 4 * size, target, 0, held);
    this.#held = 0;
    this.#coder.reset();
    return 1;
  }

  /** Real-time safe. */
  reset(): void {
    this.checkAlive();
    this.#held = 0;
    this.#coder.reset();
  }

  override dispose(): void {
    this.#coder?.dispose();
    super.dispose();
  }

  /** Adds `values` of each channel to what is held; returns that number. */
  #gather(source: number, planeBytes: number, values: number): number {
    const { kernels } = this.engine;
    const gatheredBytes = 4 * this.#framesPerPacket;
    for (let channel = 0; channel < this.input.channels; channel++) {
      const target = this.#gathered.byteOffset + channel * gatheredBytes + 4 * this.#held;
      this.#faults += kernels.copyFiniteF32(target, source + channel * planeBytes, values);
    }
    this.#held += values;
    return values;
  }

  /** Writes packet `index` of the port from planes at `source`; `frames` of its values belong to the stream. */
  #encode(source: number, planeBytes: number, output: PacketsPort, index: number, frames: number): void {
    const { blocksPerChannel, channelBytes, packetBytes } = this.#layout;
    const offset = index * packetBytes;
    output.offsets[index] = offset;
    output.lengths[index] = packetBytes;
    output.frames[index] = frames;
    for (let channel = 0; channel < this.input.channels; channel++) {
      const target = output.pointer + offset + channel * channelBytes;
      this.#faults += this.#coder.encodeRun(target, source + channel * planeBytes, blocksPerChannel, channel);
    }
  }
}
