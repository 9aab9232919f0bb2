/**
 * The one file that knows every family: it makes a stage of a step's plain data and the format that comes in.
 * A new kind of step is one entry here; those of a large family are in a file of their own, `_steps-<family>.ts`.
 */
import { checkOneOf, checkOptions, throwType } from '../engine/check.js';
import { FormatMismatchError } from '../engine/errors.js';
import { BlockCodec, BlockDecoder, BlockEncoder } from '../quantize/index.js';
import { Resampler } from '../resample/index.js';
import { type BlocksFormat, describeFormat, type FramesFormat, type PacketsFormat } from '../stage/format.js';
import type { Stage } from '../stage/stage.js';
import { VectorCodec, VectorDecoder } from '../vectors/index.js';
import { type WaveConfig, WaveDecoder, WaveEncoder } from '../wave/index.js';
import { createResamplerLadder } from './_resampler-ladder.js';
import type { CatalogueEntry, StageSite, StepOfType } from './_steps-entry.js';
import { transformDecoders, transformEntries } from './_steps-transform.js';
import { createVectorEncoder, isVectorStep, vectorOptions } from './_steps-vectors.js';
import type { EncodeStep, Step, WaveOptions } from './step.js';

/** Options of an encode step that the block formats have, and those that the codec wave has. */
const BLOCK_OPTIONS = [
  'blockSize',
  'columns',
  'scaleRule',
  'rounding',
  'shapingOrder',
  'tensorScale',
  'scaleFormat',
  'rotation',
  'seed',
] as const satisfies readonly (keyof EncodeStep)[];
const WAVE_OPTIONS = [
  'predictor',
  'bitsPerSample',
  'rate',
  'lookAheadSeconds',
  'step',
  'maxError',
  'lossless',
  'sampleBits',
  'effort',
  'noiseShaping',
  'keyInterval',
  'spanFrames',
  'analysisFrames',
  'stateCheck',
  // What a survey of the recording found: for a chain that stays where it was made, since it is no JSON.
  'plan',
] as const satisfies readonly (keyof WaveOptions)[];

/** The options that are set, without those of the other kind of codec: one of them that is set is an error. */
function optionsFor<K extends keyof EncodeStep>(
  step: EncodeStep,
  own: readonly K[],
  others: readonly (keyof EncodeStep)[],
) {
  const stray = others.find((name) => step[name] !== undefined);
  if (stray !== undefined) throw new RangeError(`encode expected no option '${stray}' with the codec ${step.codec}`);
  const names = [...own, 'framesPerPacket' as const].filter((name) => step[name] !== undefined);
  return Object.fromEntries(names.map((name) => [name, step[name]])) as Pick<EncodeStep, K | 'framesPerPacket'>;
}

const catalogue: { [T in Step['type']]: CatalogueEntry<StepOfType<T>> } = {
  resample: {
    options: () => ({ names: ['to', 'quality', 'phase', 'mode'] }),
    takes: () => ['frames'],
    create({ to, quality, phase, mode }, { engine, input, maxInput, degradable }) {
      const { sampleRate: from, channels } = input as FramesFormat;
      if (quality === 'auto') throwType('resample.quality', 'a quality; auto is for a Pipeline to choose', quality);
      const options = { from, to, channels, phase, mode, maxInput };
      const ladder = degradable ? createResamplerLadder(engine, options, quality) : undefined;
      return ladder ?? new Resampler(engine, { ...options, quality });
    },
  },
  ...transformEntries,
  encode: {
    options: (step) =>
      isVectorStep(step)
        ? vectorOptions(step)
        : { names: ['codec', 'framesPerPacket', ...BLOCK_OPTIONS, ...WAVE_OPTIONS] },
    takes: ({ codec }) => (codec === 'wave' ? ['frames'] : ['frames', 'blocks']),
    create(step, site) {
      if (isVectorStep(step)) return createVectorEncoder(step, site);
      const { engine, input, maxInput } = site;
      const known = ['wave', ...BlockCodec.formats, ...VectorCodec.codecs];
      const codec = checkOneOf('encode.codec', step.codec, known);
      if (codec === 'wave') {
        const { sampleRate, channels } = input as FramesFormat;
        const { effort, ...options } = optionsFor(step, WAVE_OPTIONS, BLOCK_OPTIONS);
        if (effort === 'auto') throwType('encode.effort', 'a number; auto is for a Pipeline to choose', effort);
        return new WaveEncoder(engine, {
          ...options,
          effort,
          sampleRate,
          channels,
          maxInput,
        });
      }
      return new BlockEncoder(engine, {
        ...optionsFor(step, BLOCK_OPTIONS, WAVE_OPTIONS),
        input: input as FramesFormat | BlocksFormat,
        format: codec,
        maxInput,
      });
    },
  },
  decode: {
    options: () => ({ names: [] }),
    takes: () => ['packets'],
    create(_, { engine, input, maxInput }) {
      const packets = input as PacketsFormat;
      const known = ['wave', ...BlockCodec.formats, ...VectorCodec.codecs, ...Object.keys(transformDecoders)];
      const codec = checkOneOf('the codec of the packets', packets.codec, known);
      if (codec in transformDecoders) return transformDecoders[codec](engine, { input: packets, maxInput });
      if ((VectorCodec.codecs as readonly string[]).includes(codec)) {
        return new VectorDecoder(engine, { input: packets, maxInput });
      }
      if (codec === 'wave') return new WaveDecoder(engine, packets as WaveConfig, { maxInput });
      return new BlockDecoder(engine, { input: packets, maxInput });
    },
  },
};

function entryOf(step: Step): CatalogueEntry<Step> {
  if (typeof step !== 'object' || step === null) throwType('step', 'an object with a type', step);
  const { type } = step;
  checkOneOf('step.type', type, Object.keys(catalogue));
  return catalogue[type] as unknown as CatalogueEntry<Step>;
}

/** Throws where the step is not one of the catalogue's, or has an option its kind has not. */
export function checkStep(step: Step): void {
  const { title = `the step ${step?.type}`, names } = entryOf(step).options(step);
  checkOptions(title, step, ['type', ...names]);
}

/**
 * Makes the stage of a step. `previous` is the name of what feeds it, for the error that names both.
 * @throws FormatMismatchError where the step cannot take what comes in.
 */
export function createStage(step: Step, site: StageSite, previous: string): Stage {
  checkStep(step);
  const entry = entryOf(step);
  const takes = entry.takes(step);
  if (!takes.includes(site.input.kind)) {
    throw new FormatMismatchError(
      `${previous} gives ${describeFormat(site.input)}, but ${step.type} takes ${takes.join(' or ')}`,
    );
  }
  return entry.create(step, site);
}
