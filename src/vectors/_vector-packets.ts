/** What the packets of coded vectors look like, and what their decoder has to know. */
import { checkInteger, checkOptions, throwRange } from '../engine/check.js';
import { MAXIMUM_PACKET_BYTES } from '../stage/coded-samples.js';
import type { BlocksFormat, FramesFormat, Json, PacketsFormat } from '../stage/format.js';
import type { VectorCoder } from './_vector-coder.js';
import { type VectorOptions, vectorOptionNames } from './_vector-options.js';

/** Whether a vector is values of one channel that follow each other, or of all channels at one instant, or at several. */
export type VectorDirection = 'time' | 'channels';

export interface VectorLayout {
  /** Runs of vectors in a packet: the channels, or one where a vector has all of them. */
  readonly runs: number;
  readonly vectorsPerRun: number;
  /** Most bytes of a packet. */
  readonly packetBytes: number;
}

/** Throws a RangeError where the packet is no whole number of vectors, or too long. */
export function vectorLayout(
  coder: VectorCoder,
  channels: number,
  across: VectorDirection,
  framesPerPacket: number,
): VectorLayout {
  const { dimension } = coder.options;
  const framesPerVector = across === 'time' ? dimension : dimension / channels;
  if (!Number.isInteger(framesPerVector)) throwRange('dimension', `a multiple of the ${channels} channels`, dimension);
  checkInteger('framesPerPacket', framesPerPacket, framesPerVector, 2 ** 24);
  const vectorsPerRun = framesPerPacket / framesPerVector;
  if (!Number.isInteger(vectorsPerRun)) {
    throwRange('framesPerPacket', `a multiple of a vector's ${framesPerVector} frames`, framesPerPacket);
  }
  const runs = across === 'time' ? channels : 1;
  const packetBytes = runs * vectorsPerRun * coder.scheme.vectorBytes;
  if (packetBytes > MAXIMUM_PACKET_BYTES) {
    throwRange('framesPerPacket', `packets of at most ${MAXIMUM_PACKET_BYTES} bytes`, packetBytes);
  }
  return { runs, vectorsPerRun, packetBytes };
}

/** Numbers that are float32 in engine memory, as short as they can be told apart. */
const plain = (list: ArrayLike<number>) => Array.from(list, (value) => Number(Math.fround(value).toPrecision(9)));

/** Plain data, the `parameters` of a packets format and of a .paley stream header. */
export function vectorParameters(
  options: VectorOptions,
  across: VectorDirection,
  input: FramesFormat | BlocksFormat,
): Json {
  const parameters: Record<string, Json> = {};
  for (const name of vectorOptionNames) {
    const value = options[name];
    if (name === 'codec' || value === undefined) continue;
    parameters[name] = typeof value === 'object' ? plain(value) : value;
  }
  if (across === 'channels') parameters.across = across;
  if (input.kind === 'blocks') parameters.valuesPerBlock = input.size;
  return parameters;
}

/** Reads `parameters` again; data from elsewhere is checked by whoever uses the options. */
export function readVectorParameters(input: PacketsFormat): {
  options: VectorOptions;
  across: VectorDirection;
  valuesPerBlock: number | undefined;
} {
  const names = vectorOptionNames.filter((name) => name !== 'codec');
  checkOptions('input.parameters', input.parameters, [...names, 'across', 'valuesPerBlock']);
  const { across, valuesPerBlock, ...options } = input.parameters as unknown as Omit<VectorOptions, 'codec'> & {
    across?: VectorDirection;
    valuesPerBlock?: number;
  };
  return {
    options: { ...options, codec: input.codec as VectorOptions['codec'] },
    across: across ?? 'time',
    valuesPerBlock,
  };
}
