/**
 * The two shapes of a stage that works on blocks: frames gathered into blocks and transformed, and blocks transformed
 * back and laid out as frames. A subclass supplies the transform.
 */
import { checkInteger, throwType } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { BaseStage } from '../stage/base-stage.js';
import { type BlocksFormat, describeFormat, type FramesFormat, type StreamFormat } from '../stage/format.js';
import type { Port } from '../stage/port.js';
import { checkCount, checkSamplesPort } from '../stage/port-checks.js';
import { divide, multiply } from '../stage/rational.js';
import type { StagePeriod } from '../stage/stage.js';

/** Frames taken by one call where nothing else is said. */
const DEFAULT_MAX_FRAMES = 4096;

type FloatFrames = FramesFormat & { readonly sample: 'f32' };

function checkFrames(title: string, format: StreamFormat): FloatFrames {
  if (typeof format !== 'object' || format === null) throwType(title, 'a stream format', format);
  if (format.kind !== 'frames' || format.sample !== 'f32') {
    throw new TypeError(`${title} expected f32 frames, got ${describeFormat(format)}`);
  }
  return format as FloatFrames;
}

function checkBlocks(title: string, format: StreamFormat): BlocksFormat {
  if (typeof format !== 'object' || format === null) throwType(title, 'a stream format', format);
  if (format.kind !== 'blocks') throw new TypeError(`${title} expected blocks, got ${describeFormat(format)}`);
  return format;
}

/** Gathers `size` frames of every channel into a block and transforms it in the output port. */
export abstract class GatheringStage extends BaseStage<Float32Array[], Float32Array[]> {
  readonly input: FramesFormat;
  readonly output: BlocksFormat;
  readonly period: StagePeriod;
  readonly maxInput: number;
  readonly maxOutput: number;
  readonly #size: number;
  /** The frames of the block not yet complete: a plane of `size` values a channel. */
  readonly #pending: Float32Array<ArrayBuffer>;
  #held = 0;
  #faults = 0;

  protected constructor(engine: Engine, input: FramesFormat, size: number, maxInput: number = DEFAULT_MAX_FRAMES) {
    super(engine);
    this.input = checkFrames('input', input);
    this.#size = size;
    this.output = Object.freeze({
      kind: 'blocks',
      blockRate: divide(input.sampleRate, { numerator: size, denominator: 1 }),
      channels: input.channels,
      size,
    });
    this.period = { input: size, output: 1 };
    this.maxInput = checkInteger('maxInput', maxInput, 1, 2 ** 24);
    this.maxOutput = Math.max(1, Math.floor((size - 1 + maxInput) / size));
    this.#pending = this.reserveFloat32(size * input.channels);
  }

  /** Transforms whole blocks, one behind the other, in place. */
  protected abstract transformBlocks(pointer: number, blocks: number): void;

  /** NaN and infinities replaced by zero so far. */
  get faults(): number {
    return this.#faults;
  }

  /** Frames before block `outputCount − 1` is complete. */
  inputNeeded(outputCount: number): number {
    return checkInteger('outputCount', outputCount, 0, Number.MAX_SAFE_INTEGER) * this.#size;
  }

