/**
 * What a wave stream says about itself: the packets format that an encoder gives and a decoder takes, plain data, as a
 * stream header carries it.
 */
import { checkBoolean, checkInteger, checkOneOf, checkOptions, throwType } from '../engine/check.js';
import type { PacketsFormat } from '../stage/format.js';
import { type RationalLike, toNumber, toRate } from '../stage/rational.js';

/** How samples are predicted: `full` by 32 coefficients and 16 adaptive weights, `lite` by 4 and 32, at about half the work. */
export type WavePredictor = 'full' | 'lite';

/** What a decoder has to know beside rate, channels and packet size. A stream header leaves out what is usual. */
export interface WaveParameters {
  /** Frames that share a set of coefficients: 64, 128 or 256. A packet is one span, or some of them one after the other. */
  readonly spanFrames: number;
  readonly predictor: WavePredictor;
  /** Samples are whole numbers of so many bits, 8 to 24; ±1 in float32 is ±2^(sampleBits − 1). */
  readonly sampleBits: number;
  /** Decoded samples that the prediction is computed from: 256, 512 or 1024. */
  readonly analysisFrames: number;
  /** True where each span ends with eight bits that check the decoder's state. */
  readonly stateCheck: boolean;
}

/** The format of wave packets. */
export type WaveConfig = PacketsFormat & { readonly codec: 'wave' };

/** What the prediction consists of, for each predictor. */
export const predictors = {
  full: { order: 32, taps: 16 },
  lite: { order: 4, taps: 32 },
} as const satisfies Record<WavePredictor, { order: number; taps: number }>;

/** Most frames of a packet. */
export const MOST_FRAMES = 4096;

const parameterNames = ['predictor', 'sampleBits', 'analysisFrames', 'spanFrames', 'stateCheck'];

/** What a stream is. */
interface Stream {
  readonly framesPerPacket: number;
  readonly sampleRate: RationalLike;
  readonly channels: number;
}

/** Frames of a span where nobody says: short packets are one span, and the longest have long ones. */
export function usualSpanFrames(framesPerPacket: number): number {
  if (framesPerPacket <= 256) return framesPerPacket;
  return framesPerPacket >= MOST_FRAMES ? 256 : 128;
}

/** What goes without saying; the window depends on the predictor. */
function usualParameters({ framesPerPacket, sampleRate }: Stream, predictor: unknown = 'full'): WaveParameters {
  const analysisFrames = toNumber(toRate('sampleRate', sampleRate)) > 24000 && predictor !== 'lite' ? 1024 : 512;
  const spanFrames = usualSpanFrames(framesPerPacket);
  return { predictor: 'full', sampleBits: 16, analysisFrames, spanFrames, stateCheck: false };
}

/** Checks parameters, from options or from a stream header, and fills in what is left out. */
function checkParameters(title: string, value: unknown, stream: Stream): WaveParameters {
  checkOptions(title, value, parameterNames);
  const given = value as Partial<WaveParameters>;
  const parameters = { ...usualParameters(stream, given.predictor), ...given };
  const { predictor, sampleBits, analysisFrames, spanFrames, stateCheck } = parameters;
  checkOneOf(`${title}.predictor`, predictor, ['full', 'lite']);
  checkInteger(`${title}.sampleBits`, sampleBits, 8, 24);
  checkInteger(`${title}.analysisFrames`, analysisFrames, 256, 1024);
  if (analysisFrames !== 256 && analysisFrames !== 512 && analysisFrames !== 1024) {
    throw new RangeError(`${title}.analysisFrames expected 256, 512 or 1024, got ${analysisFrames}`);
  }
  checkBoolean(`${title}.stateCheck`, stateCheck);
  checkFrames(title, spanFrames, stream.framesPerPacket);
  return { predictor, sampleBits, analysisFrames, spanFrames, stateCheck };
}

/** Spans of 64, 128 or 256 frames, and a whole number of them in a packet. */
function checkFrames(title: string, spanFrames: number, framesPerPacket: number): void {
  checkInteger(`${title}.framesPerPacket`, framesPerPacket, 64, MOST_FRAMES);
  if (spanFrames !== 64 && spanFrames !== 128 && spanFrames !== 256) {
    if (spanFrames === framesPerPacket) {
      throw new RangeError(
        `${title}.framesPerPacket expected 64, 128, 256 or a multiple of spanFrames, got ${framesPerPacket}`,
      );
    }
    throw new RangeError(`${title}.spanFrames expected 64, 128 or 256, got ${spanFrames}`);
  }
  if (framesPerPacket % spanFrames !== 0) {
    throw new RangeError(
      `${title}.framesPerPacket expected a multiple of spanFrames, which is ${spanFrames}, got ${framesPerPacket}`,
    );
  }
}

/** All parameters of a format that came from elsewhere, from a stream header say. */
export function parametersOf(title: string, format: PacketsFormat): WaveParameters {
  return checkParameters(`${title}.parameters`, format.parameters, format);
}

/** Checks a format that came from elsewhere. */
export function checkConfig(title: string, value: unknown): { config: WaveConfig; parameters: WaveParameters } {
  if (typeof value !== 'object' || value === null) throwType(title, 'the config of a WaveEncoder', value);
  const { kind, codec, parameters, framesPerPacket, sampleRate, channels } = value as PacketsFormat;
  checkOneOf(`${title}.kind`, kind, ['packets']);
  checkOneOf(`${title}.codec`, codec, ['wave']);
  return makeConfig(title, `${title}.parameters`, parameters, { framesPerPacket, sampleRate, channels });
}

/** The format and all its parameters; those that are as usual are not in the format, which goes into headers. */
export function makeConfig(
  title: string,
  parametersTitle: string,
  given: unknown,
  stream: Stream,
): { config: WaveConfig; parameters: WaveParameters } {
  const sampleRate = toRate(`${title}.sampleRate`, stream.sampleRate);
  const framesPerPacket = checkInteger(`${title}.framesPerPacket`, stream.framesPerPacket, 64, MOST_FRAMES);
  const channels = checkInteger(`${title}.channels`, stream.channels, 1, 64);
  const parameters = checkParameters(parametersTitle, given, { framesPerPacket, sampleRate, channels });
  const usual = usualParameters({ framesPerPacket, sampleRate, channels }, parameters.predictor);
  const unusual = Object.entries(parameters).filter(([name, value]) => value !== usual[name as keyof WaveParameters]);
  const config = Object.freeze({
    kind: 'packets',
    codec: 'wave',
    parameters: Object.fromEntries(unusual),
    framesPerPacket,
    sampleRate,
    channels,
  } as const);
  return { config, parameters };
}
