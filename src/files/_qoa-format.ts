/**
 * The QOA format (D. Szablewski, 2023), big-endian throughout:
 *
 *     file   'qoaf' | frames u32, 0 for a stream of unknown length | coded frames
 *     coded  channels u8 | sample rate u24 | frames u16 | bytes u16 | a predictor's state a channel | slices
 *     state  4 samples i16 | 4 weights i16
 *     slice  scale factor 4 bits | 20 codes of 3 bits
 *
 * The slices of the channels take turns. All coded frames of a file but the last hold 256 slices a channel, so each
 * header but the first tells what is known: a reader can hold them against each other, and go on where one is wrong.
 */

export const MAGIC = 'qoaf';
export const FILE_HEADER_BYTES = 8;
export const FRAME_HEADER_BYTES = 8;
export const STATE_BYTES = 16;
export const SLICE_BYTES = 8;
export const SLICE_FRAMES = 20;
export const SLICES_PER_FRAME = 256;
/** Frames, in the sense of one sample of every channel, that a full coded frame holds. */
export const FULL_FRAMES = SLICES_PER_FRAME * SLICE_FRAMES;
export const TAPS = 4;
export const SCALE_FACTORS = 16;
/** The format's field has three bytes. */
export const MAX_QOA_RATE = 0xffffff;
/** The most that the reference player takes; the field has a byte. */
export const MAX_QOA_CHANNELS = 8;

/** round((s + 1)^2.75) */
const SCALES = [1, 7, 21, 45, 84, 138, 211, 304, 421, 562, 731, 928, 1157, 1419, 1715, 2048];
/** Of the codes 0 to 7, in units of the scale. */
const LEVELS = [0.75, -0.75, 2.5, -2.5, 4.5, -4.5, 7, -7];

/** What a code adds to the prediction: entry 8·scale factor + code, rounded half away from zero. */
export const DEQUANTIZED = Int32Array.from({ length: SCALE_FACTORS * 8 }, (_, index) => {
  const value = SCALES[index >> 3] * LEVELS[index & 7];
  return value < 0 ? -Math.floor(0.5 - value) : Math.floor(value + 0.5);
});

/** Bytes of a coded frame. */
export function frameBytes(channels: number, frames: number): number {
  const slices = Math.ceil(frames / SLICE_FRAMES);
  return FRAME_HEADER_BYTES + channels * (STATE_BYTES + SLICE_BYTES * slices);
}

/** What stands at the start of a coded frame. */
export interface FrameHeader {
  readonly channels: number;
  readonly sampleRate: number;
  readonly frames: number;
  readonly bytes: number;
}

export function readFrameHeader(view: DataView, offset: number): FrameHeader {
  return {
    channels: view.getUint8(offset),
    sampleRate: view.getUint32(offset) & 0xffffff,
    frames: view.getUint16(offset + 4),
    bytes: view.getUint16(offset + 6),
  };
}

/** Whether a header's own counts agree; the field for the bytes is too short for more than 31 channels, and wraps. */
export function isConsistent({ channels, sampleRate, frames, bytes }: FrameHeader): boolean {
  if (channels === 0 || sampleRate === 0 || frames === 0 || frames > FULL_FRAMES) return false;
  return (frameBytes(channels, frames) & 0xffff) === bytes;
}

/** The first eight bytes of a stream, in either direction of time a QOA predictor's weights before any sample. */
export const FIRST_WEIGHTS = [0, 0, -8192, 16384];
