/**
 * Codecs of vectors by themselves: arrays of vectors to bytes and back, and inner products with what is coded. For streams see
 * VectorEncoder and VectorDecoder.
 */
import { checkBytes, checkFloat32, checkInteger, throwRange, throwType } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { BitstreamError } from '../engine/errors.js';
import { Processor } from '../engine/processor.js';
import { VectorCoder } from './_vector-coder.js';
import { type VectorCodecName, type VectorOptions, vectorCodecNames } from './_vector-options.js';

/**
 * Codes vectors of `dimension` values, each under a scale of its own: feature vectors, spectra, embeddings, sensor arrays. A
 * random rotation first makes any vector look like Gaussian noise, for which the codecs have their tables, so what they lose
 * hardly depends on the data (docs/QUANTISERS.md has the figures).
 *
 * - `eden`: levels of a Lloyd–Max quantiser under the scale of the least error, or with `bias: 'unbiased'` one that makes the
 *   decoded vector right on average over seeds (S. Vargaftik and others, 2022); `drive`: the same at 1 bit (2021).
 * - `turbo-mse`, `turbo-prod`: levels for a sphere's coordinates under the norm; a bit less of those and one of a random
 *   projection of what is left, which makes inner products right on average (A. Zandieh and others, 2025).
 * - `pvq`: groups of `groupSize` values as the nearest vector of integers with a given sum of magnitudes, and a gain of 8 bits
 *   (T. R. Fischer, 1986).
 * - `e8`: the nearest points of the lattice E8, entropy-coded: the least error for the bits, at vectors of different lengths (J. H.
 *   Conway and N. J. A. Sloane, 1982, for the nearest point).
 * - `saw-int4`: 16 even steps between the least and the largest value, behind a rotation by blocks (of 32 values unless
 *   `rotationSize` says otherwise): the fastest.
 * - `itq3s`: three or eight levels behind a rotation of 256 values; `octopus`: triples of values as a direction on the octahedron
 *   and a length; `gsq`: groups as a direction of a codebook and a gain of 8 bits; `cq`: groups, of channels that go together for
 *   one, as entries of a codebook, without rotation or scale.
 *
 * NaN is coded as zero, values beyond ±2^80 are held there, both counted in `faults`; a vector shorter than 2^-100 is a zero
 * vector, which comes back exactly. Not real-time safe (the stages are): copies in and out.
 *
 * @example
 * ```ts
 * import { Engine, VectorCodec } from 'paley';
 *
 * const engine = await Engine.load();
 * const codec = new VectorCodec(engine, { codec: 'eden', dimension: 128, bits: 4 });
 * const x = Float32Array.from({ length: 1280 }, (_, i) => Math.sin(i * i)); // ten vectors
 * const bytes = codec.encode(x); // 680 of them, 4.25 bits a value
 * const decoded = codec.decode(bytes);
 * const products = codec.innerProducts(bytes, x.subarray(0, 128)); // of all ten with the first
 * console.log(bytes.length, decoded.length, products[0]);
 * ```
 */
export class VectorCodec extends Processor {
  /** The names of all codecs. */
  static readonly codecs: readonly VectorCodecName[] = vectorCodecNames;

  readonly codec: VectorCodecName;
  /** Values of a vector. */
  readonly dimension: number;
  /** Bytes of a coded vector, its scale included; the most there can be with `e8`, whose vectors differ in length. */
  readonly vectorBytes: number;
  /** Stored bits for each value, the scale included; what `bits` asked for with `e8`. */
  readonly bitsPerSample: number;
  readonly seed: number;
  readonly #coder: VectorCoder;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #memory: Float32Array<ArrayBuffer>;
  readonly #products: Float64Array<ArrayBuffer>;
  readonly #query: Float32Array<ArrayBuffer>;
  #faults = 0;

  /**
   * @throws TypeError for options of a wrong type or name; RangeError for values out of range, or an option that the codec
   * does not have; EngineMemoryError where memory runs out.
   */
  constructor(engine: Engine, options: VectorOptions) {
    super(engine);
    this.#coder = new VectorCoder(engine, 'VectorCodec', options);
    const { scheme, chunkVectors } = this.#coder;
    const { codec, dimension, seed } = this.#coder.options;
    this.codec = codec;
    this.dimension = dimension;
    this.seed = seed;
    this.vectorBytes = scheme.vectorBytes;
    this.bitsPerSample = scheme.lengthAt === undefined ? (8 * scheme.vectorBytes) / dimension : scheme.bits;
    try {
      const byteLength = chunkVectors * scheme.vectorBytes;
      this.#bytes = new Uint8Array(engine.buffer, this.reserve(byteLength + 16), byteLength);
      this.#products = new Float64Array(engine.buffer, this.reserve(8 * chunkVectors), chunkVectors);
      this.#query = this.reserveFloat32(dimension);
      this.#memory = new Float32Array(engine.buffer, this.#coder.work, chunkVectors * dimension);
    } catch (error) {
      this.#coder.dispose();
      throw error;
    }
  }

