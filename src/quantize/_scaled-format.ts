/** Records over the shared kernels of assembly/quantize/scaled.ts, and the words those kernels take. */
import { powerOfTwo } from '../engine/exact-math.js';
import { type BlockFormat, type BlockSizes, type FormatSettings, type ScaleRule, TENSOR_SCALE_WORD } from './format.js';

/** What the elements of a block are. */
export interface ElementFormat {
  /** Bits of a code, the sign's included. */
  readonly bits: number;
  /** Bits of the mantissa; −1 for integers. */
  readonly mantissaBits: number;
  /** What a float's exponent field is larger by than its exponent; 0 for integers. */
  readonly bias: number;
  /** The largest code without sign. */
  readonly largestCode: number;
  /** Its value. */
  readonly largest: number;
  /** floor(log2(largest)). */
  readonly largestExponent: number;
  /** Smallest steps in 1. */
  readonly stepsInOne: number;
  /** Mantissa bits that the rule `even` rounds amax to. */
  readonly evenBits: number;
}

/** The float of sign, exponent and `mantissaBits`, all of whose codes up to `largestCode` are numbers. */
function minifloat(bits: number, mantissaBits: number, bias: number, largestCode: number): ElementFormat {
  const largestExponent = (largestCode >> mantissaBits) - bias;
  const mantissa = largestCode % (1 << mantissaBits);
  return {
    bits,
    mantissaBits,
    bias,
    largestCode,
    largest: (1 + mantissa / (1 << mantissaBits)) * powerOfTwo(largestExponent),
    largestExponent,
    stepsInOne: powerOfTwo(mantissaBits + bias - 1),
    evenBits: mantissaBits,
  };
}

export const E4M3 = minifloat(8, 3, 7, 0x7e);
export const E5M2 = minifloat(8, 2, 15, 0x7b);
export const E3M2 = minifloat(6, 2, 3, 0x1f);
export const E2M3 = minifloat(6, 3, 1, 0x1f);
export const E2M1 = minifloat(4, 1, 1, 7);
export const E1M2 = minifloat(4, 2, 1, 7);

/** Symmetric integers of `bits` bits, in steps of 1/stepsInOne, a power of two. */
export function integerElement(bits: number, stepsInOne = 1): ElementFormat {
  const largestCode = (1 << (bits - 1)) - 1;
  const exponent = (power: number) => 31 - Math.clz32(power);
  return {
    bits,
    mantissaBits: -1,
    bias: 0,
    largestCode,
    largest: largestCode / stepsInOne,
    largestExponent: exponent(largestCode) - exponent(stepsInOne),
    stepsInOne,
    evenBits: bits - 2,
  };
}

/** A kind of scale: its number in the kernels, its bytes, and the rules that make sense for it, the default first. */
export interface ScaleKind {
  readonly kernelIndex: number;
  readonly bytes: number;
  readonly largest: number;
  /** What is to be the largest under a tensor scale, where that is not the largest there is. */
  readonly largestOfTensor?: number;
  /** The least value encoders write. */
  readonly least: number;
  readonly rules: readonly ScaleRule[];
  /** The rule that never clips. */
  readonly unclippedRule?: ScaleRule;
}

/** A power of two, 2^-127 to 2^127: exponent only, bias 127. */
export const E8M0_SCALE: ScaleKind = {
  kernelIndex: 0,
  bytes: 1,
  largest: powerOfTwo(127),
  largestOfTensor: 1,
  least: powerOfTwo(-127),
  rules: ['search', 'floor', 'ceil', 'even', 'rceil'],
  unclippedRule: 'rceil',
};
/** E4M3 without sign. Its subnormals are not written: so the reference of the NVFP4 family has it. */
export const E4M3_SCALE: ScaleKind = {
  kernelIndex: 1,
  bytes: 1,
  largest: E4M3.largest,
  least: powerOfTwo(-6),
  rules: ['even', 'ceil', 'search'],
  unclippedRule: 'ceil',
};
/** Five bits of exponent, bias 15, three of mantissa, no sign; 0xff alone is no number, so the largest is 114688. */
export const UE5M3_SCALE: ScaleKind = { ...E4M3_SCALE, kernelIndex: 2, largest: 114688, least: 0 };
/** IEEE binary16, rounded up. */
export const FLOAT16_SCALE: ScaleKind = {
  kernelIndex: 3,
  bytes: 2,
  largest: 65504,
  least: 0,
  rules: ['ceil'],
  unclippedRule: 'ceil',
};

