/** Vectors in layers: what comes first decodes by itself, and each layer behind makes it better. */
import { checkBytes, checkFloat32, checkInteger, checkOptions, throwRange, throwType } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { BitstreamError } from '../engine/errors.js';
import { Processor } from '../engine/processor.js';
import { vectorKernels } from './_kernels.js';
import { createRefinement, type Refinement } from './_refinements.js';
import type { VectorScheme } from './_scheme.js';
import { VectorCoder } from './_vector-coder.js';
import { type VectorOptions, vectorOptionNames } from './_vector-options.js';

export interface ProgressiveVectorOptions extends VectorOptions {
  /** The layers, one to eight, each of what those before it leave over. */
  readonly refinements: readonly Refinement[];
}

/**
 * A VectorCodec with layers behind it: all vectors by the codec itself, then all of them by the first layer, and so on. Any
 * beginning of the bytes that holds the codec's own part decodes, the better the more of it there is, even where it ends within
 * a layer: then the first vectors are as good as that layer makes them. For links and stores that cut packets where they must.
 *
 * Any codec but `e8` can be the first. Not real-time safe.
 *
 * @example
 * ```ts
 * import { Engine, ProgressiveVectorCodec } from 'paley';
 *
 * const engine = await Engine.load();
 * const codec = new ProgressiveVectorCodec(engine, {
 *   codec: 'eden', dimension: 64, bits: 2, refinements: [{ kind: 'sparse', count: 6 }, { kind: 'levels', bits: 3 }],
 * });
 * const bytes = codec.encode(Float32Array.from({ length: 640 }, (_, i) => Math.sin(i * i)));
 * const [base] = codec.layerBytes;
 * const coarse = codec.decode(bytes.subarray(0, 10 * base), 10);
 * const fine = codec.decode(bytes, 10);
 * ```
 */
export class ProgressiveVectorCodec extends Processor {
  readonly dimension: number;
  /** Bytes of a vector in each layer, the codec itself first. */
  readonly layerBytes: readonly number[];
  readonly #coder: VectorCoder;
  readonly #layers: readonly VectorScheme[];
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #work: Float32Array<ArrayBuffer>;
  readonly #part: Float32Array<ArrayBuffer>;
  readonly #sum: Float32Array<ArrayBuffer>;
  #faults = 0;

