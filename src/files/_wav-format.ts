/**
 * The constants of WAV and the meaning of its 'fmt ' chunk, for reader and writer alike.
 *
 * Sources: Microsoft and IBM, Multimedia Programming Interface and Data Specifications 1.0 (1991); Microsoft, Multiple
 * Channel Audio Data and WAVE Files (2007), for the extensible form; EBU Tech 3306 (2007) and ITU-R BS.2088 (2015) for
 * RF64 and BW64.
 */
import { BitstreamError } from '../engine/errors.js';
import { bytesPerSample, MAX_CHANNELS, type SampleFormat } from './sample-format.js';

export const TAG_PCM = 1;
export const TAG_FLOAT = 3;
export const TAG_EXTENSIBLE = 0xfffe;

/** A 32-bit size that says 'see ds64' in RF64 and 'unknown' elsewhere. */
export const SIZE_ELSEWHERE = 0xffffffff;

/** What follows the format tag in the GUID of a subformat: xxxxxxxx-0000-0010-8000-00AA00389B71. */
export const SUBFORMAT_TAIL = Object.freeze([0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71]);

/** Bytes of a 'fmt ' chunk that mean something: 16 of the plain form, 40 of the extensible one. */
export const FMT_BYTES = 16;
export const FMT_EXTENSIBLE_BYTES = 40;

/** Bytes of a 'ds64' chunk without its table: RIFF size, data size and frame count of 64 bits, table length of 32. */
export const DS64_BYTES = 28;

/** From one sample a second, the slowest a WAV file can say, to well above any converter of recordings. */
export const MIN_SAMPLE_RATE = 1;
export const MAX_SAMPLE_RATE = 10_000_000;

/** Format tags that a file may well have and this reader does not take, with the names people know them by. */
const OTHER_TAGS: Readonly<Record<number, string>> = {
  2: 'Microsoft ADPCM',
  6: 'A-law',
  7: 'mu-law',
  17: 'IMA ADPCM',
  49: 'GSM 6.10',
  80: 'MPEG audio',
  85: 'MP3',
};

export interface WavSamples {
  readonly sampleRate: number;
  readonly channels: number;
  readonly sampleFormat: SampleFormat;
  readonly bitsPerSample: number;
  readonly bytesPerFrame: number;
  readonly channelMask: number | undefined;
}

function integerFormat(bits: number, byteOffset: number): SampleFormat {
  if (bits < 8 || bits > 32) {
    throw new BitstreamError(
      `the WAV header says ${bits} bits a sample; integers of 8 to 32 bits are read`,
      byteOffset,
    );
  }
  // Samples of other widths stand at the upper end of the next whole byte, so the value rule is that of the container.
  return bits === 8 ? 'u8' : bits <= 16 ? 'i16' : bits <= 24 ? 'i24' : 'i32';
}

function floatFormat(bits: number, byteOffset: number): SampleFormat {
  if (bits !== 32 && bits !== 64) {
    throw new BitstreamError(`the WAV header says ${bits}-bit floats; those of 32 and 64 bits are read`, byteOffset);
  }
  return bits === 32 ? 'f32' : 'f64';
}

/** Reads the body of a 'fmt ' chunk, of which `length` bytes are there; `byteOffset` is where it lies in the file. */
export function parseFmt(body: DataView, length: number, byteOffset: number): WavSamples {
  if (length < FMT_BYTES) {
    throw new BitstreamError(`the WAV 'fmt ' chunk has ${length} bytes where 16 are the least`, byteOffset);
  }
  let tag = body.getUint16(0, true);
  const channels = body.getUint16(2, true);
  const sampleRate = body.getUint32(4, true);
  const bytesPerFrame = body.getUint16(12, true);
  const bits = body.getUint16(14, true);
  let bitsPerSample = bits;
  let channelMask: number | undefined;

  if (tag === TAG_EXTENSIBLE) {
    if (length < FMT_EXTENSIBLE_BYTES) {
      throw new BitstreamError(
        `the extensible WAV 'fmt ' chunk has ${length} bytes where 40 are the least`,
        byteOffset,
      );
    }
    // Some writers leave the valid bits at 0 and mean all of them.
    bitsPerSample = body.getUint16(18, true) || bits;
    channelMask = body.getUint32(20, true);
    tag = body.getUint16(24, true);
    if (SUBFORMAT_TAIL.some((byte, i) => body.getUint8(26 + i) !== byte)) {
      throw new BitstreamError('the WAV subformat is a GUID that is not read', byteOffset + 24);
    }
  }
  if (tag !== TAG_PCM && tag !== TAG_FLOAT) {
    const hex = `0x${tag.toString(16).padStart(4, '0')}`;
    const named = OTHER_TAGS[tag] ? `${hex} (${OTHER_TAGS[tag]})` : hex;
    throw new BitstreamError(`WAV format tag ${named} is not read, only integer PCM and IEEE float are`, byteOffset);
  }
  if (channels < 1 || channels > MAX_CHANNELS) {
    throw new BitstreamError(
      `the WAV header says ${channels} channels; 1 to ${MAX_CHANNELS} are allowed`,
      byteOffset + 2,
    );
  }
  if (sampleRate < MIN_SAMPLE_RATE || sampleRate > MAX_SAMPLE_RATE) {
    throw new BitstreamError(
      `the WAV header says a sample rate of ${sampleRate} Hz; ${MIN_SAMPLE_RATE} to ${MAX_SAMPLE_RATE} Hz are allowed`,
      byteOffset + 4,
    );
  }
  const sampleFormat = tag === TAG_PCM ? integerFormat(bits, byteOffset + 14) : floatFormat(bits, byteOffset + 14);
  if (bitsPerSample > bits) {
    throw new BitstreamError(`the WAV header says ${bitsPerSample} valid bits of ${bits}`, byteOffset + 18);
  }
  const expected = channels * bytesPerSample(sampleFormat);
  if (bytesPerFrame !== expected) {
    throw new BitstreamError(
      `the WAV header says ${bytesPerFrame} bytes a frame, but ${channels} channels of ${bits} bits take ${expected}`,
      byteOffset + 12,
    );
  }
  return { sampleRate, channels, sampleFormat, bitsPerSample, bytesPerFrame, channelMask };
}
