/**
 * Rotations across channels that follow the stream: the KLT·Hadamard rotation of a tracked covariance, or an orthogonal
 * dictionary. The rotation in use has a version; packets name it, and those that begin one, or stand at a key, carry it.
 * The packet, `C` channels of `n` frames, words little-endian:
 *
 *     word 0            version of the rotation
 *     word 1            1 where the rotation follows, else 0
 *     C² float32        the rotation, row by row, where word 1 says so
 *     C·n float32       rotated values: row i of the rotation times the channels, n frames of it; then row i + 1
 */
import { checkInteger, checkNumber, checkOneOf, checkOptions, throwRange } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import type { FramesFormat, PacketsFormat } from '../stage/format.js';
import { checkPackets, PacketReadingStage, PacketWritingStage } from './_packet-stages.js';
import { OrthogonalDictionary } from './dictionary.js';
import { checkSymmetric, JacobiSolver } from './eigen.js';
import { hadamardMatrix } from './hadamard-matrix.js';
import { CovarianceTracker, fillKltHadamard, MatrixRotation } from './klt-rotation.js';

const CODEC = 'adapted-rotation';
const HEADER_WORDS = 2;

/** What the rotation is made of: `klt-hadamard` gives all outputs equal variances, `dictionary` makes them sparse. */
export type AdaptedMethod = 'klt-hadamard' | 'dictionary';

export interface AdaptedRotationStageOptions {
  /** The frames that come in; float32. `klt-hadamard` needs as many channels as a Hadamard matrix has rows. */
  readonly input: FramesFormat;
  /** Frames of a packet, from 1 to 65536. */
  readonly size: number;
  /** Default `klt-hadamard`. */
  readonly method?: AdaptedMethod;
  /** For `klt-hadamard`: the covariance of the channels to begin with, row by row. Default that of uncorrelated ones. */
  readonly covariance?: ArrayLike<number>;
  /** Frames after which a frame's weight in the tracked covariance has fallen to one half. Default 4096. */
  readonly halfLifeFrames?: number;
  /** Packets from one refresh to the next: the rotation changes at frame k·refreshPackets·size alone. 0: never. Default 32. */
  readonly refreshPackets?: number;
  /** Packets from one that carries the rotation to the next, at most: who joins waits no longer. Default 32. */
  readonly keyInterval?: number;
  /** For `dictionary`: chooses the one to begin with. Default 0. */
  readonly seed?: number;
  /** Most frames of one `processInto` call. Default 4096. */
  readonly maxInput?: number;
}

const OPTION_NAMES = [
  'input',
  'size',
  'method',
  'covariance',
  'halfLifeFrames',
  'refreshPackets',
  'keyInterval',
  'seed',
  'maxInput',
] as const;

/** Rotates each frame of a block of planes, or turns it back. */
function rotatePlanes(
  rotation: MatrixRotation,
  frame: Float64Array,
  block: Float32Array,
  size: number,
  inverse: boolean,
): void {
  for (let t = 0; t < size; t++) {
    for (let channel = 0; channel < frame.length; channel++) frame[channel] = block[channel * size + t];
    if (inverse) rotation.inverseAt(frame, 0);
    else rotation.forwardAt(frame, 0);
    for (let channel = 0; channel < frame.length; channel++) block[channel * size + t] = frame[channel];
  }
}

/** Finds the next rotation from the frames that it is shown. */
interface RotationSource {
  observe(values: Float32Array, at: number, stride: number): void;
  /** Writes the rotation for what was seen so far. */
  refresh(matrix: Float64Array): void;
  reset(): void;
}

class KltSource implements RotationSource {
  readonly #tracker: CovarianceTracker;
  readonly #solver: JacobiSolver;
  readonly #hadamard: Int8Array;
  readonly #covariance: Float64Array;
  readonly #first: Float64Array;
  #seen = false;

  constructor(channels: number, { covariance, halfLifeFrames }: AdaptedRotationStageOptions) {
    this.#hadamard = hadamardMatrix(channels);
    this.#tracker = new CovarianceTracker({ size: channels, halfLife: halfLifeFrames });
    this.#solver = new JacobiSolver(channels);
    this.#covariance = new Float64Array(channels * channels);
    this.#first = new Float64Array(channels * channels);
    if (covariance === undefined) {
      for (let i = 0; i < channels; i++) this.#first[i * channels + i] = 1;
    } else {
      if (checkSymmetric('covariance', covariance) !== channels) {
        throwRange('covariance', `${channels * channels} entries, for ${channels} channels`, covariance.length);
      }
      this.#first.set(Float64Array.from(covariance));
    }
  }

