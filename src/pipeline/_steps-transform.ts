/** The transform family's part of the catalogue. */
import { checkInteger, checkOneOf, throwType } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import type { BlocksFormat, FramesFormat, PacketsFormat } from '../stage/format.js';
import type { Stage } from '../stage/stage.js';
import {
  AdaptedRotationStage,
  AdaptiveRotationStage,
  ChannelScalingStage,
  DctDecimatorStage,
  DctRestoringStage,
  InverseAdaptedRotationStage,
  InverseAdaptiveRotationStage,
  InverseRunningScalingStage,
  InverseTransformChoiceStage,
  RunningScalingStage,
  TransformChoiceStage,
} from '../transform/adaptive.js';
import {
  Butterfly,
  ButterflyStage,
  Convolver,
  DctStage,
  FftStage,
  FwhtStage,
  HaarStage,
  InverseButterflyStage,
  InverseDctStage,
  InverseFftStage,
  InverseFwhtStage,
  InverseHaarStage,
  InverseRotationStage,
  InverseXorFilterStage,
  RotationStage,
  XorFilterStage,
} from '../transform/index.js';
import { InverseSparseFwhtStage, SparseFwhtStage } from '../transform/sparse.js';
import { type CatalogueEntry, checkNumbers, type StageSite, type StepOfType } from './_steps-entry.js';
import type { RotateMethod, RotateStep, TransformKind, TransformStep } from './step.js';

type TransformType = 'convolve' | 'transform' | 'rotate' | 'scale' | 'decimate' | 'sparse' | 'xor' | 'butterfly';

/** The options of each kind of transform, beside the kind. */
const TRANSFORM_OPTIONS: Readonly<Record<TransformKind, readonly (keyof TransformStep & string)[]>> = {
  wht: ['size', 'order', 'scale', 'inverse'],
  dct: ['size', 'scale', 'inverse'],
  haar: ['size', 'levels', 'inverse'],
  dft: ['size', 'scale', 'inverse'],
  choose: ['size', 'candidates', 'halfLifeBlocks', 'interval', 'marginDecibels', 'hold'],
};

/** The options of each method of rotation, beside the method. */
const ROTATE_OPTIONS: Readonly<Record<RotateMethod, readonly (keyof RotateStep & string)[]>> = {
  hadamard: ['size', 'seed', 'blocks', 'inverse'],
  'klt-hadamard': ['size', 'covariance', 'halfLifeFrames', 'refreshPackets', 'keyInterval'],
  dictionary: ['size', 'seed', 'refreshPackets', 'keyInterval'],
  adaptive: ['size', 'seed', 'axes', 'extract', 'choose', 'quantiser'],
};

const kindOf = ({ kind = 'wht' }: TransformStep) =>
  checkOneOf('transform.kind', kind, Object.keys(TRANSFORM_OPTIONS) as TransformKind[]);

const methodOf = ({ method = 'hadamard' }: RotateStep) =>
  checkOneOf('rotate.method', method, Object.keys(ROTATE_OPTIONS) as RotateMethod[]);

/** What a step that gives packets is called: who looks for its inverse learns where that is. */
const undoneByDecode = (title: string) => `${title}, which decode undoes,`;

/** An inverse takes the blocks that come; a `size` beside it has to be theirs. */
function inverseSize(title: string, size: number | undefined, input: BlocksFormat): void {
  if (size !== undefined) checkInteger(`${title}.size`, size, input.size, input.size);
}

function createTransform(step: TransformStep, { engine, input, maxInput }: StageSite): Stage {
  const { type: _, kind: __, inverse, size: given, ...options } = step;
  const kind = kindOf(step);
  if (inverse) {
    const blocks = input as BlocksFormat;
    inverseSize('transform', given, blocks);
    const site = { ...options, input: blocks, maxInput };
    if (kind === 'dct') return new InverseDctStage(engine, site as typeof site & { scale?: 'none' });
    if (kind === 'haar') return new InverseHaarStage(engine, site);
    if (kind === 'dft') return new InverseFftStage(engine, site);
    return new InverseFwhtStage(engine, { ...site, scale: options.scale ?? 'orthonormal' });
  }
  // What is no size at all, the stage says.
  const site = { ...options, input: input as FramesFormat, size: given as number, maxInput };
  if (kind === 'dct') return new DctStage(engine, site as typeof site & { scale?: 'none' });
  if (kind === 'haar') return new HaarStage(engine, site);
  if (kind === 'dft') return new FftStage(engine, site);
  if (kind === 'choose') return new TransformChoiceStage(engine, site);
  return new FwhtStage(engine, { ...site, scale: options.scale ?? 'orthonormal' });
}

function createRotation(step: RotateStep, { engine, input, maxInput }: StageSite): Stage {
  const { type: _, method: __, inverse, size: given, ...options } = step;
  const method = methodOf(step);
  if (inverse) {
    const blocks = input as BlocksFormat;
    inverseSize('rotate', given, blocks);
    return new InverseRotationStage(engine, { ...options, input: blocks, maxInput });
  }
  const site = { ...options, input: input as FramesFormat, size: given as number, maxInput };
  if (method === 'hadamard') return new RotationStage(engine, site);
  if (method === 'adaptive') {
    const { quantiser } = options;
    if (quantiser !== undefined && typeof quantiser !== 'number') throwType('rotate.quantiser', 'bits', quantiser);
    return new AdaptiveRotationStage(engine, site);
  }
  if (options.covariance !== undefined) checkNumbers('rotate.covariance', options.covariance);
  return new AdaptedRotationStage(engine, { ...site, method });
}

