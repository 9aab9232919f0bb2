/**
 * What goes into an encoder and comes out of a decoder, in the shapes of WebCodecs: the browser's own AudioData and
 * EncodedAudioChunk fit wherever one of these is taken.
 */
import { checkNumber, checkPlanes, throwType } from '../../engine/check.js';

/** As much of AudioData as is used here. */
export interface AudioDataLike {
  readonly sampleRate: number;
  readonly numberOfFrames: number;
  readonly numberOfChannels: number;
  /** Microseconds. */
  readonly timestamp: number;
  copyTo(target: Float32Array, options: { planeIndex: number; format: 'f32-planar' }): void;
}

/** As much of EncodedAudioChunk as is used here. */
export interface EncodedAudioChunkLike {
  readonly type: 'key' | 'delta';
  /** Microseconds. */
  readonly timestamp: number;
  /** Microseconds. */
  readonly duration?: number | null;
  readonly byteLength: number;
  copyTo(target: Uint8Array): void;
}

export interface PaleyAudioDataInit {
  /** Hz. */
  readonly sampleRate: number;
  /** Microseconds. */
  readonly timestamp: number;
  /** A plane a channel, of one length. They are kept, not copied. */
  readonly planes: readonly Float32Array[];
}

/**
 * Float32 planes with a time stamp, for runtimes without AudioData (Node, Deno) and for browsers alike.
 *
 * @example
 * ```ts
 * import { PaleyAudioData } from 'paley';
 *
 * const data = new PaleyAudioData({ sampleRate: 48000, timestamp: 0, planes: [new Float32Array(480)] });
 * console.log(data.numberOfFrames, data.duration); // 480, 10000 microseconds
 * ```
 */
export class PaleyAudioData implements AudioDataLike {
  readonly format = 'f32-planar';
  readonly sampleRate: number;
  readonly timestamp: number;
  #planes: readonly Float32Array[];

  /** @throws TypeError or RangeError for a wrong rate, time stamp or planes. */
  constructor({ sampleRate, timestamp, planes }: PaleyAudioDataInit) {
    this.sampleRate = checkNumber('sampleRate', sampleRate, Number.MIN_VALUE, 1e9);
    this.timestamp = checkNumber('timestamp', timestamp, -(2 ** 53), 2 ** 53);
    if (!Array.isArray(planes)) throwType('planes', 'an array of Float32Array', planes);
    checkPlanes('planes', planes, planes.length, Float32Array);
    this.#planes = planes;
  }

  get numberOfChannels(): number {
    return this.#planes.length;
  }

  get numberOfFrames(): number {
    return this.#planes.length > 0 ? this.#planes[0].length : 0;
  }

  /** Microseconds. */
  get duration(): number {
    return (this.numberOfFrames / this.sampleRate) * 1e6;
  }

  /** Copies a channel's samples. @throws RangeError for a plane that is not there or a target too short. */
  copyTo(target: Float32Array, { planeIndex }: { planeIndex: number }): void {
    const plane = this.#planes[planeIndex];
    if (plane === undefined)
      throw new RangeError(`planeIndex expected one of ${this.numberOfChannels} planes, got ${planeIndex}`);
    if (target.length < plane.length)
      throw new RangeError(`target expected room for ${plane.length} samples, got ${target.length}`);
    target.set(plane);
  }

  clone(): PaleyAudioData {
    const { sampleRate, timestamp } = this;
    return new PaleyAudioData({ sampleRate, timestamp, planes: this.#planes });
  }

  /** Lets go of the samples. */
  close(): void {
    this.#planes = [];
  }
}

export interface PaleyEncodedChunkInit {
  readonly type: 'key' | 'delta';
  readonly timestamp: number;
  readonly duration: number;
  readonly data: Uint8Array;
}

/** A packet with its time stamp, in the shape of EncodedAudioChunk. */
export class PaleyEncodedChunk implements EncodedAudioChunkLike {
  readonly type: 'key' | 'delta';
  /** Microseconds. */
  readonly timestamp: number;
  /** Microseconds; of the last packet of a stream what of it belongs to the stream. */
  readonly duration: number;
  readonly byteLength: number;
  readonly #data: Uint8Array;

  constructor({ type, timestamp, duration, data }: PaleyEncodedChunkInit) {
    this.type = type;
    this.timestamp = timestamp;
    this.duration = duration;
    this.byteLength = data.length;
    this.#data = data;
  }

  /** Copies the packet's bytes. @throws RangeError for a target too short. */
  copyTo(target: ArrayBuffer | Uint8Array): void {
    const bytes = target instanceof ArrayBuffer ? new Uint8Array(target) : target;
    if (bytes.length < this.byteLength)
      throw new RangeError(`target expected room for ${this.byteLength} bytes, got ${bytes.length}`);
    bytes.set(this.#data);
  }
}
