/**
 * Reads WAV as a stream: from a file, a pipe or memory, in a fixed window of 256 KiB however long the recording.
 *
 * Read are integer PCM of 8 to 32 bits and floats of 32 and 64, in the plain and the extensible form, in RIFF, RF64 and
 * BW64 files, with any other chunks before the samples. What lies behind the samples is not looked at.
 *
 * Nothing the header says is used before it is checked, and no memory is taken on its word. A header that cannot be true
 * is a BitstreamError; samples that end early are damage: those that are there are given out, and `missingFrames` says
 * how many are not.
 *
 * The length is taken as unknown, and everything up to the end of the data as samples, where the header holds a
 * placeholder instead of a size: 0xFFFFFFFF (ffmpeg), a size within 64 KiB below 2^31 or 2^32 that the data do not hold
 * (SoX writes 0x7FFFF000), or 0 when the RIFF size does not speak of anything behind it either (a recorder that was
 * switched off).
 */
import { BitstreamError } from '../engine/errors.js';
import { BufferedSource } from './_buffered-source.js';
import { DS64_BYTES, FMT_EXTENSIBLE_BYTES, parseFmt, SIZE_ELSEWHERE, type WavSamples } from './_wav-format.js';
import type { AudioFormat, AudioReader, Damage } from './audio-reader.js';
import { type ByteInput, toByteSource } from './byte-io.js';
import { checkSamplePlanes, type SamplePlanes, unpackSamples } from './sample-format.js';

const CHUNK_HEADER_BYTES = 8;

/** Four characters as they stand in the file, for people: `'data'`, or hexadecimal where they cannot be printed. */
function showBytes(bytes: Uint8Array): string {
  if (bytes.every((byte) => byte >= 0x20 && byte <= 0x7e)) return `'${String.fromCharCode(...bytes)}'`;
  return `bytes ${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ')}`;
}

/** Where the samples lie and what they are. */
interface WavLayout {
  readonly container: string;
  readonly samples: WavSamples;
  readonly dataOffset: number;
  /** Undefined where the length is unknown. */
  readonly dataBytes: number | undefined;
}

interface WideSizes {
  readonly riffSize: number;
  readonly dataSize: number;
}

/** Reads the chunks up to the samples. */
class HeaderParser {
  readonly #source: BufferedSource;

  constructor(source: BufferedSource) {
    this.#source = source;
  }

  async parse(): Promise<WavLayout> {
    const container = await this.#parseForm();
    let riffSize = await this.#parseSizeAndType();
    let samples: WavSamples | undefined;
    let wide: WideSizes | undefined;
    for (;;) {
      const at = this.#source.position;
      const header = await this.#take(CHUNK_HEADER_BYTES, samples ? "a 'data' chunk" : "a 'fmt ' chunk");
      const id = this.#chunkId(header, at);
      const size = header.getUint32(4, true);
      if (id === 'data') {
        if (!samples) throw new BitstreamError("the WAV file has its 'data' chunk before any 'fmt ' chunk", at);
        if (container !== 'WAV' && size === SIZE_ELSEWHERE && !wide) {
          throw new BitstreamError(`the ${container} file has no 'ds64' chunk that says its size`, at);
        }
        if (wide) riffSize = wide.riffSize;
        const stated = wide && size === SIZE_ELSEWHERE ? wide.dataSize : size;
        const dataOffset = this.#source.position;
        return { container, samples, dataOffset, dataBytes: this.#dataBytes(stated, riffSize, dataOffset) };
      }
      if (id === 'fmt ') {
        if (samples) throw new BitstreamError("the WAV file has a second 'fmt ' chunk", at);
        const body = await this.#body(id, at, size, FMT_EXTENSIBLE_BYTES);
        samples = parseFmt(body, Math.min(size, FMT_EXTENSIBLE_BYTES), at + CHUNK_HEADER_BYTES);
      } else if (id === 'ds64' && container !== 'WAV') {
        if (wide) throw new BitstreamError(`the ${container} file has a second 'ds64' chunk`, at);
        const body = await this.#body(id, at, size, DS64_BYTES);
        if (size < DS64_BYTES) {
          throw new BitstreamError(`the 'ds64' chunk has ${size} bytes where ${DS64_BYTES} are the least`, at);
        }
        wide = {
          riffSize: this.#wideSize(body, 0, at + CHUNK_HEADER_BYTES),
          dataSize: this.#wideSize(body, 8, at + CHUNK_HEADER_BYTES),
        };
      } else {
        await this.#skip(id, at, size, size);
      }
    }
  }

  async #parseForm(): Promise<string> {
    const available = await this.#source.fill(4);
    const magic = this.#source.bytes.subarray(this.#source.start, this.#source.start + Math.min(available, 4));
    const name = String.fromCharCode(...magic);
    if (available === 0) throw new BitstreamError('no WAV file: it is empty', this.#source.position);
    if (name === 'RIFX') throw new BitstreamError('big-endian WAV (RIFX) is not read', this.#source.position);
    if (name !== 'RIFF' && name !== 'RF64' && name !== 'BW64') {
      throw new BitstreamError(
        `no WAV file: it starts with ${showBytes(magic)}, not with RIFF, RF64 or BW64`,
        this.#source.position,
      );
    }
    return name === 'RIFF' ? 'WAV' : name;
  }

  async #parseSizeAndType(): Promise<number> {
    const at = this.#source.position;
    const header = await this.#take(12, 'its RIFF header');
    const type = new Uint8Array(header.buffer, header.byteOffset + 8, 4);
    if (String.fromCharCode(...type) !== 'WAVE') {
      throw new BitstreamError(`no WAV file: its RIFF type is ${showBytes(type)}, not WAVE`, at + 8);
    }
    return header.getUint32(4, true);
  }

  #chunkId(header: DataView, at: number): string {
    const id = new Uint8Array(header.buffer, header.byteOffset, 4);
    if (id.some((byte) => byte < 0x20 || byte > 0x7e)) {
      throw new BitstreamError(`the WAV file has ${showBytes(id)} where the name of a chunk should stand`, at);
    }
    return String.fromCharCode(...id);
  }