/** None: all blocks have the tensor scale alone. */
export const NO_SCALE: ScaleKind = { kernelIndex: 4, bytes: 0, largest: 1, least: 1, rules: [] };

const RULES: readonly ScaleRule[] = ['floor', 'ceil', 'even', 'rceil', 'search'];
const NOT_NEAREST = ['stochastic', 'shaped'] as const;

/**
 * What the scale of a block is made larger by where errors are fed back: half a step at the top of the range for the
 * first order, three halves for the second, so that what is fed back does not clip. At most two.
 */
function headroom({ mantissaBits, largest, largestExponent, stepsInOne }: ElementFormat, order: 1 | 2): number {
  const topStep = mantissaBits < 0 ? 1 / stepsInOne : powerOfTwo(largestExponent - mantissaBits);
  return largest / Math.max(largest / 2, largest - (order - 0.5) * topStep);
}

/** The words of assembly/quantize/scaled.ts. */
export function scaledParameters(
  element: ElementFormat,
  scale: ScaleKind,
  { scaleRule, rounding, shapingOrder, tensorScale }: FormatSettings,
): Uint32Array {
  const { bits, mantissaBits, bias, largestCode, largest, largestExponent, stepsInOne, evenBits } = element;
  const words = new Uint32Array(17);
  const floats = new Float32Array(words.buffer);
  words[0] = bits;
  words[1] = mantissaBits;
  if (mantissaBits >= 0) {
    floats[2] = powerOfTwo(1 - bias);
    words[3] = (127 - bias) << mantissaBits;
    floats[4] = powerOfTwo(24 - bias - mantissaBits);
  }
  floats[5] = stepsInOne;
  floats[6] = largest;
  words[7] = largestCode;
  words[8] = scale.kernelIndex;
  words[9] = RULES.indexOf(scaleRule);
  words[10] = largestExponent;
  words[11] = evenBits;
  words[12] = rounding === 'nearest' ? 0 : rounding === 'stochastic' ? 1 : 1 + shapingOrder;
  floats[TENSOR_SCALE_WORD] = tensorScale;
  floats[14] = scale.least;
  floats[15] = rounding === 'shaped' ? headroom(element, shapingOrder) : 1;
  return words;
}

export interface ScaledFormatOptions {
  readonly id: string;
  readonly element: ElementFormat;
  readonly scale: ScaleKind;
  readonly blockSizes: BlockSizes;
  /** There is a float32 tensor scale above the block scales. */
  readonly tensor?: boolean;
  /** Tiles of 16 × 16 may share a scale. */
  readonly tiles?: boolean;
}

/** A format of the shared kernels. */
export function scaledFormat(options: ScaledFormatOptions): BlockFormat {
  const { id, element, scale, blockSizes, tensor = false, tiles = false } = options;
  return {
    id,
    blockSizes,
    scaleRules: scale.rules.length > 0 ? scale.rules : undefined,
    unclippedRule: scale.unclippedRule,
    roundings: NOT_NEAREST,
    tensorRange: tensor ? (scale.largestOfTensor ?? scale.largest) * element.largest : undefined,
    tiles,
    blockBytes: (blockSize) => scale.bytes + (blockSize * element.bits) / 8,
    parameters: (settings) => scaledParameters(element, scale, settings),
    encode: (kernels, target, source, blocks, blockSize, scratch, parameters, state) =>
      kernels.encodeScaledBlocks(target, source, blocks, blockSize, scratch, parameters, state),
    decode: (kernels, target, source, blocks, blockSize, parameters) =>
      kernels.decodeScaledBlocks(target, source, blocks, blockSize, parameters),
  };
}
