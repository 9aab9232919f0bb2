/** What a block format is asked for: the options, and the checks that need the format's record. */
import { checkInteger, checkNumber, checkOneOf, checkPowerOfTwo, throwRange, throwType } from '../engine/check.js';
import type { BlockFormat, FloatLayout, Rounding, ScaleFormat, ScaleRule } from './format.js';
import { findBlockFormat } from './formats.js';

/**
 * `none`; `block`: each block is turned by a one-block random Hadamard rotation before it is coded; `adaptive`: each block is
 * coded both ways, and that of less error is kept.
 */
export type BlockRotation = 'none' | 'block' | 'adaptive';

export interface BlockOptions {
  /**
   * A format id such as `int8` or `mxfp4`; `BlockCodec.formats` lists them. BlockCodec and BlockEncoder also take `auto`,
   * with an `excerpt` of the signal: the choice then is the codec of the packets, so it stands in the header.
   */
  readonly format: string;
  /**
   * Samples that share a scale. For `int2` … `int8` a multiple of 16 from 16 to 256, a power of two where rotated,
   * default 32, at which the scale costs half a bit a sample; fixed for most other formats. For `nvfp4-residual` 16
   * (default) refines all, a larger multiple up to 256 the loudest quarter.
   */
  readonly blockSize?: number;
  /**
   * Columns of a matrix, a multiple of 16 from 16 to 4096, for `nvfp4`, `nvint4` and `fp4-e1m2`: the values are its rows one
   * after the other, such as the spectra of a stream of transformed blocks, and every tile of 16 rows and 16 columns shares
   * a scale, at 4.03 bits a value; a block then is 16 rows. Absent: every 16 values share one.
   */
  readonly columns?: number;
  /**
   * Which value of a period stands where before blocks are made: a permutation of 0 … n − 1, n up to 4096 and a multiple of
   * the block size, the same for all periods. Channels of one level side by side no longer spoil each other's scales;
   * `levelOrder` finds such an order. A block then is a whole period.
   */
  readonly order?: readonly number[];
  /**
   * How a block's scale is found. MX formats (`mx…`, and integers with `scaleFormat: 'e8m0'`): `search` (default), `floor`
   * (the standard's), `ceil`, `even`, `rceil`. Those with 8-bit fractions for scales (`nv…`, `fp4-e1m2`): `even`
   * (default), `ceil`, `search`. Where rounding is not to nearest the default is `rceil` or `ceil`: no clipping.
   */
  readonly scaleRule?: ScaleRule;
  /** Default `nearest`. `stochastic` takes its numbers from `seed`; `shaped` goes with no rotation and no `columns`. */
  readonly rounding?: Rounding;
  /** For `shaped`: 1 (default) makes the noise 1 − z⁻¹, 2 makes it (1 − z⁻¹)². */
  readonly shapingOrder?: 1 | 2;
  /**
   * The float32 above the block scales of `nvfp4`, `nvint4`, `fp4-e1m2` and integers with `scaleFormat: 'e4m3'`. `fixed`
   * (default): made for signals up to 1.0. `frame`: made anew for each packet's channel, or call of `encode`, from its
   * largest magnitude, and written before its blocks, 4 bytes. `delayed`, of streams only: the same place, made from the
   * largest magnitude of the 128 packets before and 24 dB of headroom, and for the first packet as `fixed`; what is
   * beyond it is held at the limit and counted in `saturated`. A number from 2^-120 to 2^120: itself.
   */
  readonly tensorScale?: 'fixed' | 'frame' | 'delayed' | number;
  /**
   * For `int2` … `int8`: default `float16`; `e8m0` a power of two, `e4m3` under a tensor scale, a byte each; `none` the
   * tensor scale alone. For `nvfp4`, `nvint4`, `fp4-e1m2`: default `e4m3`; `e8m0` a power of two under a tensor scale. For `nf4`,
   * `bnb-fp4` and `dynamic8`: default `float32`; `dynamic8` a byte each, under an offset and a peak of up to 256 blocks.
   */
  readonly scaleFormat?: ScaleFormat;
  /** For `float-search`: the one layout all blocks have. Absent: the best of the three, block by block. */
  readonly layout?: FloatLayout;
  /**
   * Default `none`. `block` spreads what is large in a block over all of it. In blocks of 32 at 4 and 8 bits clicks in
   * noise gain 6 to 13 dB and heavy tails (Student, 3 degrees of freedom) 5; noise is indifferent; a steady tone loses
   * 5, and so does a click in near silence at 4 bits. `adaptive` is never worse than either of the two, by the squared error
   * of each block, for a byte more a block that says which it was: a quarter of a bit a sample in blocks of 32. It goes with
   * rounding to nearest and a fixed tensor scale, without `columns` and `order`.
   */
  readonly rotation?: BlockRotation;
  /**
   * Chooses the rotation's signs and the numbers of stochastic rounding: a whole number from 0 to 2^53 − 1. Encoder and
   * decoder need the same. Default 0.
   */
  readonly seed?: number;
}

