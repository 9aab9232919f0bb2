/** Between what the stages say of a packet stream and what its file says. */
import { checkOptions } from '../engine/check.js';
import type { PacketsFormat } from '../stage/format.js';
import type { ChannelDescription, StreamHeader } from './types.js';

/** What a header tells beyond the packets' format. */
export interface HeaderDetails {
  /** Names and units, one entry a channel; default: neither. */
  channels?: readonly ChannelDescription[];
  /** The instant of frame 0 in nanoseconds since 1970-01-01T00:00Z. */
  startTimeNanoseconds?: bigint;
  /** The exact length in frames, where it is known beforehand. */
  totalFrames?: number;
}

/**
 * The header of a file that holds packets of a format. Throws a RangeError when `details.channels` has another number
 * of channels than the format.
 *
 * @example
 * ```ts
 * import { headerFromFormat } from 'paley';
 * const header = headerFromFormat(
 *   {
 *     kind: 'packets', codec: 'int8', parameters: { blockSize: 32 }, framesPerPacket: 128,
 *     sampleRate: { numerator: 100, denominator: 1 }, channels: 3,
 *   },
 *   { channels: ['x', 'y', 'z'].map((name) => ({ name, unit: 'm/s²' })) },
 * );
 * console.log(header.channels[2].name); // z
 * ```
 */
export function headerFromFormat(format: PacketsFormat, details: HeaderDetails = {}): StreamHeader {
  checkOptions('details', details, ['channels', 'startTimeNanoseconds', 'totalFrames']);
  const { channels = Array.from({ length: format.channels }, () => ({})), startTimeNanoseconds, totalFrames } = details;
  if (channels.length !== format.channels) {
    throw new RangeError(
      `details.channels expected ${format.channels} entries as the format has channels, got ${channels.length}`,
    );
  }
  return {
    sampleRate: format.sampleRate,
    channels,
    codec: format.codec,
    parameters: format.parameters,
    framesPerPacket: format.framesPerPacket,
    ...(totalFrames !== undefined && { totalFrames }),
    ...(startTimeNanoseconds !== undefined && { startTimeNanoseconds }),
  };
}

/** The packets' format that a file's header tells, for the stages that decode it. */
export function formatFromHeader(header: StreamHeader): PacketsFormat {
  return {
    kind: 'packets',
    codec: header.codec,
    parameters: header.parameters,
    framesPerPacket: header.framesPerPacket,
    sampleRate: header.sampleRate,
    channels: header.channels.length,
  };
}
