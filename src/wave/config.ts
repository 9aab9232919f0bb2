/**
 * What a wave stream says about itself: the packets format that an encoder gives and a decoder takes, plain data, as a
 * stream header carries it.
 */
import { checkBoolean, checkInteger, checkOneOf, checkOptions, throwType } from '../engine/check.js';
import type { PacketsFormat } from '../stage/format.js';
import { type RationalLike, toRate } from '../stage/rational.js';

/** How samples are predicted: `full` by 32 coefficients and 16 adaptive weights, `lite` by 4 and 32, at a third of the work. */
export type WavePredictor = 'full' | 'lite';

/** What a decoder has to know beside rate, channels and packet size. */
export interface WaveParameters {
  readonly predictor: WavePredictor;
  /** Samples are whole numbers of so many bits, 8 to 24; ±1 in float32 is ±2^(sampleBits − 1). */
  readonly sampleBits: number;
  /** Decoded samples that the prediction is computed from: 256, 512 or 1024. */
  readonly analysisFrames: number;
  /** Every so many packets decoding can start; 0 for the first alone. */
  readonly keyInterval: number;
  /** True where each packet ends with eight bits that check the decoder's state. */
  readonly stateCheck: boolean;
}

/** The format of wave packets. */
export type WaveConfig = PacketsFormat & { readonly codec: 'wave' };

/** What the prediction consists of, for each predictor. */
export const predictors = {
  full: { order: 32, taps: 16 },
  lite: { order: 4, taps: 32 },
} as const satisfies Record<WavePredictor, { order: number; taps: number }>;

const parameterNames = ['predictor', 'sampleBits', 'analysisFrames', 'keyInterval', 'stateCheck'];

/** Checks parameters, from options or from a stream header. */
export function checkParameters(title: string, value: unknown): WaveParameters {
  checkOptions(title, value, parameterNames);
  const { predictor, sampleBits, analysisFrames, keyInterval, stateCheck } = value as WaveParameters;
  checkOneOf(`${title}.predictor`, predictor, ['full', 'lite']);
  checkInteger(`${title}.sampleBits`, sampleBits, 8, 24);
  checkInteger(`${title}.analysisFrames`, analysisFrames, 256, 1024);
  if (analysisFrames !== 256 && analysisFrames !== 512 && analysisFrames !== 1024) {
    throw new RangeError(`${title}.analysisFrames expected 256, 512 or 1024, got ${analysisFrames}`);
  }
  checkInteger(`${title}.keyInterval`, keyInterval, 0, 2 ** 20);
  checkBoolean(`${title}.stateCheck`, stateCheck);
  return { predictor, sampleBits, analysisFrames, keyInterval, stateCheck };
}

/** 64, 128 or 256. */
export function checkFramesPerPacket(title: string, value: unknown): number {
  const frames = checkInteger(title, value, 64, 256);
  if (frames !== 64 && frames !== 128 && frames !== 256) {
    throw new RangeError(`${title} expected 64, 128 or 256, got ${frames}`);
  }
  return frames;
}

/** Checks a format that came from elsewhere, from a stream header say. */
export function checkConfig(title: string, value: unknown): { config: WaveConfig; parameters: WaveParameters } {
  if (typeof value !== 'object' || value === null) throwType(title, 'the config of a WaveEncoder', value);
  const { kind, codec, parameters, framesPerPacket, sampleRate, channels } = value as PacketsFormat;
  checkOneOf(`${title}.kind`, kind, ['packets']);
  checkOneOf(`${title}.codec`, codec, ['wave']);
  return {
    config: makeConfig(title, checkParameters(`${title}.parameters`, parameters), {
      framesPerPacket,
      sampleRate,
      channels,
    }),
    parameters: checkParameters(`${title}.parameters`, parameters),
  };
}

/** The format from its parts. */
export function makeConfig(
  title: string,
  parameters: WaveParameters,
  stream: { framesPerPacket: number; sampleRate: RationalLike; channels: number },
): WaveConfig {
  return Object.freeze({
    kind: 'packets',
    codec: 'wave',
    parameters: { ...parameters },
    framesPerPacket: checkFramesPerPacket(`${title}.framesPerPacket`, stream.framesPerPacket),
    sampleRate: toRate(`${title}.sampleRate`, stream.sampleRate),
    channels: checkInteger(`${title}.channels`, stream.channels, 1, 64),
  });
}
