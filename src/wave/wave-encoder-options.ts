/** What a WaveEncoder can be asked for. */
import type { RationalLike } from '../stage/rational.js';
import type { NoiseShaping } from './_noise-shaping.js';
import type { WavePredictor } from './config.js';
import type { WaveRatePlan } from './rate-plan.js';

export interface WaveEncoderOptions {
  /** Frames a second: a number or an exact fraction. */
  readonly sampleRate: RationalLike;
  /** 1 to 64. Default 1. */
  readonly channels?: number;
  /** `full` (default) or `lite`: about half the work for about 0.5 dB. */
  readonly predictor?: WavePredictor;
  /**
   * Bits of each sample on average, headers and keys included: an upper bound, 1 to 24, and from 0.75 with a plan or a
   * look-ahead, so that there is room for a container within 1. Default 3.2.
   */
  readonly bitsPerSample?: number;
  /**
   * How `bitsPerSample` holds. `bounded` (default): any k packets in a row have at most k + 1 packets' bits (k + 0.3
   * without keys), for links. `average`: the mean from the start up to every packet holds, the first 32 apart, which may run
   * ahead by one packet's bits; for pipes. Packets are single spans with either.
   */
  readonly rate?: 'bounded' | 'average';
  /**
   * With `rate: 'average'`: how far ahead the encoder looks before it codes a packet, in seconds, 0 (default) to 60, rounded
   * up to whole packets. `latency` is longer by it. What has been sent then never exceeds the mean of what was taken in, and
   * the whole stream's mean holds: the packets that wait lend their bits, and nothing is owed at the end.
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
  /** How hard to search, 1 to 4: 1, 4, 8 or 16 ways to code a span are followed at a time. Default 2. */
  readonly effort?: number;
  /**
   * How the error is spread over frequencies. `none` (default): evenly, which is the least error. `fixed`: along the ear's
   * threshold, from 4000 Hz of `sampleRate` on. `adaptive`: along the signal's own spectrum, so that no band drowns. The
   * last two cost 1 to 3 dB of signal-to-noise ratio: docs/WAVE.md. Decoders need not know. Not with `maxError` and `lossless`.
   */
  readonly noiseShaping?: NoiseShaping;
  /**
   * 64, 128 (default) or 256; or, where no rate has to hold from packet to packet (with a `plan`, `step`, `maxError` or
   * `lossless`), a multiple of `spanFrames` up to 4096, for files: what each packet costs beside its levels is paid less often.
   */
  readonly framesPerPacket?: number;
  /**
   * Frames that share a set of coefficients: 64, 128 or 256. Default: all of a packet up to 256; 256 in packets of
   * 4096, else 128.
   */
  readonly spanFrames?: number;
  /** Decoding can start at every so many packets, the keys; 0: only at the first. Default 32. */
  readonly keyInterval?: number;
  /** Decoded samples that the prediction is computed from: 256, 512 or 1024. Default 1024; 512 up to 24 kHz and for `lite`. */
  readonly analysisFrames?: number;
  /** Ends each span with eight bits that check the decoder's state. Default false. */
  readonly stateCheck?: boolean;
  /** Most frames of one `processInto` call. Default 128. */
  readonly maxInput?: number;
}

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
] as const satisfies (keyof WaveEncoderOptions)[];

/** Options of a scout: a quick encoder at one step, which tells what packets of an encoder with these options will take. */
export function scoutOptions(options: WaveEncoderOptions, step: number): WaveEncoderOptions {
  const { bitsPerSample, rate, lookAheadSeconds, plan, maxError, lossless, ...others } = options;
  return { ...others, effort: 1, step };
}
