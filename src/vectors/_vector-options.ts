/** What the codec's class and its stages share: the options, and which of them a codec has. */
import { checkInteger, checkNumber, checkOneOf, checkOptions, throwRange, throwType } from '../engine/check.js';

export const vectorCodecNames = [
  'eden',
  'drive',
  'turbo-mse',
  'turbo-prod',
  'pvq',
  'e8',
  'octopus',
  'itq3s',
  'gsq',
  'cq',
  'saw-int4',
] as const;

/** The codecs of vectors; `VectorCodec` says what each does. */
export type VectorCodecName = (typeof vectorCodecNames)[number];

/** How a vector is turned before it is coded. */
export type VectorRotation = 'hadamard' | 'outlier' | 'none';

export interface VectorOptions {
  readonly codec: VectorCodecName;
  /** Values of a vector: a multiple of 16, up to 65536 (of 256 for `itq3s`; of 4 for `cq`). */
  readonly dimension: number;
  /**
   * Bits a value, the scale not counted. `eden`, `turbo-mse`: 1 to 8, in steps of 16/dimension; `turbo-prod`: 1 to 8; `octopus`:
   * 2, 3, 4; `itq3s`: 1.625 or 3; `pvq`: the most its index may take (or give `pulses`); `gsq`, `cq`: index bits over `groupSize`;
   * `e8`: 1 to 8, what comes out on average for Gaussian data, scale and lengths included. Default 4, 3 for `itq3s`, 2 for
   * `gsq` and `cq`.
   */
  readonly bits?: number;
  /** `eden`, `drive`: the scale of the least error, or one whose errors average out over seeds. Default `least-squares`. */
  readonly bias?: 'least-squares' | 'unbiased';
  /** What a vector's scale is kept in. Default `float32`, `float16` for `itq3s`; float16 holds scales up to 65504. */
  readonly scaleFormat?: 'float32' | 'float16';
  /** `hadamard`, random signs first; `outlier`: channels dealt out to blocks of 32 by their magnitude before that; or none. */
  readonly rotation?: VectorRotation;
  /** Values turned together, a power of two that divides the dimension. Default the largest; 32 for `outlier` and `saw-int4`, 256 for `itq3s`. */
  readonly rotationSize?: number;
  /** How many rotations one after the other. Default 2, 1 for `saw-int4` and `itq3s`: with one, vectors of few values other than 0 keep a bias. */
  readonly rotationBlocks?: 1 | 2 | 3;
  /** A whole number from 0 to 2^53 − 1 for all that is drawn at random. Default 0. */
  readonly seed?: number;
  /** A number from 2^-12 to 2^12 for each value of a vector, by which it is divided before the rotation (`channelScales` finds some). */
  readonly channelScales?: ArrayLike<number>;
  /** For the rotation `outlier`: how large each value of a vector usually is. */
  readonly channelMagnitudes?: ArrayLike<number>;
  /** `pvq`, `gsq`, `cq`: values that are coded together. Default 8 for `pvq`, 4 for `gsq`, 2 for `cq`. */
  readonly groupSize?: number;
  /** `pvq`: the sum of a group's magnitudes. Default the most whose index has no more than `bits`·`groupSize` bits. */
  readonly pulses?: number;
  /** `turbo-prod`: random projection of the residual, `gaussian` as published or an orthonormal `hadamard`. Default `gaussian`. */
  readonly projection?: 'gaussian' | 'hadamard';
  /** `cq`, `gsq`: 2^(bits·groupSize) groups of values, one behind the other (`trainCodebook` finds them). */
  readonly codebook?: ArrayLike<number>;
}

export const vectorOptionNames = [
  'codec',
  'dimension',
  'bits',
  'bias',
  'scaleFormat',
  'rotation',
  'rotationSize',
  'rotationBlocks',
  'seed',
  'channelScales',
  'channelMagnitudes',
  'groupSize',
  'pulses',
  'projection',
  'codebook',
] as const satisfies readonly (keyof VectorOptions)[];

