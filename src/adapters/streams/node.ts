/** A stage as a Duplex of Node, for pipes. */
import { Duplex } from 'node:stream';
import { checkOneOf, checkOptions, throwRange } from '../../engine/check.js';
import type { Plane } from '../../stage/port.js';
import type { Stage } from '../../stage/stage.js';
import { checkStage, flushPieces, processPieces, type StreamChunk } from './_pieces.js';

/** How samples stand in bytes: little-endian, channels interleaved. Integers cover [−1, 1). */
export type InterleavedSample = 'i16' | 'f32';

export interface StageDuplexOptions {
  /**
   * Without it chunks are objects: planes (an array with a Float32Array a channel) or packets (a Uint8Array each). With
   * it the side that carries samples is plain bytes, cut anywhere, as `arecord`, `ffmpeg -f f32le` and sockets have them.
   */
  readonly sample?: InterleavedSample;
  /** Whether the stage is disposed of when the stream closes. Default true. */
  readonly dispose?: boolean;
}

const BYTES = { i16: 2, f32: 4 } as const;

/**
 * A Duplex through a stage, with backpressure: when the reading side is full the writing side waits. Not real-time safe.
 * Bytes left over at the end that are no whole frame are an error.
 * @throws TypeError or RangeError for a wrong stage or option.
 *
 * @example
 * ```ts
 * import { Readable } from 'node:stream';
 * import { Engine, Resampler } from 'paley';
 * import { stageDuplex } from 'paley/node';
 *
 * const resampler = new Resampler(await Engine.load(), { from: 8000, to: 16000, channels: 1 });
 * const samples = Buffer.alloc(2 * 8000); // a second of int16
 * let bytes = 0;
 * for await (const chunk of Readable.from([samples]).pipe(stageDuplex(resampler, { sample: 'i16' }))) bytes += chunk.length;
 * console.log(bytes); // 32000
 * ```
 */
export function stageDuplex(stage: Stage, options: StageDuplexOptions = {}): Duplex {
  checkStage(stage);
  checkOptions('StageDuplexOptions', options, ['sample', 'dispose']);
  const { sample, dispose = true } = options;
  if (sample !== undefined) {
    checkOneOf('sample', sample, ['i16', 'f32']);
    const carriesFrames = [stage.input, stage.output].some(
      (format) => format.kind === 'frames' && format.sample === 'f32',
    );
    if (!carriesFrames) throwRange('sample', 'to be left out where no side carries float32 frames', sample);
  }
  return new StageDuplex(stage, sample, dispose);
}

class StageDuplex extends Duplex {
  readonly #stage: Stage;
  readonly #reader: FrameReader | undefined;
  readonly #sampleOut: InterleavedSample | undefined;
  readonly #dispose: boolean;
  /** What is being given out, and whom to tell when it is. */
  #pieces: Generator<StreamChunk> | undefined;
  #done: ((error?: Error | null) => void) | undefined;

  constructor(stage: Stage, sample: InterleavedSample | undefined, dispose: boolean) {
    const bytesIn = sample !== undefined && stage.input.kind === 'frames';
    const bytesOut = sample !== undefined && stage.output.kind === 'frames';
    super({
      readableObjectMode: !bytesOut,
      writableObjectMode: !bytesIn,
      // Of objects one at a time: each may be a second of sound.
      readableHighWaterMark: bytesOut ? 65536 : 1,
      writableHighWaterMark: bytesIn ? 65536 : 1,
      autoDestroy: true,
    });
    this.#stage = stage;
    this.#reader = bytesIn ? new FrameReader(stage.input.channels, sample) : undefined;
    this.#sampleOut = bytesOut ? sample : undefined;
    this.#dispose = dispose;
  }

  override _write(chunk: StreamChunk | Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    try {
      const input = this.#reader ? this.#reader.take(chunk as Buffer) : (chunk as StreamChunk);
      this.#give(processPieces(this.#stage, input), done);
    } catch (error) {
      done(error as Error);
    }
  }

  override _final(done: (error?: Error | null) => void): void {
    const left = this.#reader?.left ?? 0;
    if (left > 0) {
      done(new RangeError(`the stream expected whole frames, got ${left} bytes more at its end`));
      return;
    }
    this.#give(flushPieces(this.#stage), (error) => {
      if (!error) this.push(null);
      done(error);
    });
  }

  override _read(): void {
    this.#goOn();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (this.#dispose) this.#stage.dispose();
    done(error);
  }

  #give(pieces: Generator<StreamChunk>, done: (error?: Error | null) => void): void {
    this.#pieces = pieces;
    this.#done = done;
    this.#goOn();
  }

  /** Pushes pieces until the reading side is full; `_read` calls again when it is not. */
  #goOn(): void {
    while (this.#pieces !== undefined) {
      let next: IteratorResult<StreamChunk>;
      try {
        next = this.#pieces.next();
      } catch (error) {
        this.#finish(error as Error);
        return;
      }
      if (next.done) {
        this.#finish();
        return;
      }
      if (!this.push(this.#sampleOut ? interleave(next.value as Plane[], this.#sampleOut) : next.value)) return;
    }
  }

  #finish(error?: Error): void {
    const done = this.#done;
    this.#pieces = undefined;
    this.#done = undefined;
    done?.(error);
  }
}

/** Bytes to planes; keeps what is less than a frame for the next chunk. */
class FrameReader {
  readonly #channels: number;
  readonly #sample: InterleavedSample;
  #rest: Buffer = Buffer.alloc(0);

  constructor(channels: number, sample: InterleavedSample) {
    this.#channels = channels;
    this.#sample = sample;
  }

  get left(): number {
    return this.#rest.length;
  }

  take(chunk: Buffer): Float32Array[] {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    const sampleBytes = BYTES[this.#sample];
    const frames = Math.floor(bytes.length / (sampleBytes * this.#channels));
    this.#rest = Buffer.from(bytes.subarray(frames * sampleBytes * this.#channels));
    return Array.from({ length: this.#channels }, (_, channel) => {
      const plane = new Float32Array(frames);
      for (let frame = 0; frame < frames; frame++) {
        const at = (frame * this.#channels + channel) * sampleBytes;
        plane[frame] = this.#sample === 'i16' ? bytes.readInt16LE(at) / 32768 : bytes.readFloatLE(at);
      }
      return plane;
    });
  }
}

function interleave(planes: readonly Plane[], sample: InterleavedSample): Buffer {
  const sampleBytes = BYTES[sample];
  const bytes = Buffer.alloc(planes[0].length * planes.length * sampleBytes);
  for (const [channel, plane] of planes.entries()) {
    for (let frame = 0; frame < plane.length; frame++) {
      const at = (frame * planes.length + channel) * sampleBytes;
      if (sample === 'f32') bytes.writeFloatLE(plane[frame], at);
      else bytes.writeInt16LE(Math.max(-32768, Math.min(32767, Math.round(plane[frame] * 32768))), at);
    }
  }
  return bytes;
}
