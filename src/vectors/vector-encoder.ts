/** Frames or blocks in, packets of coded vectors out. */
import { checkInteger, checkOneOf, checkOptions, throwRange } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { BaseStage } from '../stage/base-stage.js';
import { checkCodable } from '../stage/coded-samples.js';
import { type BlocksFormat, type FramesFormat, type PacketsFormat, valueRate } from '../stage/format.js';
import type { PacketsPort, Port } from '../stage/port.js';
import { checkCount, checkPacketsPort, checkSamplesPort } from '../stage/port-checks.js';
import { lcm } from '../stage/rational.js';
import type { StagePeriod } from '../stage/stage.js';
import { VectorCoder } from './_vector-coder.js';
import { type VectorOptions, vectorOptionNames } from './_vector-options.js';
import { type VectorDirection, type VectorLayout, vectorLayout, vectorParameters } from './_vector-packets.js';

export interface VectorEncoderOptions extends Omit<VectorOptions, 'dimension'> {
  /** What comes in: frames of float32 samples, or blocks, each of them a vector. */
  readonly input: FramesFormat | BlocksFormat;
  /** Values of a vector; of blocks, their size, which is the default. */
  readonly dimension?: number;
  /**
   * `time`: a vector is `dimension` values of one channel; `channels`, for frames: all channels at one instant, or at
   * dimension/channels of them, frame by frame. Default `time`.
   */
  readonly across?: VectorDirection;
  /** Values of each channel in a packet, a whole number of vectors. Default one vector of each channel. */
  readonly framesPerPacket?: number;
  /** Most frames, or blocks, of one `processInto` call. Default 128 values' worth, at least one. */
  readonly maxInput?: number;
}

/** Values of a default call: the render quantum of Web Audio. */
const QUANTUM = 128;

/**
 * Codes a stream as vectors, by any codec of `VectorCodec`. Packet k holds values k·framesPerPacket and on of every channel,
 * channel after channel, or the vectors across them; the last packet is filled with zeros, and the `frames` record of its port
 * says how many of its values belong to the stream. Latency: of frames, framesPerPacket − 1.
 *
 * NaN is coded as zero, values beyond ±2^80 are held there, both counted in `faults`. After construction `processInto`,
 * `flushInto` and `reset` are real-time safe.
 *
 * @example
 * ```ts
 * import { Engine, VectorDecoder, VectorEncoder } from 'paley';
 *
 * const engine = await Engine.load();
 * const input = { kind: 'frames', sampleRate: { numerator: 100, denominator: 1 }, channels: 32, sample: 'f32' } as const;
 * const encoder = new VectorEncoder(engine, { input, codec: 'saw-int4', dimension: 32, across: 'channels' });
 * const decoder = new VectorDecoder(engine, { input: encoder.output });
 * const sensors = Array.from({ length: 32 }, (_, channel) => new Float32Array(50).fill(channel));
 * const packets = encoder.process(sensors); // 50 of them, 24 bytes each
 * const planes = decoder.process(packets);
 * ```
 */
export class VectorEncoder extends BaseStage<Float32Array[], Uint8Array[]> {
  readonly name: string;
  readonly input: FramesFormat | BlocksFormat;
  readonly output: PacketsFormat;
  readonly period: StagePeriod;
  readonly maxInput: number;
  readonly maxOutput: number;
  override readonly maxPacketBytes: number;
  readonly #coder: VectorCoder;
  readonly #layout: VectorLayout;
  readonly #across: VectorDirection;
  /** Values of a channel in an item of input. */
  readonly #itemSize: number;
  readonly #framesPerPacket: number;
  /** One packet's values, channel after channel. */
  readonly #gathered: Float32Array<ArrayBuffer>;
  /** A chunk of vectors in the coder's memory. */
  readonly #work: Float32Array<ArrayBuffer>;
  #held = 0;
  #faults = 0;

