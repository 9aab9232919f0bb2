/**
 * The MX and NVFP4 families written plainly from their definitions in docs/BITSTREAM.md: tables of values, search for the
 * nearest, float32 only where the definition says so.
 */

export interface ElementDefinition {
  /** Values of the codes 0, 1 … without sign, ascending. */
  readonly values: readonly number[];
  readonly bits: number;
  /** Bits behind the point of an element between 1 and 2. */
  readonly mantissaBits: number;
  /** Two's complement integers in place of sign and magnitude. */
  readonly integer: boolean;
}

/** Values of the codes without sign of a float with `exponentBits` and `mantissaBits`, below `count`. */
function floats(exponentBits: number, mantissaBits: number, bias: number, count = 2 ** (exponentBits + mantissaBits)) {
  return Array.from({ length: count }, (_, code) => {
    const exponent = Math.floor(code / 2 ** mantissaBits);
    const mantissa = (code % 2 ** mantissaBits) / 2 ** mantissaBits;
    return exponent === 0 ? mantissa * 2 ** (1 - bias) : (1 + mantissa) * 2 ** (exponent - bias);
  });
}
const integers = (most: number, steps = 1) => Array.from({ length: most + 1 }, (_, i) => i / steps);

export const elements = {
  e4m3: { values: floats(4, 3, 7, 127), mantissaBits: 3, bits: 8, integer: false },
  e5m2: { values: floats(5, 2, 15, 124), mantissaBits: 2, bits: 8, integer: false },
  e3m2: { values: floats(3, 2, 3), mantissaBits: 2, bits: 6, integer: false },
  e2m3: { values: floats(2, 3, 1), mantissaBits: 3, bits: 6, integer: false },
  e2m1: { values: floats(2, 1, 1), mantissaBits: 1, bits: 4, integer: false },
  e1m2: { values: floats(1, 2, 1), mantissaBits: 2, bits: 4, integer: false },
  mxint8: { values: integers(127, 64), mantissaBits: 6, bits: 8, integer: true },
  int4: { values: integers(7), mantissaBits: 2, bits: 4, integer: true },
} satisfies Record<string, ElementDefinition>;

export const ue5m3 = floats(5, 3, 15, 255);

/** Code without sign of the value nearest to |x|, ties to the even code, held to the last. */
export function nearestCode(values: readonly number[], x: number): number {
  const a = Math.abs(x);
  let [low, high] = [0, values.length - 1];
  if (a >= values[high]) return high;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (values[middle] <= a) low = middle;
    else high = middle;
  }
  const [below, above] = [a - values[low], values[high] - a];
  if (below !== above) return below < above ? low : high;
  return low % 2 === 0 ? low : high;
}

/** The signed code of an element as stored, and its value. */
function element({ values, bits, integer }: ElementDefinition, x: number): { stored: number; value: number } {
  const code = nearestCode(values, x);
  const negative = Object.is(x, -0) || x < 0;
  const value = negative ? -values[code] : values[code];
  if (integer) return { stored: negative && code > 0 ? 2 ** bits - code : code, value: value + 0 };
  return { stored: code + (negative ? 2 ** (bits - 1) : 0), value };
}

export type PowerRule = 'floor' | 'ceil' | 'even' | 'rceil' | 'search';

/** floor(log2(x)) of a positive number, exactly. */
function floorLog2(x: number): number {
  let exponent = Math.floor(Math.log2(x));
  while (2 ** exponent > x) exponent--;
  while (2 ** (exponent + 1) <= x) exponent++;
  return exponent;
}

/** The exponent of the E8M0 scale by a rule other than search. */
function powerExponent({ values, mantissaBits }: ElementDefinition, amax: number, rule: PowerRule): number {
  const largest = values[values.length - 1];
  const emax = floorLog2(largest);
  const hold = (exponent: number) => Math.max(-127, Math.min(127, exponent));
  if (amax === 0) return -127;
  if (rule === 'floor') return hold(floorLog2(amax) - emax);
  if (rule === 'ceil') {
    const exponent = floorLog2(amax);
    return hold((2 ** exponent === amax ? exponent : exponent + 1) - emax);
  }
  if (rule === 'even') {
    // The mantissa rounded half up to the element's precision may reach the next binade.
    const exponent = floorLog2(amax);
    const mantissa = Math.floor((amax / 2 ** exponent) * 2 ** mantissaBits + 0.5) / 2 ** mantissaBits;
    return hold((mantissa >= 2 ? exponent + 1 : exponent) - emax);
  }
  let exponent = -127;
  while (exponent < 127 && amax > largest * 2 ** exponent) exponent++;
  return exponent;
}

