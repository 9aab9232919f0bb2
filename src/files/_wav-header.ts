/**
 * What stands before the samples of a WAV file, little-endian throughout: the least that the standards allow.
 *
 *     'RIFF' size 'WAVE'                     'RF64' 0xFFFFFFFF 'WAVE' beyond 4 GiB
 *     'JUNK' 28  zeros                       only in wide headers, and beyond 4 GiB in its place
 *                                            'ds64' 28  RIFF size:64 data size:64 frames:64 0:32
 *     'fmt ' 16  tag channels rate bytes/s bytes/frame bits        u8 and i16 of one or two channels
 *            18  … 0                                               f32 and f64 of one or two channels
 *            40  … 22 valid-bits channel-mask subformat-GUID       i24, i32, and more than two channels
 *     'fact' 4   frames                      floats only
 *     'data' size                            samples follow, and one zero byte where the size is odd
 */
import {
  DS64_BYTES,
  FMT_BYTES,
  FMT_EXTENSIBLE_BYTES,
  SIZE_ELSEWHERE,
  SUBFORMAT_TAIL,
  TAG_EXTENSIBLE,
  TAG_FLOAT,
  TAG_PCM,
} from './_wav-format.js';
import { bytesPerSample, isIntegerFormat, type SampleFormat } from './sample-format.js';

/** What a header says. */
export interface WavHeader {
  readonly sampleRate: number;
  readonly channels: number;
  readonly sampleFormat: SampleFormat;
  readonly channelMask: number;
  /** Whether there is room for 64-bit sizes. */
  readonly wide: boolean;
  /** Undefined: unknown. */
  readonly frames: number | undefined;
}

/** Little-endian fields, one behind the other. */
class FieldWriter {
  readonly #bytes = new Uint8Array(128);
  readonly #view = new DataView(this.#bytes.buffer);
  #length = 0;

  text(text: string): this {
    for (let i = 0; i < text.length; i++) this.#bytes[this.#length++] = text.charCodeAt(i);
    return this;
  }

  u16(value: number): this {
    this.#view.setUint16(this.#length, value, true);
    this.#length += 2;
    return this;
  }

  u32(value: number): this {
    this.#view.setUint32(this.#length, value, true);
    this.#length += 4;
    return this;
  }

  u64(value: number): this {
    return this.u32(value % 4294967296).u32(Math.floor(value / 4294967296));
  }

  raw(bytes: readonly number[]): this {
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}

function fmtBytes({ sampleFormat, channels }: WavHeader): number {
  if (channels > 2 || sampleFormat === 'i24' || sampleFormat === 'i32') return FMT_EXTENSIBLE_BYTES;
  return isIntegerFormat(sampleFormat) ? FMT_BYTES : FMT_BYTES + 2;
}

/** Bytes before the first sample. */
function headerBytes(header: WavHeader): number {
  const fact = isIntegerFormat(header.sampleFormat) ? 0 : 12;
  return 12 + (header.wide ? 8 + DS64_BYTES : 0) + 8 + fmtBytes(header) + fact + 8;
}

/** What the RIFF size field says of a file with so many frames. */
export function riffSize(header: WavHeader, frames: number): number {
  const dataBytes = frames * header.channels * bytesPerSample(header.sampleFormat);
  return headerBytes(header) - 8 + dataBytes + (dataBytes % 2);
}

/** Everything before the first sample. */
export function buildHeader(header: WavHeader): Uint8Array {
  const { sampleRate, channels, sampleFormat, channelMask, wide, frames } = header;
  const size = bytesPerSample(sampleFormat);
  const bytesPerFrame = size * channels;
  const wholeSize = frames === undefined ? SIZE_ELSEWHERE : riffSize(header, frames);
  const large = frames !== undefined && wholeSize >= SIZE_ELSEWHERE;
  const tag = isIntegerFormat(sampleFormat) ? TAG_PCM : TAG_FLOAT;
  const formatBytes = fmtBytes(header);

  const fields = new FieldWriter();
  fields.text(large ? 'RF64' : 'RIFF').u32(large ? SIZE_ELSEWHERE : wholeSize);
  fields.text('WAVE');
  if (wide) {
    fields.text(large ? 'ds64' : 'JUNK').u32(DS64_BYTES);
    fields.u64(large ? wholeSize : 0).u64(large ? frames * bytesPerFrame : 0);
    fields.u64(large ? frames : 0).u32(0);
  }
  fields.text('fmt ').u32(formatBytes);
  fields.u16(formatBytes === FMT_EXTENSIBLE_BYTES ? TAG_EXTENSIBLE : tag).u16(channels);
  // The field for bytes a second holds 32 bits, less than 64 channels of float64 at 10 MHz; nobody reads it.
  fields.u32(sampleRate).u32(Math.min(sampleRate * bytesPerFrame, 0xffffffff));
  fields.u16(bytesPerFrame).u16(size * 8);
  if (formatBytes > FMT_BYTES) fields.u16(formatBytes - FMT_BYTES - 2);
  if (formatBytes === FMT_EXTENSIBLE_BYTES)
    fields
      .u16(size * 8)
      .u32(channelMask)
      .u16(tag)
      .raw(SUBFORMAT_TAIL);
  if (tag === TAG_FLOAT) {
    fields.text('fact').u32(4);
    fields.u32(Math.min(frames ?? SIZE_ELSEWHERE, SIZE_ELSEWHERE));
  }
  fields.text('data').u32(frames === undefined || large ? SIZE_ELSEWHERE : frames * bytesPerFrame);
  return fields.bytes;
}