/** Names of the options above, for checks of what a caller passed. */
export const blockOptionNames: readonly string[] = [
  'format',
  'blockSize',
  'columns',
  'order',
  'scaleRule',
  'rounding',
  'shapingOrder',
  'tensorScale',
  'scaleFormat',
  'layout',
  'rotation',
  'seed',
];

/** Rows and columns of a tile. */
export const TILE_SIDE = 16;
const MOST_COLUMNS = 4096;

/** The largest tensor scale; the least is its inverse. */
export const LARGEST_TENSOR_SCALE = 2 ** 120;

/** The record of the format under the scales, or in the layout, asked for; throws where there is none. */
function findFormat({ format: id, scaleFormat, layout }: BlockOptions): BlockFormat {
  const format = findBlockFormat('format', id);
  const { scaleFormats, layouts } = format;
  if (scaleFormat !== undefined && scaleFormats === undefined) {
    throwRange('scaleFormat', `none for ${id}, which has no such choice`, scaleFormat);
  }
  if (layout !== undefined && layouts === undefined) {
    throwRange('layout', `none for ${id}, which has no such choice`, layout);
  }
  if (scaleFormats !== undefined && scaleFormat !== undefined) {
    return scaleFormats[checkOneOf('scaleFormat', scaleFormat, Object.keys(scaleFormats) as ScaleFormat[])] ?? format;
  }
  if (layouts !== undefined && layout !== undefined) {
    return layouts[checkOneOf('layout', layout, Object.keys(layouts) as FloatLayout[])] ?? format;
  }
  return format;
}

/** The columns of tiles, 0 where there are none. */
function checkColumns(format: BlockFormat, { columns, rounding }: BlockOptions): number {
  if (columns === undefined) return 0;
  if (format.tiles !== true) throwRange('columns', `none for ${format.id}, which has no scales of tiles`, columns);
  if (rounding === 'shaped') throwRange('columns', "none beside rounding 'shaped', which works along time", columns);
  checkInteger('columns', columns, TILE_SIDE, MOST_COLUMNS);
  if (columns % TILE_SIDE !== 0) throwRange('columns', `a multiple of ${TILE_SIDE}`, columns);
  return columns;
}

/** The order of a period, checked; undefined where there is none. */
function checkOrder(options: BlockOptions, unitSize: number): readonly number[] | undefined {
  const { order, columns, rounding } = options;
  if (order === undefined) return undefined;
  if (!Array.isArray(order)) throwType('order', 'an array of indices', order);
  if (columns !== undefined) throwRange('order', 'none beside columns', order);
  if (rounding === 'shaped') throwRange('order', "none beside rounding 'shaped', which works along time", order);
  checkInteger('order.length', order.length, unitSize, MOST_COLUMNS);
  if (order.length % unitSize !== 0)
    throwRange('order.length', `a multiple of the block size, ${unitSize}`, order.length);
  const seen = new Uint8Array(order.length);
  for (const [place, index] of order.entries()) {
    checkInteger(`order[${place}]`, index, 0, order.length - 1);
    if (seen[index]++ > 0) throwRange(`order[${place}]`, 'an index that does not stand before it', index);
  }
  return order;
}

/** The samples of a block that is not of tiles. */
function checkBlockSize(format: BlockFormat, { blockSize: value, rotation }: BlockOptions): number {
  const { minimum, maximum, step, default: standard } = format.blockSizes;
  const blockSize = checkInteger('blockSize', value ?? standard, minimum, maximum);
  if (blockSize % step !== 0) throwRange('blockSize', `a multiple of ${step} for ${format.id}`, blockSize);
  return rotation === 'block' || rotation === 'adaptive'
    ? checkPowerOfTwo('blockSize', blockSize, minimum, maximum)
    : blockSize;
}

