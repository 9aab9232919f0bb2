/** What a chain starts from, as a caller may write it. */
import { checkInteger, checkOneOf, throwType } from '../engine/check.js';
import type { Json, StreamFormat } from '../stage/format.js';
import { type RationalLike, toRate } from '../stage/rational.js';

/** Frames of samples: `Pipeline.from({ sampleRate: 48000, channels: 2 })`. */
export interface FramesInput {
  readonly kind?: 'frames';
  /** In Hz: a number, or an exact fraction. */
  readonly sampleRate: RationalLike;
  /** Default 1. */
  readonly channels?: number;
  /** Default `f32`, which all steps take; `f64` for a chain that resamples with the quality `reference`. */
  readonly sample?: 'f32' | 'f64';
}

/** The checked format behind what a caller wrote. */
export function toStreamFormat(input: FramesInput | StreamFormat): StreamFormat {
  if (typeof input !== 'object' || input === null) throwType('input', '{ sampleRate, channels }', input);
  const { kind = 'frames', channels: given = 1 } = input;
  const channels = checkInteger('channels', given, 1, 64);
  checkOneOf('kind', kind, ['frames', 'blocks', 'packets']);
  if (input.kind === 'blocks') {
    const size = checkInteger('size', input.size, 1, 2 ** 20);
    return { kind: 'blocks', blockRate: toRate('blockRate', input.blockRate), channels, size };
  }
  const sampleRate = toRate('sampleRate', input.sampleRate);
  if (input.kind === 'packets') {
    const framesPerPacket = checkInteger('framesPerPacket', input.framesPerPacket, 1, 2 ** 20);
    if (typeof input.codec !== 'string') throwType('codec', 'the id of a codec', input.codec);
    const parameters: Json = input.parameters ?? {};
    return { kind: 'packets', codec: input.codec, parameters, framesPerPacket, sampleRate, channels };
  }
  const sample = checkOneOf('sample', input.sample ?? 'f32', ['f32', 'f64']);
  return { kind: 'frames', sampleRate, channels, sample };
}
