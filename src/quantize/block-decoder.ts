/** Packets of coded blocks in, frames or blocks out. */
import { checkBytes, checkInteger, checkOneOf, checkOptions, throwType } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { BitstreamError } from '../engine/errors.js';
import { BaseStage } from '../stage/base-stage.js';
import { decodedFormat } from '../stage/coded-samples.js';
import type { BlocksFormat, FramesFormat, PacketsFormat } from '../stage/format.js';
import type { PacketsPort, Port, SamplesPort } from '../stage/port.js';
import { checkCount, checkPacketsPort, checkSamplesPort } from '../stage/port-checks.js';
import { gcd, lcm, toRate } from '../stage/rational.js';
import type { StagePeriod } from '../stage/stage.js';
import { BlockCoder } from './_block-coder.js';
import { type PacketLayout, packetLayout, readParameters } from './_packets.js';

export interface BlockDecoderOptions {
  /** The packets that come in: the `output` of a BlockEncoder, or the same data read from a stream header. */
  readonly input: PacketsFormat;
  /** Most packets of one `processInto` call. Default 128 frames' worth, at least one. */
  readonly maxInput?: number;
}

/** Values of a default call: the render quantum of Web Audio. */
const QUANTUM = 128;

/**
 * Decodes the packets of a BlockEncoder. Frames come out, or blocks where the encoder was fed blocks. From ports it
 * gives as many values of a packet as its `frames` record says, so the stream has exactly the length that was encoded;
 * `process` has no such record and gives whole packets. Latency 0.
 *
 * Damage: through `processInto` a packet of a wrong length (one of length 0, say, that stands for a lost packet) becomes
 * zeros of the right length, and so does a block whose scale no encoder writes; both are counted in `faults`. `process`
 * throws a BitstreamError for a wrong length, before it decodes anything. Whatever the bytes, all samples are finite.
 *
 * After construction `processInto`, `flushInto` and `reset` are real-time safe.
 *
 * @example
 * ```ts
 * import { BlockDecoder, Engine } from 'paley';
 *
 * const engine = await Engine.load();
 * const decoder = new BlockDecoder(engine, {
 *   input: {
 *     kind: 'packets',
 *     codec: 'int4',
 *     parameters: { blockSize: 32, rotation: 'none', seed: 0 },
 *     framesPerPacket: 32,
 *     sampleRate: { numerator: 16000, denominator: 1 },
 *     channels: 1,
 *   },
 * });
 * const [samples] = decoder.process([new Uint8Array(18)]); // 32 zeros
 * ```
 */
export class BlockDecoder extends BaseStage<Uint8Array[], Float32Array[]> {
  readonly name: string;
  readonly input: PacketsFormat;
  readonly output: FramesFormat | BlocksFormat;
  readonly period: StagePeriod;
  readonly maxInput: number;
  readonly maxOutput: number;
  /** The engine's whole memory, to clear parts of it. */
  readonly #memory: Float32Array<ArrayBuffer>;
  readonly #coder: BlockCoder;
  readonly #layout: PacketLayout;
  readonly #framesPerPacket: number;
  /** Values of a channel in an item of output. */
  readonly #itemSize: number;
  /** Room for a packet and the part of a block before it, channel after channel; 0 where packets are whole blocks. */
  readonly #gathered: number = 0;
  readonly #gatheredBytes: number;
  #held = 0;
  #faults = 0;

  /**
   * @throws TypeError or RangeError where the format is not one of a BlockEncoder's packets; EngineMemoryError where
   * memory runs out.
   */
  constructor(engine: Engine, options: BlockDecoderOptions) {
    super(engine);
    checkOptions('BlockDecoder', options, ['input', 'maxInput']);
    const { input, maxInput } = options;
    if (typeof input !== 'object' || input === null) throwType('input', 'a format of packets', input);
    checkOneOf('input.kind', input.kind, ['packets']);
    const channels = checkInteger('input.channels', input.channels, 1, 64);
    const size = input.framesPerPacket;
    const { options: blockOptions, valuesPerBlock } = readParameters(input);
    this.input = input;
    this.output = Object.freeze(decodedFormat(toRate('input.sampleRate', input.sampleRate), channels, valuesPerBlock));
    const itemSize = valuesPerBlock ?? 1;
    this.#memory = new Float32Array(engine.buffer);
    this.#gatheredBytes = 4 * (itemSize - 1 + size);
    this.#coder = new BlockCoder(engine, blockOptions);
    try {
      this.#layout = packetLayout(this.#coder, channels, size);
      this.maxInput = checkInteger('maxInput', maxInput ?? Math.ceil(QUANTUM / size), 1, 2 ** 20);
      if (size % itemSize !== 0) this.#gathered = this.reserve(channels * this.#gatheredBytes);
    } catch (error) {
      this.#coder.dispose();
      throw error;
    }
    this.#framesPerPacket = size;
    this.#itemSize = itemSize;
    this.name = `decode ${this.#coder.format}`;
    const repeat = lcm(size, itemSize);
    this.period = { input: repeat / size, output: repeat / itemSize };
    const mostHeld = itemSize - gcd(size, itemSize);
    this.maxOutput = Math.max(1, Math.floor((mostHeld + this.maxInput * size) / itemSize));
  }