  /** The first `wanted` bytes of a chunk's body, or all of a shorter one; the rest and the padding are passed over. */
  async #body(id: string, at: number, size: number, wanted: number): Promise<DataView> {
    const length = Math.min(size, wanted);
    const view = await this.#take(length, `its '${id}' chunk`);
    const body = new DataView(view.buffer.slice(view.byteOffset, view.byteOffset + length));
    await this.#skip(id, at, size, size - length);
    return body;
  }

  /** Passes over the `count` last bytes of a chunk and the byte that pads it to an even size. */
  async #skip(id: string, at: number, size: number, count: number): Promise<void> {
    const wanted = count + (size % 2);
    const skipped = await this.#source.skip(wanted);
    if (skipped < wanted) {
      throw new BitstreamError(
        `the WAV file ends within its '${id}' chunk of ${size} bytes, before its samples`,
        at + CHUNK_HEADER_BYTES,
      );
    }
  }

  /** A view of the next bytes, valid until the source is read again. */
  async #take(count: number, what: string): Promise<DataView> {
    const available = await this.#source.fill(count);
    if (available < count) {
      throw new BitstreamError(
        `the WAV file ends before ${what} is complete`,
        this.#source.position + Math.min(available, count),
      );
    }
    const view = new DataView(this.#source.bytes.buffer, this.#source.start, count);
    this.#source.consume(count);
    return view;
  }

  #wideSize(body: DataView, at: number, byteOffset: number): number {
    const low = body.getUint32(at, true);
    const high = body.getUint32(at + 4, true);
    if (high === 0xffffffff && low === 0xffffffff) return SIZE_ELSEWHERE;
    if (high >= 0x200000) {
      throw new BitstreamError("the 'ds64' chunk says a size of more than 2^53 bytes", byteOffset + at);
    }
    return high * 4294967296 + low;
  }

  #dataBytes(stated: number, riffSize: number, dataOffset: number): number | undefined {
    const { size } = this.#source;
    if (stated === SIZE_ELSEWHERE) return undefined;
    if (stated === 0) return riffSize !== SIZE_ELSEWHERE && riffSize + 8 > dataOffset ? 0 : undefined;
    const belowPower = stated <= 0x80000000 ? 0x80000000 - stated : 0x100000000 - stated;
    const held = size !== undefined && stated <= size - dataOffset;
    return belowPower >= 0 && belowPower <= 65536 && !held ? undefined : stated;
  }
}

/**
 * A WAV file as a stream of frames.
 *
 * @example
 * ```ts
 * import { MemorySink, WavReader, WavWriter } from 'paley';
 * const sink = new MemorySink();
 * const writer = new WavWriter(sink, { sampleRate: 44100, channels: 2, sampleFormat: 'i16' });
 * await writer.write([Float32Array.of(0.5, 0.25), Float32Array.of(-0.5, -0.25)]);
 * await writer.finish();
 *
 * const wav = await WavReader.open(sink.bytes);
 * const planes = [new Float32Array(1024), new Float32Array(1024)];
 * for (let frames = await wav.read(planes); frames > 0; frames = await wav.read(planes)) {
 *   console.log(frames, planes[0][0]);
 * }
 * ```
 */
