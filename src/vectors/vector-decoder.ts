/** Packets of coded vectors in, frames or blocks out. */
import { checkBytes, checkInteger, checkOneOf, checkOptions, throwType } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { BitstreamError } from '../engine/errors.js';
import { BaseStage } from '../stage/base-stage.js';
import { decodedFormat } from '../stage/coded-samples.js';
import type { BlocksFormat, FramesFormat, PacketsFormat } from '../stage/format.js';
import type { PacketsPort, Port } from '../stage/port.js';
import { checkCount, checkPacketsPort, checkSamplesPort } from '../stage/port-checks.js';
import { toRate } from '../stage/rational.js';
import type { StagePeriod } from '../stage/stage.js';
import { VectorCoder } from './_vector-coder.js';
import { readVectorParameters, type VectorDirection, type VectorLayout, vectorLayout } from './_vector-packets.js';

export interface VectorDecoderOptions {
  /** The packets that come in: the `output` of a VectorEncoder, or the same data read from a stream header. */
  readonly input: PacketsFormat;
  /** Most packets of one `processInto` call. Default 128 frames' worth, at least one. */
  readonly maxInput?: number;
}

/** Values of a default call: the render quantum of Web Audio. */
const QUANTUM = 128;

/**
 * Decodes the packets of a VectorEncoder: frames, or blocks where the encoder was fed blocks. From ports it gives as many
 * values of a packet as its `frames` record says; `process` has no such record and gives whole packets. Latency 0.
 *
 * Damage: through `processInto` a packet of a wrong length becomes zeros of the right length, and so does a vector that no
 * encoder writes; both are counted in `faults`. `process` throws a BitstreamError for a wrong length, before it decodes
 * anything. Whatever the bytes, all samples are finite. After construction `processInto`, `flushInto` and `reset` are
 * real-time safe.
 *
 * @example
 * ```ts
 * import { Engine, VectorDecoder } from 'paley';
 *
 * const engine = await Engine.load();
 * const decoder = new VectorDecoder(engine, {
 *   input: {
 *     kind: 'packets',
 *     codec: 'eden',
 *     parameters: { dimension: 64, bits: 2 },
 *     framesPerPacket: 64,
 *     sampleRate: { numerator: 16000, denominator: 1 },
 *     channels: 1,
 *   },
 * });
 * const [samples] = decoder.process([new Uint8Array(20)]); // 64 zeros
 * ```
 */
export class VectorDecoder extends BaseStage<Uint8Array[], Float32Array[]> {
  readonly name: string;
  readonly input: PacketsFormat;
  readonly output: FramesFormat | BlocksFormat;
  readonly period: StagePeriod;
  readonly maxInput: number;
  readonly maxOutput: number;
  /** The engine's whole memory, to move values in it. */
  readonly #memory: Float32Array<ArrayBuffer>;
  readonly #coder: VectorCoder;
  readonly #layout: VectorLayout;
  readonly #across: VectorDirection;
  readonly #framesPerPacket: number;
  /** Values of a channel in an item of output. */
  readonly #itemSize: number;
  #faults = 0;

