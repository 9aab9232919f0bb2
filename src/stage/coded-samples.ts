/** What stages that code samples, and their decoders, take and give: frames, or blocks of values. */
import { checkInteger, checkOneOf, throwType } from '../engine/check.js';
import type { BlocksFormat, FramesFormat } from './format.js';
import { divide, type Rational, ratio } from './rational.js';

/** Longest packet: what a packets port holds. */
export const MAXIMUM_PACKET_BYTES = 2 ** 24;

/** Throws where the format is not one of float32 frames or blocks that can be coded. */
export function checkCodable(input: FramesFormat | BlocksFormat): FramesFormat | BlocksFormat {
  if (typeof input !== 'object' || input === null) throwType('input', 'a format of frames or blocks', input);
  checkOneOf('input.kind', input.kind, ['frames', 'blocks']);
  checkInteger('input.channels', input.channels, 1, 64);
  checkOneOf('input.sample', input.kind === 'blocks' ? (input.sample ?? 'f32') : input.sample, ['f32']);
  if (input.kind === 'blocks') checkInteger('input.size', input.size, 1, 2 ** 20);
  return input;
}

/** What packets decode to: frames, or the blocks they were made of. */
export function decodedFormat(
  sampleRate: Rational,
  channels: number,
  valuesPerBlock: number | undefined,
): FramesFormat | BlocksFormat {
  if (valuesPerBlock === undefined) return { kind: 'frames', sampleRate, channels, sample: 'f32' };
  return { kind: 'blocks', blockRate: divide(sampleRate, ratio(valuesPerBlock, 1)), channels, size: valuesPerBlock };
}
