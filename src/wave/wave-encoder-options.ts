/** What a WaveEncoder can be asked for. */
import { checkNumber, throwType } from '../engine/check.js';
import type { RationalLike } from '../stage/rational.js';
import type { NoiseShaping } from './_noise-shaping.js';
import type { WavePredictor } from './config.js';
import type { WaveRatePlan } from './rate-plan.js';

export interface WaveEncoderOptions {
  /** Frames a second: a number or an exact fraction. */
  readonly sampleRate: RationalLike;
  /** 1 to 64. Default 1. */
  readonly channels?: number;
  /** `full` (default) or `lite`: a third of the work for about 0.5 dB. */
  readonly predictor?: WavePredictor;
  /**
   * Bits of each sample on average, headers and keys included: an upper bound, 1 to 24, and from 0.75 with a plan or a
   * look-ahead, so that there is room for a container within 1. Default 3.2.
   */
  readonly bitsPerSample?: number;
  /**
   * How `bitsPerSample` holds. `bounded` (default): any k packets in a row have at most k + 0.3 packets' bits (k + 1 with
   * keys), for links. `average`: the mean from the start up to every packet holds, the first 32 apart, which may run
   * ahead by one packet's bits; for pipes.
   */
  readonly rate?: 'bounded' | 'average';
  /**
   * With `rate: 'average'`: how far ahead the encoder looks before it codes a packet, in seconds, 0 (default) to 60, up to a
   * whole packet. `latency` is longer by it. What has been sent then never exceeds the mean of what was taken in, and the
   * whole stream's mean holds: the packets that wait lend their bits, and nothing is owed at the end.
   */
  readonly lookAheadSeconds?: number;
  /**
   * What a WaveSurvey of the same recording found: `bitsPerSample` then holds for the whole of it, with as even a step as
   * can be, which is the best for the error of the whole.
   */
  readonly plan?: WaveRatePlan;
  /** In place of a rate: one step for all packets, in units of the integer samples; the nearest there is below. */
  readonly step?: number;
  /** In place of a rate: no sample is further off than this, in units of the integer samples. */
  readonly maxError?: number;
  /** In place of a rate: every integer sample comes back as it was. */
  readonly lossless?: boolean;
  /** Bits of the integers that samples are rounded to, ±1 being ±2^(sampleBits − 1): 8 to 24. Default 16. */
  readonly sampleBits?: number;
  /** How hard to search, 1 to 4: 1, 4, 8 or 16 ways to code a packet are followed at a time. Default 2. */
  readonly effort?: number;
  /**
   * How the error is spread over frequencies. `none` (default): evenly, which is the least error. `fixed`: along the ear's
   * threshold, from 4000 Hz of `sampleRate` on. `adaptive`: along the signal's own spectrum, so that no band drowns. The last two
   * cost 1 to 3 dB of signal-to-noise ratio: docs/WAVE.md. Decoders need not know. Not with `maxError` and `lossless`.
   */
  readonly noiseShaping?: NoiseShaping;
  /**
   * 64, 128 (default) or 256; or, where no rate has to hold from packet to packet, a multiple of `spanFrames` up to 4096, for
   * files: what each packet costs beside its levels is paid less often.
   */
  readonly framesPerPacket?: number;
  /**
   * Frames that share a set of coefficients: 64, 128 or 256. Default: all of a packet up to 256; 256 in packets of
   * 4096, else 128.
   */
  readonly spanFrames?: number;
  /** Decoding can start at every so many packets; 0: only at the first. Default 32. */
  readonly keyInterval?: number;
  /** Decoded samples that the prediction is computed from: 256, 512 or 1024. Default 1024; 512 up to 24 kHz and for `lite`. */
  readonly analysisFrames?: number;
  /** Ends each span with eight bits that check the decoder's state. Default false. */
  readonly stateCheck?: boolean;
  /** Most frames of one `processInto` call. Default 128. */
  readonly maxInput?: number;
}

const MOST_LOOK_AHEAD = 60;
export const LEAST_BITS = 1;
/** Of what goes into a file of LEAST_BITS. */
export const LEAST_FILE_BITS = 0.75;

export const optionNames = [
  'sampleRate',
  'channels',
  'predictor',
  'bitsPerSample',
  'rate',
  'lookAheadSeconds',
  'plan',
  'step',
  'maxError',
  'lossless',
  'sampleBits',
  'effort',
  'noiseShaping',
  'framesPerPacket',
  'spanFrames',
  'keyInterval',
  'analysisFrames',
  'stateCheck',
  'maxInput',
];

/** Which one of the options is what is held constant. */
export function constantOf(options: WaveEncoderOptions): 'rate' | 'step' | 'maxError' | 'lossless' {
  const { bitsPerSample, rate, plan, step, maxError, lossless } = options;
  const given = [
    bitsPerSample !== undefined || rate !== undefined || plan !== undefined ? 'rate' : '',
    step !== undefined ? 'step' : '',
    maxError !== undefined ? 'maxError' : '',
    lossless === true ? 'lossless' : '',
  ].filter((name) => name !== '') as ('rate' | 'step' | 'maxError' | 'lossless')[];
  if (given.length > 1) {
    throw new TypeError(
      `WaveEncoder expected one of bitsPerSample, step, maxError and lossless, got ${given.join(' and ')}`,
    );
  }
  if (lossless !== undefined && typeof lossless !== 'boolean') throwType('lossless', 'true or false', lossless);
  return given[0] ?? 'rate';
}

/** The least bits a sample that can be asked for. */
export function leastBitsOf({ plan, lookAheadSeconds = 0 }: WaveEncoderOptions): number {
  return plan !== undefined || lookAheadSeconds > 0 ? LEAST_FILE_BITS : LEAST_BITS;
}

/** Packets to look ahead. */
export function packetsOf({ rate, plan, lookAheadSeconds = 0 }: WaveEncoderOptions, packetSeconds: number): number {
  checkNumber('lookAheadSeconds', lookAheadSeconds, 0, MOST_LOOK_AHEAD);
  if (lookAheadSeconds > 0 && (rate !== 'average' || plan !== undefined)) {
    throw new RangeError(`lookAheadSeconds expected 0 without rate 'average' or with a plan, got ${lookAheadSeconds}`);
  }
  // A number of packets that seconds in binary miss by a hair is meant to be that number.
  return Math.ceil(lookAheadSeconds / packetSeconds - 1e-6);
}
