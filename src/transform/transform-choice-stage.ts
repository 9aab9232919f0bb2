/**
 * The transform that suits a stream, as a stage, and its inverse. The packet, `C` channels of blocks of `n` values:
 *
 *     byte 0            the transform: 0 wht, 1 haar, 2 dct, 3 dft
 *     bytes 1 … 3       zero
 *     bytes 4 …         C·n float32, channel after channel: orthonormal coefficients; of dft those of an FftStage
 */
import { checkOptions } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { Processor } from '../engine/processor.js';
import type { FramesFormat, PacketsFormat } from '../stage/format.js';
import { DctPlan } from './_dct-plan.js';
import { HaarPlan } from './_haar-plan.js';
import { checkPackets, PacketReadingStage, PacketWritingStage } from './_packet-stages.js';
import { WalshPlan } from './_walsh-plan.js';
import { PackedFft } from './fft-stage.js';
import {
  chooserOptionNames,
  type StreamTransform,
  streamTransforms,
  TransformChooser,
  type TransformChooserOptions,
} from './transform-choice.js';

const CODEC = 'chosen-transform';
const HEADER_BYTES = 4;

/** A transform of blocks in engine memory, in place. */
interface BlockTransform {
  forward(pointer: number, batch: number): void;
  inverse(pointer: number, batch: number): void;
}

/** The four transforms on float32 blocks in engine memory. */
class BlockTransforms extends Processor {
  readonly size: number;
  /** In the order of `streamTransforms`. */
  readonly #plans: readonly BlockTransform[];
  /** Those of them that hold memory of their own. */
  readonly #owned: Processor[] = [];

