/**
 * The two shapes of a stage that works on blocks: frames gathered into blocks and transformed, and blocks transformed
 * back and laid out as frames. A subclass supplies the transform.
 */
import { checkInteger, throwType } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import type { CoreKernels } from '../engine/kernels.js';
import { BaseStage } from '../stage/base-stage.js';
import { type BlocksFormat, describeFormat, type FramesFormat, type StreamFormat } from '../stage/format.js';
import type { Plane, Port } from '../stage/port.js';
import { checkCount, checkSamplesPort } from '../stage/port-checks.js';
import { divide, multiply } from '../stage/rational.js';
import type { StagePeriod } from '../stage/stage.js';

/** Frames taken by one call where nothing else is said. */
const DEFAULT_MAX_FRAMES = 4096;

/** The types of sample a stage has kernels for. */
type FloatSample = 'f32' | 'f64';

const ONLY_F32: readonly FloatSample[] = ['f32'];

const bytesOf = (sample: FloatSample) => (sample === 'f64' ? 8 : 4);

function checkFrames(title: string, format: StreamFormat, samples: readonly FloatSample[]): FloatSample {
  if (typeof format !== 'object' || format === null) throwType(title, 'a stream format', format);
  const sample = format.kind === 'frames' ? samples.find((allowed) => allowed === format.sample) : undefined;
  if (sample === undefined) {
    throw new TypeError(`${title} expected ${samples.join(' or ')} frames, got ${describeFormat(format)}`);
  }
  return sample;
}

function checkBlocks(title: string, format: StreamFormat, samples: readonly FloatSample[]): FloatSample {
  if (typeof format !== 'object' || format === null) throwType(title, 'a stream format', format);
  const sample = format.kind === 'blocks' ? (format.sample ?? 'f32') : undefined;
  if (sample === undefined || !samples.includes(sample)) {
    const types = samples.length > 1 ? `${samples.join(' or ')} ` : '';
    throw new TypeError(`${title} expected ${types}blocks, got ${describeFormat(format)}`);
  }
  return sample;
}

/** Gathers `size` frames of every channel into a block and transforms it in the output port. */
export abstract class GatheringStage<P extends Plane = Float32Array> extends BaseStage<P[], P[]> {
  readonly input: FramesFormat;
  readonly output: BlocksFormat;
  readonly period: StagePeriod;
  readonly maxInput: number;
  readonly maxOutput: number;
  readonly #size: number;
  readonly #sample: FloatSample;
  /** The bytes of the frames of the block not yet complete: a plane of `size` values a channel. */
  readonly #pending: Uint8Array<ArrayBuffer>;
  readonly #copyFinite: CoreKernels['copyFiniteF32'];
  #held = 0;
  #faults = 0;

  protected constructor(
    engine: Engine,
    input: FramesFormat,
    size: number,
    maxInput: number = DEFAULT_MAX_FRAMES,
    samples: readonly FloatSample[] = ONLY_F32,
  ) {
    super(engine);
    this.#sample = checkFrames('input', input, samples);
    this.input = input;
    this.#size = size;
    this.output = Object.freeze({
      kind: 'blocks',
      blockRate: divide(input.sampleRate, { numerator: size, denominator: 1 }),
      channels: input.channels,
      size,
      ...(this.#sample === 'f64' && { sample: this.#sample }),
    });
    this.period = { input: size, output: 1 };
    this.maxInput = checkInteger('maxInput', maxInput, 1, 2 ** 24);
    this.maxOutput = Math.max(1, Math.floor((size - 1 + maxInput) / size));
    const pendingBytes = size * input.channels * bytesOf(this.#sample);
    this.#pending = new Uint8Array(engine.buffer, this.reserve(pendingBytes), pendingBytes);
    this.#copyFinite = this.#sample === 'f64' ? engine.kernels.copyFiniteF64 : engine.kernels.copyFiniteF32;
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
    const sample = this.#sample;
    const source = checkSamplesPort(this, 'input', input, 1, 0, sample);
    const target = checkSamplesPort(this, 'output', output, this.#size, this.maxOutput, sample);
    const count = checkCount(this, source);
    const size = this.#size;
    const held = this.#held;
    const blocks = Math.floor((held + count) / size);
    // Frames that go straight into the output; those after them wait for the rest of their block.
    const direct = blocks > 0 ? blocks * size - held : 0;
    const left = held + count - blocks * size;
    const copyFinite = this.#copyFinite;
    const bytes = bytesOf(sample);
    let faults = 0;
    for (let channel = 0; channel < this.input.channels; channel++) {
      const from = source.pointer + channel * source.planeBytes;
      const pending = this.#pending.byteOffset + channel * size * bytes;
      if (blocks > 0) {
        const to = target.pointer + channel * target.planeBytes;
        copyFinite(to, pending, held);
        faults += copyFinite(to + held * bytes, from, direct);
        faults += copyFinite(pending, from + direct * bytes, left);
        this.transformBlocks(to, blocks);
      } else {
        faults += copyFinite(pending + held * bytes, from, count);
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
    const target = checkSamplesPort(this, 'output', output, this.#size, 1, this.#sample);
    const blockBytes = this.#size * bytesOf(this.#sample);
    const heldBytes = this.#held * bytesOf(this.#sample);
    const blocks = this.#held > 0 ? 1 : 0;
    for (let channel = 0; channel < this.input.channels && blocks > 0; channel++) {
      const to = target.pointer + channel * target.planeBytes;
      const from = channel * blockBytes;
      this.#pending.fill(0, from + heldBytes, from + blockBytes);
      this.#copyFinite(to, this.#pending.byteOffset + from, this.#size);
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
export abstract class SpreadingStage<P extends Plane = Float32Array> extends BaseStage<P[], P[]> {
  readonly input: BlocksFormat;
  readonly output: FramesFormat;
  readonly period: StagePeriod;
  readonly maxInput: number;
  readonly maxOutput: number;
  readonly #size: number;
  readonly #sample: FloatSample;
  readonly #copyFinite: CoreKernels['copyFiniteF32'];
  #faults = 0;

  protected constructor(
    engine: Engine,
    input: BlocksFormat,
    maxInput?: number,
    samples: readonly FloatSample[] = ONLY_F32,
  ) {
    super(engine);
    this.#sample = checkBlocks('input', input, samples);
    this.#copyFinite = this.#sample === 'f64' ? engine.kernels.copyFiniteF64 : engine.kernels.copyFiniteF32;
    this.input = input;
    const { size, channels, blockRate } = input;
    this.#size = size;
    this.output = Object.freeze({
      kind: 'frames',
      sampleRate: multiply(blockRate, { numerator: size, denominator: 1 }),
      channels,
      sample: this.#sample,
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
    const source = checkSamplesPort(this, 'input', input, this.#size, 0, this.#sample);
    const target = checkSamplesPort(this, 'output', output, 1, this.maxOutput, this.#sample);
    const blocks = checkCount(this, source);
    const frames = blocks * this.#size;
    let faults = 0;
    for (let channel = 0; channel < this.input.channels; channel++) {
      const to = target.pointer + channel * target.planeBytes;
      faults += this.#copyFinite(to, source.pointer + channel * source.planeBytes, frames);
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