  /** NaN coded as zero, values held, and vectors that were impossible and decoded as zeros, so far. */
  get faults(): number {
    return this.#faults;
  }

  override dispose(): void {
    this.#coder?.dispose();
    super.dispose();
  }

  /**
   * Encodes whole vectors.
   * @param x one vector behind the other.
   * @param out where the bytes go: `x.length / dimension * vectorBytes` of them. A fresh array unless given; with `e8`, whose
   * vectors differ in length, it may not be given.
   * @throws RangeError for a wrong length; DisposedError after `dispose()`.
   */
  encode(x: Float32Array, out?: Uint8Array): Uint8Array {
    this.checkAlive();
    checkFloat32('x', x);
    const { dimension, vectorBytes } = this;
    if (x.length % dimension !== 0) throwRange('x.length', `a multiple of the dimension, ${dimension}`, x.length);
    const vectors = x.length / dimension;
    const varies = this.#coder.scheme.lengthAt !== undefined;
    if (varies && out !== undefined) throwType('out', 'nothing with a codec whose vectors differ in length', out);
    const bytes = out === undefined ? new Uint8Array(varies ? 0 : vectors * vectorBytes) : checkBytes('out', out);
    if (!varies && bytes.length !== vectors * vectorBytes)
      throwRange('out.length', `${vectors * vectorBytes}`, bytes.length);
    const pieces: Uint8Array[] = [];
    let at = 0;
    for (let first = 0; first < vectors; first += this.#coder.chunkVectors) {
      const count = Math.min(this.#coder.chunkVectors, vectors - first);
      this.#take(x, first, count);
      this.#coder.turn(count);
      const written = this.#coder.scheme.encode(this.#bytes.byteOffset, this.#coder.work, count);
      if (varies) pieces.push(this.#bytes.slice(0, written));
      else bytes.set(this.#bytes.subarray(0, written), at);
      at += written;
    }
    if (!varies) return bytes;
    const all = new Uint8Array(at);
    at = 0;
    for (const piece of pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  }

  /**
   * Decodes whole vectors. Any bytes decode to finite values: a vector that no encoder writes becomes zeros and is counted in
   * `faults`.
   * @param bytes coded vectors one behind the other.
   * @param out where the values go: `dimension` of them for every vector. A fresh array unless given.
   * @throws BitstreamError where `bytes` ends within a vector; RangeError for a wrong length of `out`; DisposedError after
   * `dispose()`.
   */
  decode(bytes: Uint8Array, out?: Float32Array): Float32Array {
    const vectors = this.countVectors(bytes);
    const values = out === undefined ? new Float32Array(vectors * this.dimension) : checkFloat32('out', out);
    if (values.length !== vectors * this.dimension)
      throwRange('out.length', `${vectors * this.dimension}`, values.length);
    this.#eachChunk(bytes, vectors, (first, count) => {
      this.#faults += this.#coder.scheme.decode(this.#coder.work, this.#bytes.byteOffset, count);
      this.#coder.turnBack(count);
      values.set(this.#memory.subarray(0, count * this.dimension), first * this.dimension);
    });
    return values;
  }

  /**
   * How many vectors the bytes hold.
   * @throws BitstreamError where they end within a vector.
   */
  countVectors(bytes: Uint8Array): number {
    this.checkAlive();
    checkBytes('bytes', bytes);
    const { lengthAt } = this.#coder.scheme;
    if (lengthAt === undefined) {
      const vectors = bytes.length / this.vectorBytes;
      if (Number.isInteger(vectors)) return vectors;
      throw new BitstreamError(
        `${this.codec} expected whole vectors of ${this.vectorBytes} bytes, got ${bytes.length} bytes`,
        bytes.length,
      );
    }
    let vectors = 0;
    for (let at = 0; at < bytes.length; vectors++) {
      const length = lengthAt(bytes, at, bytes.length);
      if (length < 0) throw new BitstreamError(`${this.codec} expected a whole vector, got the beginning of one`, at);
      at += length;
    }
    return vectors;
  }

  /**
   * Inner products of coded vectors with a vector of floats, from the codes: what is coded is not decoded to memory. Unbiased
   * over seeds for `turbo-prod` and where `bias` is `unbiased`; no encoder's vector counts as zeros.
   * @param bytes coded vectors one behind the other.
   * @param query `dimension` values, finite and within ±2^80 or taken as `encode` would.
   * @param out one number for each vector; a fresh array unless given.
   * @throws BitstreamError where `bytes` ends within a vector; TypeError or RangeError for arrays of a wrong type or length.
   */
  innerProducts(bytes: Uint8Array, query: Float32Array, out?: Float64Array): Float64Array {
    const vectors = this.countVectors(bytes);
    checkFloat32('query', query, this.dimension);
    const products = this.#checkProducts(vectors, out);
    this.#take(query, 0, 1);
    this.#coder.turnQuery(1);
    this.#query.set(this.#memory.subarray(0, this.dimension));
    this.#eachChunk(bytes, vectors, (first, count) => {
      this.#dot(this.#bytes.byteOffset, count, this.#query.byteOffset);
      products.set(this.#products.subarray(0, count), first);
    });
    return products;
  }

  /**
   * Inner products of coded vectors in pairs: vector i of `a`, coded by this codec, with vector i of `b`, coded by `other`.
   * Unbiased where both codecs are and their seeds differ; with one rotation for both, their errors go together.
   * @param other a codec of the same dimension on the same engine; this one unless given.
   * @throws BitstreamError where either ends within a vector; RangeError for different numbers of vectors, or dimensions.
   */
  innerProductsOfCodes(a: Uint8Array, b: Uint8Array, other: VectorCodec = this, out?: Float64Array): Float64Array {
    const vectors = this.countVectors(a);
    if (!(other instanceof VectorCodec)) throwType('other', 'a VectorCodec', other);
    if (other.dimension !== this.dimension) throwRange('other.dimension', `${this.dimension}`, other.dimension);
    if (other.engine !== this.engine) throwRange('other.engine', 'the engine of this codec', 'another');
    if (other.countVectors(b) !== vectors)
      throwRange('b', `${vectors} vectors, as many as in a`, other.countVectors(b));
    const products = this.#checkProducts(vectors, out);
    const single = new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset, this.vectorBytes);
    let atA = 0;
    let atB = 0;
    for (let vector = 0; vector < vectors; vector++) {
      const { work } = other.#coder;
      const lengthB = other.#lengthAt(b, atB);
      other.#bytes.set(b.subarray(atB, atB + lengthB));
      other.#coder.scheme.decode(work, other.#bytes.byteOffset, 1);
      other.#coder.turnBack(1);
      this.#memory.set(other.#memory.subarray(0, this.dimension));
      this.#coder.turnQuery(1);
      this.#query.set(this.#memory.subarray(0, this.dimension));
      const lengthA = this.#lengthAt(a, atA);
      single.set(a.subarray(atA, atA + lengthA));
      this.#dot(single.byteOffset, 1, this.#query.byteOffset);
      products[vector] = this.#products[0];
      atA += lengthA;
      atB += lengthB;
    }
    return products;
  }

  #checkProducts(vectors: number, out: Float64Array | undefined): Float64Array {
    if (out === undefined) return new Float64Array(vectors);
    if (!(out instanceof Float64Array)) throwType('out', 'a Float64Array', out);
    checkInteger('out.length', out.length, vectors, vectors);
    return out;
  }

