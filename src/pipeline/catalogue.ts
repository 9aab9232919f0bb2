/**
 * The one file that knows every family: it makes a stage of a step's plain data and the format that comes in.
 * A new kind of step is one entry here.
 */
import { checkInteger, checkOneOf, checkOptions, throwType } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { FormatMismatchError } from '../engine/errors.js';
import { BlockCodec, BlockDecoder, BlockEncoder } from '../quantize/index.js';
import { Resampler } from '../resample/index.js';
import {
  type BlocksFormat,
  describeFormat,
  type FramesFormat,
  type PacketsFormat,
  type StreamFormat,
} from '../stage/format.js';
import type { Stage } from '../stage/stage.js';
import { Convolver, FwhtStage, InverseFwhtStage, InverseRotationStage, RotationStage } from '../transform/index.js';
import type { Step } from './step.js';

/** What a stage is made from: the engine, what comes in, and how many items come at a time. */
interface StageSite {
  readonly engine: Engine;
  readonly input: StreamFormat;
  readonly maxInput: number;
}

interface CatalogueEntry<S extends Step> {
  /** The options a step may have beside its type: a misspelt one is an error. */
  readonly options: readonly (keyof S & string)[];
  /** Kinds of stream the step can take. */
  readonly takes: (step: S) => readonly StreamFormat['kind'][];
  readonly create: (step: S, site: StageSite) => Stage;
}

type StepOfType<T extends Step['type']> = Extract<Step, { type: T }>;

/** An inverse takes the blocks that come; a `size` beside it has to be theirs. */
function inverseSize(title: string, size: number | undefined, input: BlocksFormat): number {
  return size === undefined ? input.size : checkInteger(`${title}.size`, size, input.size, input.size);
}

const catalogue: { [T in Step['type']]: CatalogueEntry<StepOfType<T>> } = {
  resample: {
    options: ['to', 'quality', 'phase'],
    takes: () => ['frames'],
    create({ to, quality, phase }, { engine, input, maxInput }) {
      const { sampleRate: from, channels } = input as FramesFormat;
      return new Resampler(engine, { from, to, channels, quality, phase, maxInput });
    },
  },
  convolve: {
    options: ['filter', 'partition'],
    takes: () => ['frames'],
    create({ filter, partition }, { engine, input, maxInput }) {
      if (!Array.isArray(filter)) throwType('convolve.filter', 'an array of taps, or one for each channel', filter);
      const isNested = Array.isArray(filter[0]);
      const taps = isNested
        ? filter.map((channel) => Float32Array.from(channel as number[]))
        : Float32Array.from(filter);
      return new Convolver(engine, { input: input as FramesFormat, filter: taps, partition, maxInput });
    },
  },
  transform: {
    options: ['size', 'order', 'scale', 'inverse'],
    takes: ({ inverse }) => (inverse ? ['blocks'] : ['frames']),
    create({ size, order, scale = 'orthonormal', inverse }, { engine, input, maxInput }) {
      if (inverse) {
        const blocks = input as BlocksFormat;
        inverseSize('transform', size, blocks);
        return new InverseFwhtStage(engine, { input: blocks, order, scale, maxInput });
      }
      return new FwhtStage(engine, { input: input as FramesFormat, size: size as number, order, scale, maxInput });
    },
  },
  rotate: {
    options: ['size', 'seed', 'blocks', 'inverse'],
    takes: ({ inverse }) => (inverse ? ['blocks'] : ['frames']),
    create({ size, seed, blocks, inverse }, { engine, input, maxInput }) {
      if (inverse) {
        const format = input as BlocksFormat;
        inverseSize('rotate', size, format);
        return new InverseRotationStage(engine, { input: format, seed, blocks, maxInput });
      }
      return new RotationStage(engine, { input: input as FramesFormat, size: size as number, seed, blocks, maxInput });
    },
  },
  encode: {
    options: [
      'codec',
      'blockSize',
      'scaleRule',
      'rounding',
      'shapingOrder',
      'tensorScale',
      'scaleFormat',
      'rotation',
      'seed',
      'framesPerPacket',
    ],
    takes: () => ['frames', 'blocks'],
    create({ type: _, codec, ...options }, { engine, input, maxInput }) {
      checkOneOf('encode.codec', codec, BlockCodec.formats);
      return new BlockEncoder(engine, {
        ...options,
        input: input as FramesFormat | BlocksFormat,
        format: codec,
        maxInput,
      });
    },
  },
  decode: {
    options: [],
    takes: () => ['packets'],
    create(_, { engine, input, maxInput }) {
      const packets = input as PacketsFormat;
      checkOneOf('the codec of the packets', packets.codec, BlockCodec.formats);
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
  checkOptions(`the step ${step?.type}`, step, ['type', ...entryOf(step).options]);
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
