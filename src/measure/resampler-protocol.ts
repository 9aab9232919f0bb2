/** All the figures of the protocol for one resampler, in one call. */
import {
  aliasRejection,
  type Bandwidth,
  bandwidth,
  imageRejection,
  type ResamplerUnderTest,
  ripple,
  signalToNoise,
  type WorstTone,
} from './resampler.js';
import {
  type Backlog,
  backlog,
  type ChunkResult,
  chunkInvariance,
  type Impulse,
  impulse,
  type LengthResult,
  lengths,
} from './resampler-timing.js';

/** Settings of `resamplerFigures`. */
export interface ResamplerFiguresOptions {
  /**
   * Input frames until the onset of a tone has died away: half the length of a linear-phase filter. Default 1024. Where
   * it passes 2048 all test signals are made longer, by powers of two.
   */
  settlingFrames?: number;
  /** Input lengths of the length test. Default: those of the protocol. */
  lengths?: readonly number[];
  /** Called before each test with its name and how many are done of how many. */
  onProgress?: (test: string, done: number, all: number) => void;
}

/** Every figure of docs/MEASURING.md. What a pair of rates does not have is null. */
export interface ResamplerFigures {
  signalToNoise: WorstTone;
  ripple: number;
  bandwidth: Bandwidth;
  /** From 1.00 and from 1.05 of the output's Nyquist frequency, where the rate falls. */
  aliasRejection: WorstTone | null;
  aliasRejectionBeyond: WorstTone | null;
  /** Where the rate rises. */
  imageRejection: WorstTone | null;
  impulse: Impulse;
  backlog: Backlog;
  lengths: LengthResult[];
  chunks: ChunkResult[];
}

const BEYOND = 1.05;
/** What comes before the half of a tone that counts, of 8,192 frames. */
const QUARTER = 2048;

/**
 * Runs the whole protocol. Takes seconds.
 *
 * @throws RangeError where the device gives less than half the frames due.
 * @example
 * const figures = resamplerFigures(device);
 * figures.signalToNoise.decibels;
 */
export function resamplerFigures(device: ResamplerUnderTest, options: ResamplerFiguresOptions = {}): ResamplerFigures {
  const { settlingFrames = 1024, lengths: inputLengths, onProgress = () => {} } = options;
  if (!(settlingFrames >= 0 && settlingFrames <= 2 ** 20)) {
    throw new RangeError(`settlingFrames expected a number from 0 to 2^20, got ${settlingFrames}`);
  }
  const { from, to } = device;
  let longer = 1;
  while (longer * QUARTER < settlingFrames) longer *= 2;
  const short = { frames: 8192 * longer };
  const long = { frames: 32768 * longer };
  const falls = from > to;
  const all = falls ? 9 : from < to ? 8 : 7;
  let done = 0;
  const test = <T>(name: string, work: () => T): T => {
    onProgress(name, done++, all);
    return work();
  };
  return {
    signalToNoise: test('SNR', () => signalToNoise(device, long)),
    ripple: test('ripple', () => ripple(device, short)),
    bandwidth: test('bandwidth', () => bandwidth(device, short)),
    aliasRejection: falls ? test('alias rejection', () => aliasRejection(device, long)) : null,
    aliasRejectionBeyond:
      from >= BEYOND * to
        ? test('alias rejection from 1.05', () => aliasRejection(device, { ...long, start: BEYOND }))
        : null,
    imageRejection: from < to ? test('image rejection', () => imageRejection(device, long)) : null,
    impulse: test('impulse', () => impulse(device, short)),
    backlog: test('latency', () => backlog(device, short)),
    lengths: test('lengths', () => lengths(device, inputLengths)),
    chunks: test('chunking', () => chunkInvariance(device)),
  };
}