  /** @throws TypeError or RangeError for a wrong option; EngineMemoryError where memory runs out. */
  constructor(engine: Engine, options: VectorEncoderOptions) {
    super(engine);
    checkOptions('VectorEncoder', options, [...vectorOptionNames, 'input', 'across', 'framesPerPacket', 'maxInput']);
    const { input, across, framesPerPacket, maxInput, ...rest } = options;
    this.input = checkCodable(input);
    const isBlocks = input.kind === 'blocks';
    const { channels } = input;
    const itemSize = isBlocks ? input.size : 1;
    if (isBlocks && rest.dimension !== undefined && rest.dimension !== itemSize) {
      throwRange('dimension', `the size of the blocks, ${itemSize}`, rest.dimension);
    }
    const vectorOptions = { ...rest, dimension: rest.dimension ?? itemSize };
    this.#across = checkOneOf('across', across ?? 'time', isBlocks ? ['time'] : ['time', 'channels']);
    this.maxInput = checkInteger('maxInput', maxInput ?? Math.ceil(QUANTUM / itemSize), 1, 2 ** 20);
    this.#coder = new VectorCoder(engine, 'VectorEncoder', vectorOptions);
    const { dimension, codec } = this.#coder.options;
    const size = framesPerPacket ?? (this.#across === 'time' ? dimension : dimension / channels);
    try {
      this.#layout = vectorLayout(this.#coder, channels, this.#across, size);
      this.#gathered = this.reserveFloat32(channels * size);
    } catch (error) {
      this.#coder.dispose();
      throw error;
    }
    this.#work = new Float32Array(engine.buffer, this.#coder.work, this.#coder.chunkVectors * dimension);
    this.#itemSize = itemSize;
    this.#framesPerPacket = size;
    this.name = `encode ${codec}`;
    this.output = Object.freeze({
      kind: 'packets',
      codec,
      parameters: vectorParameters(vectorOptions, this.#across, input),
      framesPerPacket: size,
      sampleRate: valueRate(input),
      channels,
    });
    this.maxPacketBytes = this.#layout.packetBytes;
    const repeat = lcm(size, itemSize);
    this.period = { input: repeat / itemSize, output: repeat / size };
    this.maxOutput = Math.max(1, Math.floor((size - itemSize + this.maxInput * itemSize) / size));
  }

  /** NaN of the input coded as zero, and values held, so far. */
  get faults(): number {
    return this.#faults;
  }

  inputNeeded(outputCount: number): number {
    return Math.ceil((outputCount * this.#framesPerPacket) / this.#itemSize);
  }

  /** Real-time safe. */
  processInto(input: Port, output: Port): number {
    this.checkAlive();
    const source = checkSamplesPort(this, 'input', input, this.#itemSize, 0);
    const target = checkPacketsPort(this, 'output', output, this.maxPacketBytes, this.maxOutput);
    const values = checkCount(this, input) * this.#itemSize;
    const size = this.#framesPerPacket;
    const { takeVectors } = this.#coder;
    let used = 0;
    let count = 0;
    while (used < values) {
      const part = Math.min(values - used, size - this.#held);
      for (let channel = 0; channel < this.input.channels; channel++) {
        const from = source.pointer + channel * source.planeBytes + 4 * used;
        const to = this.#gathered.byteOffset + 4 * (channel * size + this.#held);
        this.#faults += takeVectors(to, from, part);
      }
      used += part;
      this.#held += part;
      if (this.#held === size) {
        this.#encode(target, count++, size);
        this.#held = 0;
      }
    }
    target.count = count;
    return count;
  }

  /** Real-time safe. */
  flushInto(output: Port): number {
    this.checkAlive();
    const target = checkPacketsPort(this, 'output', output, this.maxPacketBytes, 1);
    const held = this.#held;
    target.count = held > 0 ? 1 : 0;
    if (held === 0) return 0;
    const size = this.#framesPerPacket;
    for (let channel = 0; channel < this.input.channels; channel++) {
      this.#gathered.fill(0, channel * size + held, (channel + 1) * size);
    }
    this.#encode(target, 0, held);
    this.#held = 0;
    return 1;
  }

  /** Real-time safe. */
  reset(): void {
    this.checkAlive();
    this.#held = 0;
  }

  override dispose(): void {
    this.#coder?.dispose();
    super.dispose();
  }

  /** Writes packet `index` of the port; `frames` of its values belong to the stream. */
  #encode(output: PacketsPort, index: number, frames: number): void {
    const { runs, vectorsPerRun, packetBytes } = this.#layout;
    const { chunkVectors } = this.#coder;
    const start = output.pointer + index * packetBytes;
    let target = start;
    for (let run = 0; run < runs; run++) {
      for (let first = 0; first < vectorsPerRun; first += chunkVectors) {
        const count = Math.min(chunkVectors, vectorsPerRun - first);
        this.#bring(run, first, count);
        this.#coder.turn(count);
        target += this.#coder.scheme.encode(target, this.#coder.work, count);
      }
    }
    output.offsets[index] = index * packetBytes;
    output.lengths[index] = target - start;
    output.frames[index] = frames;
  }

  /** Brings vectors from what is gathered, which is finite, to the coder's memory. */
  #bring(run: number, first: number, count: number): void {
    const { dimension } = this.#coder.options;
    const size = this.#framesPerPacket;
    if (this.#across === 'time') {
      this.#coder.take(this.#gathered.byteOffset + 4 * (run * size + first * dimension), count);
      return;
    }
    const { channels } = this.input;
    const from = (first * dimension) / channels;
    const frames = (count * dimension) / channels;
    for (let channel = 0; channel < channels; channel++) {
      const plane = channel * size + from;
      for (let frame = 0; frame < frames; frame++) {
        this.#work[frame * channels + channel] = this.#gathered[plane + frame];
      }
    }
  }
}
