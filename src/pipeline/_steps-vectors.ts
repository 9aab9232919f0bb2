/** The vectors family's part of the catalogue. */
import type { BlocksFormat, FramesFormat } from '../stage/format.js';
import type { Stage } from '../stage/stage.js';
import { vectorOptionNames } from '../vectors/_vector-options.js';
import { VectorCodec, VectorEncoder } from '../vectors/index.js';
import { checkNumbers, type StageSite } from './_steps-entry.js';
import type { EncodeStep, EncodeVectorsStep } from './step.js';

const NUMBERS = ['channelScales', 'channelMagnitudes', 'codebook'] as const;

export const isVectorStep = (step: EncodeStep | EncodeVectorsStep): step is EncodeVectorsStep =>
  (VectorCodec.codecs as readonly string[]).includes(step.codec);

export const vectorOptions = ({ codec }: EncodeVectorsStep) => ({
  title: `the step encode '${codec}'`,
  names: [...vectorOptionNames, 'framesPerPacket' as const, 'across' as const],
});

export function createVectorEncoder(step: EncodeVectorsStep, { engine, input, maxInput }: StageSite): Stage {
  const { type: _, ...options } = step;
  for (const name of NUMBERS) if (options[name] !== undefined) checkNumbers(`encode.${name}`, options[name]);
  return new VectorEncoder(engine, { ...options, input: input as FramesFormat | BlocksFormat, maxInput });
}
