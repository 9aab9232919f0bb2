/** What every reader of recordings offers, whatever the file it reads from. */
import type { SampleFormat, SamplePlanes } from './sample-format.js';

/** What a recording is. */
export interface AudioFormat {
  /** How the bytes are arranged, in the word people use: WAV, RF64, FLAC, MP3. */
  readonly container: string;
  /** In hertz. */
  readonly sampleRate: number;
  readonly channels: number;
  /** How the samples are stored; for a compressed file, the smallest format that holds what its decoder gives. */
  readonly sampleFormat: SampleFormat;
  /** Bits of a sample that carry something: 20 for 20-bit samples stored in three bytes. */
  readonly bitsPerSample: number;
  /** Frames that the header promises; undefined where it does not say, as on a pipe. */
  readonly frames: number | undefined;
  /** Which loudspeaker each channel belongs to, a bit each in the order of WAVE_FORMAT_EXTENSIBLE, where the file says. */
  readonly channelMask?: number;
}

/** Something in the data that is not as it should be, but did not stop the reading. */
export interface Damage {
  /** Offset in bytes from the start of the data. */
  readonly byteOffset: number;
  readonly message: string;
}

/** A recording that is read from its start to its end. Not for real time. One call at a time. */
export interface AudioReader {
  readonly format: AudioFormat;
  /** Frames given out so far. */
  readonly framesRead: number;
  /**
   * Frames that the header promises and the data do not hold. Known from the start for a file whose size is known, and at
   * the end of the data otherwise; 0 until then.
   */
  readonly missingFrames: number;
  /** What was found wrong so far. Complete when `read` has returned 0. */
  readonly damage: readonly Damage[];
  /**
   * Fills the caller's planes, one a channel, from their start and returns how many frames it put there: as many as they
   * hold, fewer only at the end of the recording, then 0.
   */
  read(planes: SamplePlanes): Promise<number>;
  /** Gives back what the source holds. */
  close(): Promise<void>;
}