  #lengthAt(bytes: Uint8Array, at: number): number {
    const { lengthAt } = this.#coder.scheme;
    return lengthAt === undefined ? this.vectorBytes : lengthAt(bytes, at, bytes.length);
  }

  /** Puts inner products of coded vectors with a turned query into `#products`. */
  #dot(source: number, vectors: number, query: number): void {
    const { scheme, work } = this.#coder;
    const at = this.#products.byteOffset;
    if (scheme.dot !== undefined) {
      this.#faults += scheme.dot(at, source, vectors, query);
    } else {
      this.#faults += scheme.decode(work, source, vectors);
      this.#coder.take(work, vectors);
      this.#coder.dot(at, work, vectors, query);
    }
  }

  #take(x: Float32Array, first: number, count: number): void {
    const { dimension } = this;
    this.#memory.set(x.subarray(first * dimension, (first + count) * dimension));
    this.#faults += this.#coder.take(this.#coder.work, count);
  }

  /** Brings coded vectors into engine memory, a chunk at a time. */
  #eachChunk(bytes: Uint8Array, vectors: number, use: (first: number, count: number) => void): void {
    let at = 0;
    for (let first = 0; first < vectors; first += this.#coder.chunkVectors) {
      const count = Math.min(this.#coder.chunkVectors, vectors - first);
      let end = at;
      for (let vector = 0; vector < count; vector++) end += this.#lengthAt(bytes, end);
      this.#bytes.set(bytes.subarray(at, end));
      use(first, count);
      at = end;
    }
  }
}