export class WavReader implements AudioReader {
  readonly format: AudioFormat;
  readonly #source: BufferedSource;
  readonly #bytesPerFrame: number;
  readonly #dataEnd: number;
  readonly #damage: Damage[] = [];
  #framesRead = 0;
  #missingFrames = 0;
  #ended = false;

  private constructor(source: BufferedSource, layout: WavLayout) {
    const { container, samples, dataOffset, dataBytes } = layout;
    const { bytesPerFrame } = samples;
    this.#source = source;
    this.#bytesPerFrame = bytesPerFrame;
    this.#dataEnd = dataBytes === undefined ? Infinity : dataOffset + dataBytes;
    const rest = source.size === undefined ? undefined : Math.max(0, source.size - dataOffset);
    const extent = dataBytes ?? rest;
    this.format = Object.freeze({
      container,
      sampleRate: samples.sampleRate,
      channels: samples.channels,
      sampleFormat: samples.sampleFormat,
      bitsPerSample: samples.bitsPerSample,
      frames: extent === undefined ? undefined : Math.floor(extent / bytesPerFrame),
      ...(samples.channelMask === undefined ? {} : { channelMask: samples.channelMask }),
    });
    if (dataBytes !== undefined && dataBytes % bytesPerFrame !== 0) {
      this.#damage.push({
        byteOffset: this.#dataEnd - (dataBytes % bytesPerFrame),
        message: `the 'data' chunk of ${dataBytes} bytes ends within a frame of ${bytesPerFrame}`,
      });
    }
    if (rest !== undefined && dataBytes !== undefined && rest < dataBytes) {
      this.#noteMissing(Math.floor(rest / bytesPerFrame), dataOffset + rest);
    }
  }

  /**
   * Reads the header and returns a reader that stands at the first frame.
   *
   * Throws BitstreamError, with a line that says what is wrong and where, for anything that is no WAV file, ends within
   * its header, holds a format other than integer PCM or float, or has a header that contradicts itself or asks for more
   * than 64 channels or a sample rate outside 1 Hz to 10 MHz.
   */
  static async open(input: ByteInput): Promise<WavReader> {
    const source = input instanceof BufferedSource ? input : new BufferedSource(toByteSource(input));
    return new WavReader(source, await new HeaderParser(source).parse());
  }

  get framesRead(): number {
    return this.#framesRead;
  }

  get missingFrames(): number {
    return this.#missingFrames;
  }

  get damage(): readonly Damage[] {
    return this.#damage;
  }

  async read(planes: SamplePlanes): Promise<number> {
    const wanted = checkSamplePlanes('planes', planes, this.format.channels);
    const bytesPerFrame = this.#bytesPerFrame;
    let done = 0;
    while (done < wanted && !this.#ended) {
      const left = this.#dataEnd - this.#source.position;
      const ready = Math.floor(Math.min(this.#source.available, left) / bytesPerFrame);
      if (ready > 0) {
        const frames = Math.min(ready, wanted - done);
        unpackSamples(this.format.sampleFormat, this.#source.bytes, this.#source.start, planes, done, frames);
        this.#source.consume(frames * bytesPerFrame);
        done += frames;
      } else if (left < bytesPerFrame || (await this.#source.fill(bytesPerFrame)) < bytesPerFrame) {
        this.#ended = true;
      }
    }
    this.#framesRead += done;
    if (this.#ended) this.#noteEnd();
    return done;
  }

  async close(): Promise<void> {
    await this.#source.close();
  }

  #noteEnd(): void {
    const { frames } = this.format;
    const end = this.#source.position + Math.min(this.#source.available, this.#dataEnd - this.#source.position);
    if (frames !== undefined && this.#framesRead < frames) {
      if (this.#missingFrames !== frames - this.#framesRead) this.#noteMissing(this.#framesRead, end);
    } else if (this.#dataEnd === Infinity && this.#source.available > 0) {
      const message = `the data end within a frame: ${this.#source.available} bytes of ${this.#bytesPerFrame}`;
      if (this.#damage.length === 0) this.#damage.push({ byteOffset: this.#source.position, message });
    }
  }

  #noteMissing(held: number, byteOffset: number): void {
    const { frames } = this.format;
    if (frames === undefined || held >= frames) return;
    this.#missingFrames = frames - held;
    this.#damage.push({
      byteOffset,
      message: `the WAV file is cut short: ${this.#missingFrames} of ${frames} frames are missing`,
    });
  }
}