/** A choice among what the format has; where it has none, an option that is given is an error. */
function checkChoice<T extends string>(
  title: string,
  format: BlockFormat,
  value: T,
  allowed: readonly T[] | undefined,
): T {
  if (allowed === undefined) throwRange(title, `none for ${format.id}, which has no such choice`, value);
  return checkOneOf(title, value, allowed);
}

/** The tensor scale, or how it is found where it stands before the blocks; undefined where the format has none. */
function checkTensorScale(
  format: BlockFormat,
  value: BlockOptions['tensorScale'],
): 'frame' | 'delayed' | number | undefined {
  if (format.tensorRange === undefined) {
    if (value !== undefined) throwRange('tensorScale', `none for ${format.id}, which has no tensor scale`, value);
    return undefined;
  }
  if (typeof value === 'number') {
    return Math.fround(checkNumber('tensorScale', value, 1 / LARGEST_TENSOR_SCALE, LARGEST_TENSOR_SCALE));
  }
  const choice = checkOneOf('tensorScale', value === undefined ? 'fixed' : value, ['fixed', 'frame', 'delayed']);
  return choice === 'fixed' ? Math.fround(1 / format.tensorRange) : choice;
}

/** Options with their defaults, and what follows from them. */
export interface BlockSettings {
  readonly record: BlockFormat;
  /** 0 where scales are not those of tiles. */
  readonly columns: number;
  readonly order: readonly number[] | undefined;
  /** Samples under one scale. */
  readonly unitSize: number;
  /** Samples of a block. */
  readonly blockSize: number;
  readonly scaleRule: ScaleRule | undefined;
  readonly rounding: Rounding;
  readonly shapingOrder: 1 | 2;
  readonly tensorScale: 'frame' | 'delayed' | number | undefined;
  readonly rotation: BlockRotation;
  readonly seed: number;
}

/** Checks options; throws a TypeError or RangeError that names the option, what was allowed and what came. */
export function checkBlockOptions(options: BlockOptions): BlockSettings {
  const { scaleRule, shapingOrder = 1 } = options;
  const record = findFormat(options);
  const rotation = checkOneOf('rotation', options.rotation ?? 'none', ['none', 'block', 'adaptive'] as const);
  const seed = checkInteger('seed', options.seed ?? 0, 0, Number.MAX_SAFE_INTEGER);
  const columns = checkColumns(record, options);
  const unitSize = columns > 0 ? TILE_SIDE * TILE_SIDE : checkBlockSize(record, options);
  const order = checkOrder(options, unitSize);
  const blockSize = columns > 0 ? TILE_SIDE * columns : (order?.length ?? unitSize);
  if (columns > 0) checkInteger('blockSize', options.blockSize ?? blockSize, blockSize, blockSize);
  const rounding = checkOneOf('rounding', options.rounding ?? 'nearest', ['nearest', 'stochastic', 'shaped'] as const);
  if (rounding !== 'nearest') checkChoice('rounding', record, rounding, record.roundings);
  checkInteger('shapingOrder', shapingOrder, 1, 2);
  if (options.shapingOrder !== undefined && rounding !== 'shaped') {
    throwRange('shapingOrder', "rounding 'shaped' beside it", rounding);
  }
  if (rounding === 'shaped' && rotation !== 'none') {
    throwRange('rotation', "none beside rounding 'shaped', which works along time", rotation);
  }
  const tensorScale = checkTensorScale(record, options.tensorScale);
  if (rotation === 'adaptive') {
    const alone = rounding === 'nearest' && columns === 0 && order === undefined && record.groups === undefined;
    if (!alone || typeof tensorScale === 'string') {
      throwRange('rotation', 'none or block beside what is not found from one block alone', rotation);
    }
  }
  const standardRule = rounding === 'nearest' ? record.scaleRules?.[0] : record.unclippedRule;
  return {
    record,
    columns,
    order,
    unitSize,
    blockSize,
    scaleRule: scaleRule === undefined ? standardRule : checkChoice('scaleRule', record, scaleRule, record.scaleRules),
    rounding,
    shapingOrder,
    tensorScale,
    rotation,
    seed,
  };
}