  /** Takes `input.count` frames and writes the blocks they complete. Real-time safe. */
  processInto(input: Port, output: Port): number {
    this.checkAlive();
    const source = checkSamplesPort(this, 'input', input, 1, 0);
    const target = checkSamplesPort(this, 'output', output, this.#size, this.maxOutput);
    const count = checkCount(this, source);
    const size = this.#size;
    const held = this.#held;
    const blocks = Math.floor((held + count) / size);
    // Frames that go straight into the output; those after them wait for the rest of their block.
    const direct = blocks > 0 ? blocks * size - held : 0;
    const left = held + count - blocks * size;
    const { copyFiniteF32 } = this.engine.kernels;
    let faults = 0;
    for (let channel = 0; channel < this.input.channels; channel++) {
      const from = source.pointer + channel * source.planeBytes;
      const pending = this.#pending.byteOffset + channel * size * 4;
      if (blocks > 0) {
        const to = target.pointer + channel * target.planeBytes;
        copyFiniteF32(to, pending, held);
        faults += copyFiniteF32(to + held * 4, from, direct);
        faults += copyFiniteF32(pending, from + direct * 4, left);
        this.transformBlocks(to, blocks);
      } else {
        faults += copyFiniteF32(pending + held * 4, from, count);
      }
    }
    this.#held = left;
    this.#faults += faults;
    target.count = blocks;
    return blocks;
  }

  /** The last block, if it is incomplete, with zeros in its place of missing frames. Real-time safe. */
  flushInto(output: Port): number {
    this.checkAlive();
    const target = checkSamplesPort(this, 'output', output, this.#size, 1);
    const size = this.#size;
    const blocks = this.#held > 0 ? 1 : 0;
    for (let channel = 0; channel < this.input.channels && blocks > 0; channel++) {
      const to = target.pointer + channel * target.planeBytes;
      this.#pending.fill(0, channel * size + this.#held, (channel + 1) * size);
      this.engine.kernels.copyFiniteF32(to, this.#pending.byteOffset + channel * size * 4, size);
      this.transformBlocks(to, 1);
    }
    this.#held = 0;
    target.count = blocks;
    return blocks;
  }

  /** Forgets the frames of an incomplete block. Real-time safe. */
  reset(): void {
    this.checkAlive();
    this.#held = 0;
  }
}

/** Transforms every block back and lays it out as `size` frames. Holds nothing from one call to the next. */
export abstract class SpreadingStage extends BaseStage<Float32Array[], Float32Array[]> {
  readonly input: BlocksFormat;
  readonly output: FramesFormat;
  readonly period: StagePeriod;
  readonly maxInput: number;
  readonly maxOutput: number;
  readonly #size: number;
  #faults = 0;

  protected constructor(engine: Engine, input: BlocksFormat, maxInput?: number) {
    super(engine);
    this.input = checkBlocks('input', input);
    const { size, channels, blockRate } = input;
    this.#size = size;
    this.output = Object.freeze({
      kind: 'frames',
      sampleRate: multiply(blockRate, { numerator: size, denominator: 1 }),
      channels,
      sample: 'f32',
    });
    this.period = { input: 1, output: size };
    this.maxInput = checkInteger('maxInput', maxInput ?? Math.ceil(DEFAULT_MAX_FRAMES / size), 1, 2 ** 24);
    this.maxOutput = this.maxInput * size;
  }

  /** Transforms whole blocks, one behind the other, in place. */
  protected abstract transformBlocks(pointer: number, blocks: number): void;

  /** NaN and infinities replaced by zero so far. */
  get faults(): number {
    return this.#faults;
  }

  /** Blocks before frame `outputCount − 1` is there. */
  inputNeeded(outputCount: number): number {
    return Math.ceil(checkInteger('outputCount', outputCount, 0, Number.MAX_SAFE_INTEGER) / this.#size);
  }

  /** Takes `input.count` blocks and writes their frames. Real-time safe. */
  processInto(input: Port, output: Port): number {
    this.checkAlive();
    const source = checkSamplesPort(this, 'input', input, this.#size, 0);
    const target = checkSamplesPort(this, 'output', output, 1, this.maxOutput);
    const blocks = checkCount(this, source);
    const frames = blocks * this.#size;
    let faults = 0;
    for (let channel = 0; channel < this.input.channels; channel++) {
      const to = target.pointer + channel * target.planeBytes;
      faults += this.engine.kernels.copyFiniteF32(to, source.pointer + channel * source.planeBytes, frames);
      this.transformBlocks(to, blocks);
    }
    this.#faults += faults;
    target.count = frames;
    return frames;
  }

  /** There is never anything left. Real-time safe. */
  flushInto(output: Port): number {
    this.checkAlive();
    output.count = 0;
    return 0;
  }

  /** Does nothing: there is nothing to forget. Real-time safe. */
  reset(): void {
    this.checkAlive();
  }
}