  /** @throws TypeError or RangeError for options of a wrong type or value; EngineMemoryError. */
  constructor(engine: Engine, options: ProgressiveVectorOptions) {
    super(engine);
    checkOptions('ProgressiveVectorCodec', options, [...vectorOptionNames, 'refinements']);
    const { refinements, ...vectorOptions } = options;
    if (!Array.isArray(refinements)) throwType('refinements', 'an array of layers', refinements);
    checkInteger('refinements.length', refinements.length, 1, 8);
    this.#coder = new VectorCoder(engine, 'ProgressiveVectorCodec', vectorOptions);
    const { scheme, chunkVectors } = this.#coder;
    const { dimension } = this.#coder.options;
    this.dimension = dimension;
    try {
      if (scheme.lengthAt !== undefined) throwRange('codec', 'one whose vectors all have one length', options.codec);
      if (dimension % 16 !== 0) throwRange('dimension', 'a multiple of 16', dimension);
      const site = {
        engine,
        kernels: vectorKernels(engine),
        options: this.#coder.options,
        reserve: (bytes: number) => {
          const pointer = this.reserve(bytes);
          new Uint8Array(engine.buffer, pointer, bytes).fill(0);
          return pointer;
        },
      };
      this.#layers = [scheme, ...refinements.map((refinement) => createRefinement(site, refinement))];
      const most = Math.max(...this.#layers.map(({ vectorBytes }) => vectorBytes));
      this.#bytes = new Uint8Array(engine.buffer, this.reserve(most * chunkVectors), most * chunkVectors);
      this.#part = this.reserveFloat32(chunkVectors * dimension);
      this.#sum = this.reserveFloat32(chunkVectors * dimension);
    } catch (error) {
      this.dispose();
      throw error;
    }
    this.#work = new Float32Array(engine.buffer, this.#coder.work, chunkVectors * dimension);
    this.layerBytes = this.#layers.map(({ vectorBytes }) => vectorBytes);
  }

  /** NaN coded as zero, values held, and vectors or coefficients that were impossible, so far. */
  get faults(): number {
    return this.#faults;
  }

  override dispose(): void {
    this.#coder?.dispose();
    super.dispose();
  }

  /**
   * Encodes whole vectors, all layers.
   * @throws TypeError or RangeError for a wrong type or length; DisposedError after `dispose()`.
   */
  encode(x: Float32Array): Uint8Array {
    this.checkAlive();
    checkFloat32('x', x);
    const { dimension } = this;
    if (x.length % dimension !== 0) throwRange('x.length', `a multiple of the dimension, ${dimension}`, x.length);
    const vectors = x.length / dimension;
    const out = new Uint8Array(vectors * this.layerBytes.reduce((sum, bytes) => sum + bytes, 0));
    this.#eachChunk(vectors, (first, count) => {
      const values = count * dimension;
      this.#work.set(x.subarray(first * dimension, first * dimension + values));
      this.#faults += this.#coder.take(this.#coder.work, count);
      this.#coder.turn(count);
      let start = 0;
      for (const [index, layer] of this.#layers.entries()) {
        // A scheme may overwrite what it encodes.
        this.#sum.set(this.#work);
        layer.encode(this.#bytes.byteOffset, this.#sum.byteOffset, count);
        layer.decode(this.#part.byteOffset, this.#bytes.byteOffset, count);
        for (let i = 0; i < values; i++) this.#work[i] -= this.#part[i];
        const bytes = this.layerBytes[index];
        out.set(this.#bytes.subarray(0, count * bytes), start + first * bytes);
        start += vectors * bytes;
      }
    });
    return out;
  }

  /**
   * Decodes what is there.
   * @param bytes what `encode` gave for that many vectors, or any beginning of it.
   * @throws BitstreamError where the first layer is not whole, or there is more than all layers have.
   */
  decode(bytes: Uint8Array, vectors: number): Float32Array {
    this.checkAlive();
    checkBytes('bytes', bytes);
    checkInteger('vectors', vectors, 0, 2 ** 30);
    const { dimension, layerBytes } = this;
    const most = vectors * layerBytes.reduce((sum, part) => sum + part, 0);
    const least = vectors * layerBytes[0];
    if (bytes.length < least || bytes.length > most) {
      throw new BitstreamError(
        `${vectors} vectors expected ${least} to ${most} bytes, got ${bytes.length}`,
        Math.min(bytes.length, most),
      );
    }
    const out = new Float32Array(vectors * dimension);
    this.#eachChunk(vectors, (first, count) => {
      this.#sum.fill(0);
      let start = 0;
      for (const [index, layer] of this.#layers.entries()) {
        const each = layerBytes[index];
        const whole = Math.floor((bytes.length - start) / each) - first;
        const there = Math.max(0, Math.min(count, whole));
        if (there > 0) {
          this.#bytes.set(bytes.subarray(start + first * each, start + (first + there) * each));
          this.#faults += layer.decode(this.#part.byteOffset, this.#bytes.byteOffset, there);
          for (let i = 0; i < there * dimension; i++) this.#sum[i] += this.#part[i];
        }
        start += vectors * each;
      }
      this.#work.set(this.#sum);
      this.#coder.turnBack(count);
      out.set(this.#work.subarray(0, count * dimension), first * dimension);
    });
    return out;
  }

  #eachChunk(vectors: number, use: (first: number, count: number) => void): void {
    for (let first = 0; first < vectors; first += this.#coder.chunkVectors) {
      use(first, Math.min(this.#coder.chunkVectors, vectors - first));
    }
  }
}
