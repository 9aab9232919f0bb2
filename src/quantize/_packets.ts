/**
 * The packets of block formats. A packet codes `framesPerPacket` values of each channel, a whole number of blocks,
 * channel after channel, and each channel's blocks in order. All packets of a stream have the same length.
 */
import { checkInteger, checkOptions } from '../engine/check.js';
import { MAXIMUM_PACKET_BYTES } from '../stage/coded-samples.js';
import type { BlocksFormat, FramesFormat, Json, PacketsFormat } from '../stage/format.js';
import type { BlockCoder } from './_block-coder.js';
import { type BlockOptions, blockOptionNames } from './_block-options.js';

/** Measures of a packet. */
export interface PacketLayout {
  readonly blocksPerChannel: number;
  readonly channelBytes: number;
  readonly packetBytes: number;
}

/** Throws a RangeError where the packet is no whole number of blocks or too long. */
export function packetLayout(coder: BlockCoder, channels: number, framesPerPacket: number): PacketLayout {
  const { blockSize, blockBytes, headerBytes, groupBlocks, groupBytes } = coder;
  const room = MAXIMUM_PACKET_BYTES / channels - headerBytes - groupBytes;
  const mostBlocks = Math.floor(room / (blockBytes + groupBytes / groupBlocks));
  checkInteger('framesPerPacket', framesPerPacket, blockSize, mostBlocks * blockSize);
  if (framesPerPacket % blockSize !== 0) {
    throw new RangeError(`framesPerPacket expected a multiple of the block size, ${blockSize}, got ${framesPerPacket}`);
  }
  const blocksPerChannel = framesPerPacket / blockSize;
  const channelBytes = headerBytes + coder.bytesOf(blocksPerChannel);
  return { blocksPerChannel, channelBytes, packetBytes: channels * channelBytes };
}

/**
 * What a decoder has to know beside the format: plain data, the `parameters` of a packets format and of a .paley
 * stream header. `valuesPerBlock` is there where the packets carry blocks, of that size, in place of frames.
 */
export function packetParameters(coder: BlockCoder, input: FramesFormat | BlocksFormat): Json {
  const { columns, order, rotation, seed, scaleRule, scaleFormat, layout, rounding, shapingOrder, tensorScale } = coder;
  const blockSize = order === undefined ? coder.blockSize : coder.unitSize;
  const parameters: Record<string, Json> = { blockSize, rotation, seed };
  if (columns !== undefined) parameters.columns = columns;
  if (order !== undefined) parameters.order = [...order];
  if (scaleFormat !== undefined) parameters.scaleFormat = scaleFormat;
  if (layout !== undefined) parameters.layout = layout;
  if (scaleRule !== undefined) parameters.scaleRule = scaleRule;
  if (tensorScale !== undefined) parameters.tensorScale = tensorScale;
  if (rounding !== 'nearest') parameters.rounding = rounding;
  if (rounding === 'shaped') parameters.shapingOrder = shapingOrder;
  if (input.kind === 'blocks') parameters.valuesPerBlock = input.size;
  return parameters;
}

/** Reads `parameters` again; data from elsewhere is checked by whoever uses the options. */
export function readParameters(input: PacketsFormat): { options: BlockOptions; valuesPerBlock: number | undefined } {
  const names = blockOptionNames.filter((name) => name !== 'format');
  checkOptions('input.parameters', input.parameters, [...names, 'valuesPerBlock']);
  const { valuesPerBlock, ...options } = input.parameters as Omit<BlockOptions, 'format'> & { valuesPerBlock?: number };
  checkInteger('input.parameters.blockSize', options.blockSize, 1, 2 ** 20);
  if (valuesPerBlock !== undefined) checkInteger('input.parameters.valuesPerBlock', valuesPerBlock, 1, 2 ** 20);
  return { options: { ...options, format: input.codec }, valuesPerBlock };
}