  /**
   * @throws TypeError or RangeError where the format is not one of a VectorEncoder's packets; EngineMemoryError where
   * memory runs out.
   */
  constructor(engine: Engine, options: VectorDecoderOptions) {
    super(engine);
    checkOptions('VectorDecoder', options, ['input', 'maxInput']);
    const { input, maxInput } = options;
    if (typeof input !== 'object' || input === null) throwType('input', 'a format of packets', input);
    checkOneOf('input.kind', input.kind, ['packets']);
    const channels = checkInteger('input.channels', input.channels, 1, 64);
    const { options: vectorOptions, across, valuesPerBlock } = readVectorParameters(input);
    this.#across = checkOneOf('input.parameters.across', across, ['time', 'channels']);
    this.input = input;
    const sampleRate = toRate('input.sampleRate', input.sampleRate);
    this.#coder = new VectorCoder(engine, 'input.parameters', vectorOptions);
    const { dimension, codec } = this.#coder.options;
    const size = input.framesPerPacket;
    try {
      if (valuesPerBlock !== undefined) {
        checkInteger('input.parameters.valuesPerBlock', valuesPerBlock, dimension, dimension);
      }
      this.#layout = vectorLayout(this.#coder, channels, this.#across, size);
      this.maxInput = checkInteger('maxInput', maxInput ?? Math.ceil(QUANTUM / size), 1, 2 ** 20);
    } catch (error) {
      this.#coder.dispose();
      throw error;
    }
    this.output = Object.freeze(decodedFormat(sampleRate, channels, valuesPerBlock));
    this.#memory = new Float32Array(engine.buffer);
    this.#framesPerPacket = size;
    this.#itemSize = valuesPerBlock ?? 1;
    this.name = `decode ${codec}`;
    this.period = { input: 1, output: size / this.#itemSize };
    this.maxOutput = (this.maxInput * size) / this.#itemSize;
  }

  /** Packets of a wrong length and impossible vectors that became zeros so far. */
  get faults(): number {
    return this.#faults;
  }

  override get inputPacketBytes(): number {
    return this.#layout.packetBytes;
  }

  inputNeeded(outputCount: number): number {
    return Math.ceil((outputCount * this.#itemSize) / this.#framesPerPacket);
  }

  /** Real-time safe. */
  processInto(input: Port, output: Port): number {
    this.checkAlive();
    const source = checkPacketsPort(this, 'input', input, 0, 0);
    const target = checkSamplesPort(this, 'output', output, this.#itemSize, this.maxOutput);
    const count = checkCount(this, source);
    let values = 0;
    for (let index = 0; index < count; index++) {
      const frames = Math.min(source.frames[index], this.#framesPerPacket);
      this.#decode(source, index, target.pointer + 4 * values, target.planeBytes);
      values += frames - (frames % this.#itemSize);
    }
    target.count = values / this.#itemSize;
    return target.count;
  }

  /** Real-time safe. Nothing is owed at the end. */
  flushInto(output: Port): number {
    this.checkAlive();
    output.count = 0;
    return 0;
  }

  /** @throws BitstreamError where a packet has not the length of its vectors. Not real-time safe. */
  override process(packets: Uint8Array[]): Float32Array[] {
    this.checkAlive();
    if (!Array.isArray(packets)) throwType('packets', 'an array of Uint8Array', packets);
    for (let index = 0; index < packets.length; index++) {
      const { length } = checkBytes(`packets[${index}]`, packets[index]);
      if (this.#holds(packets[index], 0, length)) continue;
      throw new BitstreamError(
        `packets[${index}] expected the coded vectors of ${this.input.framesPerPacket} frames, got ${length} bytes`,
        Math.min(length, this.#layout.packetBytes),
      );
    }
    return super.process(packets);
  }

  /** Real-time safe. */
  reset(): void {
    this.checkAlive();
  }

  override dispose(): void {
    this.#coder?.dispose();
    super.dispose();
  }

  /** Whether the bytes from `at` to `end` are as many as the packet's vectors have. */
  #holds(bytes: Uint8Array, at: number, end: number): boolean {
    const { runs, vectorsPerRun, packetBytes } = this.#layout;
    const { lengthAt } = this.#coder.scheme;
    if (lengthAt === undefined) return end - at === packetBytes;
    let next = at;
    for (let vector = runs * vectorsPerRun; vector > 0; vector--) {
      const length = lengthAt(bytes, next, end);
      if (length < 0) return false;
      next += length;
    }
    return next === end;
  }

  /** Decodes packet `index`, or zeros in its place, to planes at `target`. */
  #decode(input: PacketsPort, index: number, target: number, planeBytes: number): void {
    const { runs, vectorsPerRun, packetBytes } = this.#layout;
    const { chunkVectors, scheme, options, work } = this.#coder;
    const at = input.offsets[index];
    const end = at + input.lengths[index];
    const isIntact = end - at <= packetBytes && end <= input.bytes.length && this.#holds(input.bytes, at, end);
    if (!isIntact) {
      this.#faults++;
      for (let channel = 0; channel < this.input.channels; channel++) {
        const plane = (target + channel * planeBytes) >> 2;
        this.#memory.fill(0, plane, plane + this.#framesPerPacket);
      }
      return;
    }
    let next = at;
    for (let run = 0; run < runs; run++) {
      for (let first = 0; first < vectorsPerRun; first += chunkVectors) {
        const count = Math.min(chunkVectors, vectorsPerRun - first);
        this.#faults += scheme.decode(work, input.pointer + next, count);
        this.#coder.turnBack(count);
        for (let vector = 0; vector < count; vector++) {
          next += scheme.lengthAt === undefined ? scheme.vectorBytes : scheme.lengthAt(input.bytes, next, end);
        }
        if (this.#across === 'time') {
          const plane = (target + run * planeBytes + 4 * first * options.dimension) >> 2;
          this.#memory.copyWithin(plane, work >> 2, (work >> 2) + count * options.dimension);
        } else {
          this.#spread(target, planeBytes, first, count);
        }
      }
    }
  }

  /** Takes vectors across channels apart. */
  #spread(target: number, planeBytes: number, first: number, count: number): void {
    const { channels } = this.input;
    const { dimension } = this.#coder.options;
    const from = this.#coder.work >> 2;
    const frames = (count * dimension) / channels;
    for (let channel = 0; channel < channels; channel++) {
      const plane = ((target + channel * planeBytes) >> 2) + (first * dimension) / channels;
      for (let frame = 0; frame < frames; frame++) {
        this.#memory[plane + frame] = this.#memory[from + frame * channels + channel];
      }
    }
  }
}