export interface ScaledBlocks {
  readonly scales: number[];
  readonly codes: number[];
  readonly decoded: Float32Array;
}

function squaredError(block: ArrayLike<number>, decoded: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < block.length; i++) sum += (block[i] - decoded[i]) ** 2;
  return sum;
}

/** The largest float32. */
const LARGEST = (2 - 2 ** -23) * 2 ** 127;

/** Blocks of 32 under powers of two. */
export function encodeMx(
  x: Float32Array,
  definition: ElementDefinition,
  rule: PowerRule,
  blockSize = 32,
): ScaledBlocks {
  const scales: number[] = [];
  const codes: number[] = [];
  const decoded = new Float32Array(x.length);
  for (let first = 0; first < x.length; first += blockSize) {
    const block = x.subarray(first, first + blockSize);
    const amax = block.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const attempt = (exponent: number) => {
      const coded = Array.from(block, (value) => element(definition, value / 2 ** exponent));
      return { exponent, coded, values: coded.map(({ value }) => value * 2 ** exponent) };
    };
    let best = attempt(powerExponent(definition, amax, rule));
    if (rule === 'search' && best.exponent > -127) {
      const lower = attempt(best.exponent - 1);
      if (squaredError(block, lower.values) < squaredError(block, best.values)) best = lower;
    }
    scales.push(best.exponent + 127);
    codes.push(...best.coded.map(({ stored }) => stored));
    // What is beyond float32 comes back as its largest value.
    decoded.set(
      best.values.map((value) => Math.max(-LARGEST, Math.min(LARGEST, value))),
      first,
    );
  }
  return { scales, codes, decoded };
}

export interface NvOptions {
  readonly tensorScale: number;
  /** Values of the scale's codes, and the least that may be written. */
  readonly scaleValues?: readonly number[];
  readonly least?: number;
}

/** Blocks of 16 under E4M3 (or other) scales and a float32 tensor scale: float32 operations in torchao's order. */
export function encodeNv(
  x: Float32Array,
  definition: ElementDefinition,
  { tensorScale, scaleValues = elements.e4m3.values, least = 2 ** -6 }: NvOptions,
): ScaledBlocks {
  const f = Math.fround;
  const largest = definition.values[definition.values.length - 1];
  const scales: number[] = [];
  const codes: number[] = [];
  const decoded = new Float32Array(x.length);
  for (let first = 0; first < x.length; first += 16) {
    const block = x.subarray(first, first + 16);
    const amax = block.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const wanted = Math.max(least, f(f(amax / largest) / tensorScale));
    const scale = nearestCode(scaleValues, wanted);
    const ratio = scaleValues[scale] === 0 ? 0 : f(f(1 / tensorScale) / scaleValues[scale]);
    const back = f(tensorScale * scaleValues[scale]);
    scales.push(scale);
    for (const [i, value] of block.entries()) {
      const { stored, value: coded } = element(definition, f(value * ratio));
      codes.push(stored);
      decoded[first + i] = f(coded * back);
    }
  }
  return { scales, codes, decoded };
}

/** Scales and codes as the bytes of blocks: a scale byte, then a little-endian bit stream. */
export function packScaled({ scales, codes }: ScaledBlocks, bits: number): Uint8Array {
  const blockSize = codes.length / scales.length;
  const blockBytes = 1 + (blockSize * bits) / 8;
  const bytes = new Uint8Array(scales.length * blockBytes);
  for (const [block, scale] of scales.entries()) {
    bytes[block * blockBytes] = scale;
    for (let bit = 0; bit < blockSize * bits; bit++) {
      const code = codes[block * blockSize + Math.floor(bit / bits)];
      bytes[block * blockBytes + 1 + (bit >> 3)] |= ((code >> (bit % bits)) & 1) << (bit & 7);
    }
  }
  return bytes;
}