  observe(values: Float32Array, at: number, stride: number): void {
    this.#tracker.observe(values, at, stride);
    this.#seen = true;
  }

  refresh(matrix: Float64Array): void {
    if (this.#seen) this.#tracker.covariance(this.#covariance);
    else this.#covariance.set(this.#first);
    this.#solver.solve(this.#covariance);
    fillKltHadamard(matrix, this.#hadamard, this.#solver.vectors, this.#solver.order);
  }

  reset(): void {
    this.#tracker.reset();
    this.#seen = false;
  }
}

class DictionarySource implements RotationSource {
  readonly #dictionary: OrthogonalDictionary;

  constructor(channels: number, seed: number | undefined) {
    this.#dictionary = new OrthogonalDictionary({ size: channels, seed });
  }

  observe(values: Float32Array, at: number, stride: number): void {
    this.#dictionary.observe(values, at, stride);
  }

  refresh(matrix: Float64Array): void {
    matrix.set(this.#dictionary.matrix);
  }

  reset(): void {
    this.#dictionary.reset();
  }
}

/**
 * Frames in, packets of rotated frames out: the values of all channels at one instant are a vector, and the rotation of these
 * follows the stream. It is made of frames gone by, so that it depends on nothing to come, and changes at stated frames. Both
 * sides use it as float32. Latency: `size − 1` frames. NaN and infinities become zero and are counted in `faults`.
 * `processInto`, `flushInto` and `reset` are real-time safe; a refresh costs about 50·channels³ operations.
 *
 * @example
 * ```ts
 * import { AdaptedRotationStage, Engine, InverseAdaptedRotationStage } from 'paley';
 *
 * const engine = await Engine.load();
 * const sampleRate = { numerator: 100, denominator: 1 };
 * const input = { kind: 'frames', sampleRate, channels: 2, sample: 'f32' } as const;
 * const forward = new AdaptedRotationStage(engine, { input, size: 8, covariance: [9, 2, 2, 1] });
 * const backward = new InverseAdaptedRotationStage(engine, { input: forward.output });
 * const packets = forward.process([new Float32Array(16).fill(3), new Float32Array(16).fill(1)]);
 * console.log(backward.process(packets)); // the two channels again
 * ```
 */
export class AdaptedRotationStage extends PacketWritingStage {
  readonly name: string;
  readonly #size: number;
  readonly #refreshPackets: number;
  readonly #keyInterval: number;
  readonly #source: RotationSource;
  readonly #rotation: MatrixRotation;
  readonly #frame: Float64Array;
  #packets = 0;
  #version = 0;

  /** @throws TypeError or RangeError for options out of range; EngineMemoryError. */
  constructor(engine: Engine, options: AdaptedRotationStageOptions) {
    checkOptions('AdaptedRotationStageOptions', options, OPTION_NAMES);
    const { input, size, maxInput, refreshPackets = 32, keyInterval = 32, seed } = options;
    const method = checkOneOf('method', options.method ?? 'klt-hadamard', ['klt-hadamard', 'dictionary']);
    checkInteger('size', size, 1, 2 ** 16);
    checkInteger('refreshPackets', refreshPackets, 0, 2 ** 31);
    checkInteger('keyInterval', keyInterval, 1, 2 ** 31);
    checkNumber('halfLifeFrames', options.halfLifeFrames ?? 4096, 1, 2 ** 40);
    const channels = input?.channels;
    const packetBytes = 4 * (HEADER_WORDS + channels * channels + channels * size);
    super(engine, input, { codec: CODEC, parameters: { method }, size, packetBytes }, maxInput);
    this.name = `rotate channels by ${method}`;
    this.#size = size;
    this.#refreshPackets = refreshPackets;
    this.#keyInterval = keyInterval;
    try {
      this.#source = method === 'dictionary' ? new DictionarySource(channels, seed) : new KltSource(channels, options);
    } catch (error) {
      this.dispose();
      throw error;
    }
    this.#rotation = new MatrixRotation(channels);
    this.#frame = new Float64Array(channels);
    this.#refresh();
  }

  /** Version of the rotation in use: 0, and one more with every refresh. */
  get version(): number {
    return this.#version;
  }

  /** The rotation in use, row by row; a fresh array. Not real-time safe. */
  get rotation(): Float64Array {
    return this.#rotation.matrix.slice();
  }

  protected writePacket(at: number): number {
    const { block, floats, words } = this;
    const { matrix } = this.#rotation;
    const size = this.#size;
    const isRefreshed = this.#refreshPackets > 0 && this.#packets % this.#refreshPackets === 0 && this.#packets > 0;
    if (isRefreshed) {
      this.#version++;
      this.#refresh();
    }
    const isKey = isRefreshed || this.#packets % this.#keyInterval === 0;
    this.#packets++;
    if (this.#refreshPackets > 0) for (let t = 0; t < size; t++) this.#source.observe(block, t, size);
    rotatePlanes(this.#rotation, this.#frame, block, size, false);
    words[at] = this.#version;
    words[at + 1] = isKey ? 1 : 0;
    let next = at + HEADER_WORDS;
    if (isKey) for (let i = 0; i < matrix.length; i++) floats[next++] = matrix[i];
    for (let i = 0; i < block.length; i++) floats[next++] = block[i];
    return 4 * (next - at);
  }

  protected forget(): void {
    this.#source.reset();
    this.#packets = 0;
    this.#version = 0;
    this.#refresh();
  }

  #refresh(): void {
    const { matrix } = this.#rotation;
    this.#source.refresh(matrix);
    for (let i = 0; i < matrix.length; i++) matrix[i] = Math.fround(matrix[i]);
  }
}

export interface InverseAdaptedRotationStageOptions {
  /** The packets that come in: the output format of an `AdaptedRotationStage`. */
  readonly input: PacketsFormat;
  /** Most packets of one `processInto` call. Default: 4096 frames' worth. */
  readonly maxInput?: number;
}

/**
 * Undoes an `AdaptedRotationStage`: packets in, frames out, with nothing but the packets to know. It may begin at any packet
 * that carries the rotation; those before it, those of a version that was lost, and damaged ones become zeros and are counted
 * in `faults`, and `process` throws a BitstreamError for them. Real-time safety is as there, and so is the example.
 */
export class InverseAdaptedRotationStage extends PacketReadingStage {
  readonly name: string;
  readonly #size: number;
  readonly #rotation: MatrixRotation;
  readonly #frame: Float64Array;
  /** Version of the rotation that is known; −1: none. */
  #version = -1;

  /** @throws TypeError or RangeError for options out of range; EngineMemoryError. */
  constructor(engine: Engine, options: InverseAdaptedRotationStageOptions) {
    checkOptions('InverseAdaptedRotationStageOptions', options, ['input', 'maxInput']);
    const { input, maxInput } = options;
    const parameters = checkPackets(input, CODEC);
    checkOptions('input.parameters', parameters, ['method']);
    checkOneOf('input.parameters.method', parameters.method, ['klt-hadamard', 'dictionary']);
    const { channels, framesPerPacket: size } = input;
    super(engine, input, 4 * (HEADER_WORDS + channels * channels + channels * size), maxInput);
    this.name = `inverse rotate channels by ${parameters.method}`;
    this.#size = size;
    this.#rotation = new MatrixRotation(channels);
    this.#frame = new Float64Array(channels);
  }

  protected readPacket(at: number, bytes: number): number {
    const { block, floats, words } = this;
    const { matrix } = this.#rotation;
    if (bytes < 4 * HEADER_WORDS) return bytes;
    const isKey = words[at + 1];
    if (isKey > 1) return 4;
    const whole = 4 * (HEADER_WORDS + (isKey === 1 ? matrix.length : 0) + block.length);
    if (bytes !== whole) return Math.min(bytes, whole);
    let next = at + HEADER_WORDS;
    if (isKey === 1) {
      for (let i = 0; i < matrix.length; i++) {
        // Rows of length 1 have no larger entries; NaN is not smaller, either.
        if (!(Math.abs(floats[next + i]) < 1.001)) return 4 * (next + i - at);
      }
      for (let i = 0; i < matrix.length; i++) matrix[i] = floats[next++];
      this.#version = words[at];
    } else if (words[at] !== this.#version) {
      return 0;
    }
    for (let i = 0; i < block.length; i++) block[i] = floats[next++];
    rotatePlanes(this.#rotation, this.#frame, block, this.#size, true);
    return -1;
  }

  protected forget(): void {
    this.#version = -1;
  }
}