export const transformEntries: { [T in TransformType]: CatalogueEntry<StepOfType<T>> } = {
  convolve: {
    options: () => ({ names: ['filter', 'partition'] }),
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
    options(step) {
      const kind = kindOf(step);
      const title = `the step transform '${kind}'`;
      return {
        title: kind === 'choose' ? undoneByDecode(title) : title,
        names: ['kind', ...TRANSFORM_OPTIONS[kind]],
      };
    },
    takes: ({ inverse }) => (inverse ? ['blocks'] : ['frames']),
    create: createTransform,
  },
  rotate: {
    options(step) {
      const method = methodOf(step);
      const title = `the step rotate '${method}'`;
      return {
        title: method === 'hadamard' ? title : undoneByDecode(title),
        names: ['method', ...ROTATE_OPTIONS[method]],
      };
    },
    takes: ({ inverse }) => (inverse ? ['blocks'] : ['frames']),
    create: createRotation,
  },
  scale: {
    options: ({ scales }) =>
      scales === undefined
        ? {
            title: undoneByDecode('the step scale without scales'),
            names: ['scales', 'size', 'rule', 'halfLifePackets', 'hysteresisDecibels'],
          }
        : { title: 'the step scale with scales', names: ['scales', 'inverse'] },
    takes: () => ['frames'],
    create({ type: _, scales, inverse, size, ...options }, { engine, input: frames, maxInput }) {
      const input = frames as FramesFormat;
      if (scales === undefined) {
        return new RunningScalingStage(engine, { ...options, input, size: size as number, maxInput });
      }
      return new ChannelScalingStage(engine, {
        input,
        scales: checkNumbers('scale.scales', scales),
        inverse,
        maxInput,
      });
    },
  },
  decimate: {
    options: () => ({ names: ['size', 'keep', 'inverse'] }),
    takes: () => ['frames'],
    create({ size, keep, inverse }, { engine, input, maxInput }) {
      const ResizingStage = inverse ? DctRestoringStage : DctDecimatorStage;
      return new ResizingStage(engine, { input: input as FramesFormat, size, keep, maxInput });
    },
  },
  sparse: {
    options: () => ({
      title: undoneByDecode('the step sparse'),
      names: ['size', 'sparsity', 'noise', 'repeats', 'groups', 'maxGroups', 'seed'],
    }),
    takes: () => ['frames'],
    create({ type: _, ...options }, { engine, input, maxInput }) {
      return new SparseFwhtStage(engine, { ...options, input: input as FramesFormat, maxInput });
    },
  },
  xor: {
    options: ({ inverse }) => ({ names: ['kernel', 'inverse', ...(inverse ? (['regularisation'] as const) : [])] }),
    takes: ({ inverse }) => (inverse ? ['blocks'] : ['frames']),
    create({ kernel: given, inverse, regularisation }, { engine, input, maxInput }) {
      const kernel = checkNumbers('xor.kernel', given);
      if (!inverse) return new XorFilterStage(engine, { input: input as FramesFormat, kernel, maxInput });
      return new InverseXorFilterStage(engine, { input: input as BlocksFormat, kernel, regularisation, maxInput });
    },
  },
  butterfly: {
    options: () => ({ names: ['points', 'numbers', 'factors', 'permutation', 'inverse'] }),
    takes: ({ inverse }) => (inverse ? ['blocks'] : ['frames']),
    create({ points, numbers, factors, permutation, inverse }, { engine, input, maxInput }) {
      if (!Array.isArray(factors)) throwType('butterfly.factors', 'an array of stages', factors);
      for (const [i, factor] of factors.entries()) {
        checkNumbers(`butterfly.factors[${i}].pairs`, factor?.pairs);
        checkNumbers(`butterfly.factors[${i}].entries`, factor?.entries);
      }
      if (permutation !== undefined) checkNumbers('butterfly.permutation', permutation);
      if (numbers !== undefined) checkOneOf('butterfly.numbers', numbers, ['real', 'complex']);
      const butterfly = new Butterfly({ points, type: numbers, factors, permutation });
      if (inverse) return new InverseButterflyStage(engine, { input: input as BlocksFormat, butterfly, maxInput });
      return new ButterflyStage(engine, { input: input as FramesFormat, butterfly, maxInput });
    },
  },
};

/** The stages that undo those of the steps above whose packets say what was done, by the packets' codec. */
export const transformDecoders: Readonly<
  Record<string, (engine: Engine, options: { input: PacketsFormat; maxInput: number }) => Stage>
> = {
  'chosen-transform': (engine, options) => new InverseTransformChoiceStage(engine, options),
  'adapted-rotation': (engine, options) => new InverseAdaptedRotationStage(engine, options),
  'adaptive-rotation': (engine, options) => new InverseAdaptiveRotationStage(engine, options),
  'scaled-channels': (engine, options) => new InverseRunningScalingStage(engine, options),
  'sparse-fwht': (engine, options) => new InverseSparseFwhtStage(engine, options),
};