  constructor(engine: Engine, size: number) {
    super(engine);
    this.size = size;
    const own = <P extends Processor>(part: P): P => {
      this.#owned.push(part);
      return part;
    };
    try {
      const plans: Readonly<Record<StreamTransform, BlockTransform>> = {
        wht: new WalshPlan(engine, size, { scale: 'orthonormal' }),
        haar: own(new HaarPlan(engine, { size, levels: 31 - Math.clz32(size) })),
        dct: own(new DctPlan(engine, { size })),
        dft: own(new PackedFft(engine, size, 'orthonormal')),
      };
      this.#plans = streamTransforms.map((name) => plans[name]);
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  run(index: number, pointer: number, inverse: boolean): void {
    const plan = this.#plans[index];
    if (inverse) plan.inverse(pointer, 1);
    else plan.forward(pointer, 1);
  }

  override dispose(): void {
    for (const part of this.#owned) part.dispose();
    super.dispose();
  }
}

export interface TransformChoiceStageOptions extends TransformChooserOptions {
  /** The frames that come in; float32. */
  readonly input: FramesFormat;
  /** Most frames of one `processInto` call. Default 4096. */
  readonly maxInput?: number;
}

/**
 * Frames in, packets of transformed blocks out: a `TransformChooser` follows all channels together, each block is transformed
 * by its choice of that moment, the block itself included, and the packet says which it is. The last block is filled up with
 * zeros at the end of the stream. Latency: `size − 1` frames. NaN and infinities become zero and are counted in `faults`.
 * `processInto`, `flushInto` and `reset` are real-time safe.
 *
 * @example
 * ```ts
 * import { Engine, InverseTransformChoiceStage, TransformChoiceStage } from 'paley';
 *
 * const engine = await Engine.load();
 * const sampleRate = { numerator: 48000, denominator: 1 };
 * const input = { kind: 'frames', sampleRate, channels: 1, sample: 'f32' } as const;
 * const forward = new TransformChoiceStage(engine, { input, size: 16 });
 * const backward = new InverseTransformChoiceStage(engine, { input: forward.output });
 * const sine = Float32Array.from({ length: 160 }, (_, i) => Math.sin(i / 10));
 * const [again] = backward.process(forward.process([sine]));
 * console.log(forward.choice, again); // dct, and the sine
 * ```
 */
export class TransformChoiceStage extends PacketWritingStage {
  readonly name: string;
  readonly #chooser: TransformChooser;
  readonly #transforms: BlockTransforms;

  /** @throws TypeError or RangeError for options out of range; EngineMemoryError. */
  constructor(engine: Engine, options: TransformChoiceStageOptions) {
    checkOptions('TransformChoiceStageOptions', options, [...chooserOptionNames, 'input', 'maxInput']);
    const { input, maxInput, ...chooserOptions } = options;
    const chooser = new TransformChooser(engine, chooserOptions);
    const { size } = chooser;
    try {
      const packetBytes = HEADER_BYTES + 4 * size * input?.channels;
      super(engine, input, { codec: CODEC, parameters: {}, size, packetBytes }, maxInput);
    } catch (error) {
      chooser.dispose();
      throw error;
    }
    this.#chooser = chooser;
    this.name = `choose transform ${size}`;
    try {
      this.#transforms = new BlockTransforms(engine, size);
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** The transform in use. */
  get choice(): StreamTransform {
    return this.#chooser.choice;
  }

  protected writePacket(at: number): number {
    const { channels } = this.input;
    const { size } = this.#chooser;
    const { block, floats } = this;
    for (let channel = 0; channel < channels; channel++) this.#chooser.addBlock(block, channel * size, channels);
    this.#chooser.endBlock();
    const index = streamTransforms.indexOf(this.#chooser.choice);
    for (let channel = 0; channel < channels; channel++) {
      this.#transforms.run(index, block.byteOffset + 4 * channel * size, false);
    }
    this.words[at] = index;
    for (let i = 0; i < block.length; i++) floats[at + 1 + i] = block[i];
    return HEADER_BYTES + 4 * block.length;
  }

  protected forget(): void {
    this.#chooser.reset();
  }

  override dispose(): void {
    this.#chooser?.dispose();
    this.#transforms?.dispose();
    super.dispose();
  }
}

export interface InverseTransformChoiceStageOptions {
  /** The packets that come in: the output format of a `TransformChoiceStage`. */
  readonly input: PacketsFormat;
  /** Most packets of one `processInto` call. Default: 4096 frames' worth. */
  readonly maxInput?: number;
}

/**
 * Undoes a `TransformChoiceStage`: packets in, frames out, with nothing but the packets to know. It adds no latency of its
 * own. Damaged packets become zeros and are counted in `faults`; `process` throws a BitstreamError for them. Real-time safety
 * is as there, and so is the example.
 */
export class InverseTransformChoiceStage extends PacketReadingStage {
  readonly name: string;
  readonly #transforms: BlockTransforms;

  /** @throws TypeError or RangeError for options out of range; EngineMemoryError. */
  constructor(engine: Engine, options: InverseTransformChoiceStageOptions) {
    checkOptions('InverseTransformChoiceStageOptions', options, ['input', 'maxInput']);
    const { input, maxInput } = options;
    checkOptions('input.parameters', checkPackets(input, CODEC), []);
    super(engine, input, HEADER_BYTES + 4 * input.framesPerPacket * input.channels, maxInput);
    this.name = `inverse choose transform ${input.framesPerPacket}`;
    try {
      this.#transforms = new BlockTransforms(engine, input.framesPerPacket);
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  protected readPacket(at: number, bytes: number): number {
    const { block, floats } = this;
    const { size } = this.#transforms;
    const whole = HEADER_BYTES + 4 * block.length;
    if (bytes !== whole) return Math.min(bytes, whole);
    const index = this.words[at];
    if (index >= streamTransforms.length) return 0;
    for (let i = 0; i < block.length; i++) block[i] = floats[at + 1 + i];
    for (let from = 0; from < block.length; from += size) {
      this.#transforms.run(index, block.byteOffset + 4 * from, true);
    }
    return -1;
  }

  protected forget(): void {}

  override dispose(): void {
    this.#transforms?.dispose();
    super.dispose();
  }
}