  /** Packets of a wrong length and blocks of an impossible scale that became zeros so far. */
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
    const itemSize = this.#itemSize;
    const source = checkPacketsPort(this, 'input', input, 0, 0);
    const target = checkSamplesPort(this, 'output', output, itemSize, this.maxOutput);
    const count = checkCount(this, source);
    let values = 0;
    for (let index = 0; index < count; index++) {
      const frames = Math.min(source.frames[index], this.#framesPerPacket);
      if (this.#gathered === 0) {
        this.#decode(source, index, target.pointer + 4 * values, target.planeBytes);
        values += frames - (frames % itemSize);
      } else {
        this.#decode(source, index, this.#gathered + 4 * this.#held, this.#gatheredBytes);
        this.#held += frames;
        values += this.#takeBlocks(target, values);
      }
    }
    target.count = values / itemSize;
    return target.count;
  }

  /** Real-time safe. Nothing is owed at the end: what does not fill a block was the encoder's padding. */
  flushInto(output: Port): number {
    this.checkAlive();
    this.#held = 0;
    output.count = 0;
    return 0;
  }

  /** @throws BitstreamError where a packet has not the length of this stream's packets. Not real-time safe. */
  override process(packets: Uint8Array[]): Float32Array[] {
    this.checkAlive();
    if (!Array.isArray(packets)) throwType('packets', 'an array of Uint8Array', packets);
    const { packetBytes } = this.#layout;
    for (let index = 0; index < packets.length; index++) {
      const { length } = checkBytes(`packets[${index}]`, packets[index]);
      if (length !== packetBytes) {
        throw new BitstreamError(
          `packets[${index}] expected the ${packetBytes} bytes of ${this.input.framesPerPacket} frames, got ${length}`,
          Math.min(length, packetBytes),
        );
      }
    }
    return super.process(packets);
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

  /** Decodes packet `index`, or zeros in its place, to planes at `target`. */
  #decode(input: PacketsPort, index: number, target: number, planeBytes: number): void {
    const { blocksPerChannel, channelBytes, packetBytes } = this.#layout;
    const offset = input.offsets[index];
    const intact = input.lengths[index] === packetBytes && offset + packetBytes <= input.bytes.length;
    if (!intact) this.#faults++;
    for (let channel = 0; channel < this.input.channels; channel++) {
      const plane = target + channel * planeBytes;
      if (intact) {
        const source = input.pointer + offset + channel * channelBytes;
        this.#faults += this.#coder.decodeRun(plane, source, blocksPerChannel);
      } else {
        this.#memory.fill(0, plane >> 2, (plane >> 2) + this.#framesPerPacket);
      }
    }
  }

  /** Moves the whole blocks that are gathered to the port, after `offset` values; returns how many values those were. */
  #takeBlocks(output: SamplesPort, offset: number): number {
    const { kernels } = this.engine;
    const rest = this.#held % this.#itemSize;
    const values = this.#held - rest;
    if (values === 0) return 0;
    for (let channel = 0; channel < this.input.channels; channel++) {
      const plane = this.#gathered + channel * this.#gatheredBytes;
      kernels.copyFiniteF32(output.pointer + channel * output.planeBytes + 4 * offset, plane, values);
      // The rest is shorter than a block, so the two runs do not overlap.
      kernels.copyFiniteF32(plane, plane + 4 * values, rest);
    }
    this.#held = rest;
    return values;
  }
}
