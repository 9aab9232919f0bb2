/**
 * Transforms of one vector that plain float64 arithmetic carries out: what those that need no engine have in common, and
 * the pair of stages that put one at work on a stream.
 */
import { throwType } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import type { BlocksFormat, FramesFormat } from '../stage/format.js';
import { GatheringStage, SpreadingStage } from './_block-stages.js';

/** Values of a vector, in either precision; arithmetic is float64 in both. */
export type Floats = Float32Array | Float64Array;

/** A Float32Array or a Float64Array; of `length` values where one is given. */
export function checkFloats(title: string, value: unknown, length?: number): Floats {
  if (!(value instanceof Float32Array || value instanceof Float64Array)) {
    throwType(title, 'a Float32Array or Float64Array', value);
  }
  if (length !== undefined && value.length !== length) {
    throw new RangeError(`${title} expected ${length} values, got ${value.length}`);
  }
  return value;
}

/** A linear map of `size` values to as many, and back. */
export abstract class VectorTransform {
  /** Values of a vector. */
  abstract readonly size: number;

  /** Transforms the `size` values from index `at` on, in place. */
  abstract forwardAt(values: Floats, at: number): void;

  /** Undoes `forwardAt`. */
  abstract inverseAt(values: Floats, at: number): void;

  /**
   * The transform of `x`, `size` values, in `out` or a fresh array of the type of `x`. Real-time safe where `out` is given.
   * @throws TypeError or RangeError for arrays of another type or length.
   */
  forward<Values extends Floats>(x: Values, out?: Values): Values {
    const result = this.#place('x', x, out);
    this.forwardAt(result, 0);
    return result;
  }

  /** Undoes `forward`: shapes, errors and real-time safety are the same. */
  inverse<Values extends Floats>(y: Values, out?: Values): Values {
    const result = this.#place('y', y, out);
    this.inverseAt(result, 0);
    return result;
  }

  #place<Values extends Floats>(title: string, x: Values, out: Values | undefined): Values {
    checkFloats(title, x, this.size);
    if (out === undefined) return x.slice() as Values;
    checkFloats('out', out, this.size);
    if (out !== x) out.set(x);
    return out;
  }
}

/** Frames in, blocks of transformed values out. */
export abstract class VectorStage extends GatheringStage {
  abstract override readonly name: string;
  readonly #transform: VectorTransform;
  /** The whole memory: blocks lie where the ports are. */
  readonly #values: Float32Array<ArrayBuffer>;

  protected constructor(engine: Engine, input: FramesFormat, transform: VectorTransform, maxInput?: number) {
    super(engine, input, transform.size, maxInput);
    this.#transform = transform;
    this.#values = new Float32Array(engine.buffer);
  }

  protected transformBlocks(pointer: number, blocks: number): void {
    const { size } = this.#transform;
    for (let block = 0; block < blocks; block++) this.#transform.forwardAt(this.#values, pointer / 4 + block * size);
  }
}

/** Blocks of transformed values in, frames out. */
export abstract class InverseVectorStage extends SpreadingStage {
  abstract override readonly name: string;
  readonly #transform: VectorTransform;
  readonly #values: Float32Array<ArrayBuffer>;

  protected constructor(engine: Engine, input: BlocksFormat, transform: VectorTransform, maxInput?: number) {
    super(engine, input, maxInput);
    this.#transform = transform;
    this.#values = new Float32Array(engine.buffer);
  }

  protected transformBlocks(pointer: number, blocks: number): void {
    const { size } = this.#transform;
    for (let block = 0; block < blocks; block++) this.#transform.inverseAt(this.#values, pointer / 4 + block * size);
  }
}

/** The size of the blocks that come in, where the transform that is to be undone has to be of that size. */
export function checkBlockSize(input: BlocksFormat, size: number): void {
  if (typeof input === 'object' && input !== null && input.kind === 'blocks' && input.size !== size) {
    throw new RangeError(`input.size expected ${size}, the size of the transform, got ${input.size}`);
  }
}