/** Options that only some codecs have. */
const OWN_OPTIONS: Partial<Record<keyof VectorOptions, readonly string[]>> = {
  bias: ['eden', 'drive'],
  groupSize: ['pvq', 'gsq', 'cq'],
  pulses: ['pvq'],
  projection: ['turbo-prod'],
  codebook: ['gsq', 'cq'],
};

export const LARGEST_DIMENSION = 65536;

/** The options with what is common to all codecs filled in. */
export interface ResolvedOptions extends VectorOptions {
  readonly bits: number;
  readonly scaleBytes: 2 | 4;
  readonly rotation: VectorRotation;
  readonly rotationSize: number;
  readonly rotationBlocks: 1 | 2 | 3;
  readonly seed: number;
}

function checkList(title: string, list: ArrayLike<number>, length: number): void {
  if (!Array.isArray(list) && !ArrayBuffer.isView(list)) throwType(title, 'an array of numbers', list);
  if (list.length !== length) throwRange(`${title}.length`, `${length}`, list.length);
  for (let i = 0; i < length; i++) checkNumber(`${title}[${i}]`, list[i], 2 ** -12, 2 ** 12);
}

/** Checks what is common to all codecs; what a codec has of its own it checks itself. */
export function resolveOptions(title: string, options: VectorOptions): ResolvedOptions {
  checkOptions(title, options, vectorOptionNames);
  const codec: string = checkOneOf('codec', options.codec, vectorCodecNames);
  for (const [name, codecs] of Object.entries(OWN_OPTIONS)) {
    if (options[name as keyof VectorOptions] !== undefined && !codecs.includes(codec)) {
      throw new RangeError(
        `${title} expected no option '${name}' with the codec ${codec}; ${codecs.join(', ')} have it`,
      );
    }
  }
  const step = codec === 'cq' ? 4 : codec === 'itq3s' ? 256 : 16;
  const dimension = checkInteger('dimension', options.dimension, step, LARGEST_DIMENSION);
  if (dimension % step !== 0) throwRange('dimension', `a multiple of ${step}`, dimension);
  const scaleFormat = checkOneOf('scaleFormat', options.scaleFormat ?? (codec === 'itq3s' ? 'float16' : 'float32'), [
    'float32',
    'float16',
  ]);
  const fallback = codec === 'cq' ? 'none' : 'hadamard';
  const rotation = checkOneOf('rotation', options.rotation ?? fallback, ['hadamard', 'outlier', 'none']);
  const largest = Math.min(dimension & -dimension, LARGEST_DIMENSION);
  const isSmall = rotation === 'outlier' || codec === 'saw-int4';
  const usual = codec === 'itq3s' ? 256 : isSmall ? Math.min(32, largest) : largest;
  const rotationSize = checkInteger('rotationSize', options.rotationSize ?? usual, 1, LARGEST_DIMENSION);
  if ((rotationSize & (rotationSize - 1)) !== 0 || dimension % rotationSize !== 0) {
    throwRange('rotationSize', `a power of two that divides the dimension, ${dimension}`, rotationSize);
  }
  if (options.channelScales !== undefined) checkList('channelScales', options.channelScales, dimension);
  if ((rotation === 'outlier') !== (options.channelMagnitudes !== undefined)) {
    throw new RangeError(`${title} expected channelMagnitudes with the rotation outlier, and with no other`);
  }
  if (options.channelMagnitudes !== undefined) checkList('channelMagnitudes', options.channelMagnitudes, dimension);
  const usualBlocks = codec === 'saw-int4' || codec === 'itq3s' ? 1 : 2;
  const usualBits = codec === 'itq3s' ? 3 : codec === 'gsq' || codec === 'cq' ? 2 : codec === 'drive' ? 1 : 4;
  return {
    ...options,
    dimension,
    bits: checkNumber('bits', options.bits ?? usualBits, 0.125, 16),
    scaleBytes: scaleFormat === 'float16' ? 2 : 4,
    rotation,
    rotationSize,
    rotationBlocks: checkInteger('rotationBlocks', options.rotationBlocks ?? usualBlocks, 1, 3) as 1 | 2 | 3,
    seed: checkInteger('seed', options.seed ?? 0, 0, Number.MAX_SAFE_INTEGER),
  };
}
