/** The formats of src/quantize/grids.ts, few-levels.ts and combined.ts written plainly: sums in order, searches, whole numbers. */
import { decodeInteger, encodeInteger, float16Value, nearestFloat16 } from './quantize.js';
import { elements, encodeNv, packScaled } from './scaled.js';

const { fround } = Math;

/** Values of 16 codes in ascending order of value, and the code of a value in units of the scale. */
export interface Grid {
  readonly sides: 1 | 2;
  readonly values: readonly number[];
  code(n: number): number;
}

/** Affine grids for each sign: the nearest of 8 levels, a midpoint to the smaller magnitude. */
export const twinGrid: Grid = {
  sides: 2,
  values: Array.from({ length: 16 }, (_, i) => fround(i < 8 ? -(0.136 + 0.34 * (7 - i)) : 0.136 + 0.34 * (i - 8))),
  code(n) {
    const levels = Array.from({ length: 8 }, (_, k) => fround(0.136 + 0.34 * k));
    let k = 0;
    while (k < 7 && Math.abs(n) > fround((levels[k] + levels[k + 1]) / 2)) k++;
    return n < 0 ? 7 - k : 8 + k;
  },
};

/** The edges of equal bins of tanh(0.8·z), by bisection of that curve: n on an edge belongs above. */
const bentBack = (t: number) => {
  let [low, high] = [-10, 10];
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2;
    if (2 / (1 + Math.exp(-1.6 * middle)) - 1 < t) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
};
const edges = Array.from({ length: 15 }, (_, k) => (k === 7 ? 0 : fround(bentBack((k + 1) / 8 - 1))));
export const equalBins: Grid = {
  sides: 1,
  values: Array.from({ length: 16 }, (_, code) => fround(bentBack((2 * code + 1) / 16 - 1))),
  code: (n) => edges.filter((edge) => n >= edge).length,
};

/** Bits of the float16 nearest to a float32, at most 65504. */
const held = (x: number) => Math.min(nearestFloat16(fround(x)), 0x7bff);
const put16 = (bytes: number[], bits: number) => bytes.push(bits & 255, bits >> 8);
const blocksOf = (x: Float32Array, size: number) =>
  Array.from({ length: x.length / size }, (_, i) => [...x.subarray(i * size, (i + 1) * size)]);

export function encodeGrid(x: Float32Array, { sides, code }: Grid, blockSize: number): Uint8Array {
  const bytes: number[] = [];
  for (const block of blocksOf(x, blockSize)) {
    const root = (values: number[]) =>
      values.length === 0 ? 0 : held(Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length));
    const up = root(sides === 2 ? block.filter((value) => value >= 0) : block);
    const down = sides === 2 ? root(block.filter((value) => value < 0)) : up;
    put16(bytes, up);
    if (sides === 2) put16(bytes, down);
    const codes = block.map((value) => {
      const scale = float16Value(value < 0 ? down : up);
      return code(scale === 0 ? value * 0 : fround(value * fround(1 / scale)));
    });
    for (let i = 0; i < codes.length; i += 2) bytes.push(16 * codes[i] + codes[i + 1]);
  }
  return Uint8Array.from(bytes);
}

export function decodeGrid(bytes: Uint8Array, { sides, values }: Grid, blockSize: number): Float32Array {
  const samples: number[] = [];
  for (let at = 0; at < bytes.length; at += 2 * sides + blockSize / 2) {
    const up = bytes[at] + 256 * bytes[at + 1];
    const down = sides === 2 ? bytes[at + 2] + 256 * bytes[at + 3] : up;
    for (let i = 0; i < blockSize; i++) {
      const value = values[(bytes[at + 2 * sides + (i >> 1)] >> (i % 2 ? 0 : 4)) & 15];
      samples.push(Math.max(up, down) > 0x7bff ? 0 : value * float16Value(value < 0 ? down : up));
    }
  }
  return Float32Array.from(samples);
}

/** Mean of magnitudes above a threshold, 0 of none. */
function meanAbove(block: readonly number[], threshold: number): number {
  const above = block.map(Math.abs).filter((a) => a > threshold);
  return above.length === 0 ? 0 : above.reduce((sum, a) => sum + a, 0) / above.length;
}

export function encodeTernary(x: Float32Array, blockSize: number): Uint8Array {
  const bytes: number[] = [];
  for (const block of blocksOf(x, blockSize)) {
    const first = meanAbove(block, fround(0.767 * meanAbove(block, -1)));
    const threshold = fround(first / 2);
    put16(bytes, held(meanAbove(block, threshold)));
    for (let i = 0; i < blockSize; i += 5) {
      const digits = block.slice(i, i + 5).map((value): number => (value > threshold ? 2 : value < -threshold ? 0 : 1));
      bytes.push(digits.reduceRight((sum, digit) => 3 * sum + digit, 0));
    }
  }
  return Uint8Array.from(bytes);
}

export function decodeTernary(bytes: Uint8Array, blockSize: number): Float32Array {
  const samples: number[] = [];
  for (let at = 0; at < bytes.length; at += 2 + blockSize / 5) {
    const level = bytes[at] + 256 * bytes[at + 1];
    const coded = [...bytes.subarray(at + 2, at + 2 + blockSize / 5)];
    const wrong = level > 0x7bff || coded.some((byte) => byte > 242);
    for (const byte of coded) {
      for (let i = 0; i < 5; i++) samples.push(wrong ? 0 : ((Math.floor(byte / 3 ** i) % 3) - 1) * float16Value(level));
    }
  }
  return Float32Array.from(samples);
}

export function encodeSign(x: Float32Array, blockSize: number): Uint8Array {
  const bytes: number[] = [];
  for (const block of blocksOf(x, blockSize)) {
    put16(bytes, held(meanAbove(block, -1)));
    for (let i = 0; i < blockSize; i += 8) {
      bytes.push(block.slice(i, i + 8).reduce((sum, value, bit) => sum + (value < 0 ? 1 << bit : 0), 0));
    }
  }
  return Uint8Array.from(bytes);
}

export function decodeSign(bytes: Uint8Array, blockSize: number): Float32Array {
  const samples: number[] = [];
  for (let at = 0; at < bytes.length; at += 2 + blockSize / 8) {
    const level = bytes[at] + 256 * bytes[at + 1];
    for (let i = 0; i < blockSize; i++) {
      const negative = (bytes[at + 2 + (i >> 3)] >> (i & 7)) & 1;
      samples.push(level > 0x7bff ? 0 : negative ? -float16Value(level) : float16Value(level));
    }
  }
  return Float32Array.from(samples);
}

export function encodeMixed(x: Float32Array): Uint8Array {
  const bytes: number[] = [];
  for (const block of blocksOf(x, 256)) {
    const parts = blocksOf(Float32Array.from(block), 32);
    const peaks = parts.map((part, index) => ({ index, peak: Math.max(...part.map(Math.abs)) }));
    const wide = peaks
      .sort((a, b) => b.peak - a.peak || a.index - b.index)
      .slice(0, 2)
      .map(({ index }) => index);
    bytes.push(wide.reduce((sum, index) => sum + 2 ** index, 0));
    for (const [index, part] of parts.entries()) {
      bytes.push(...encodeInteger(part, { bits: wide.includes(index) ? 8 : 4, blockSize: 32 }));
    }
  }
  return Uint8Array.from(bytes);
}

export function decodeMixed(bytes: Uint8Array): Float32Array {
  const samples: number[] = [];
  for (let block = 0; block < bytes.length; block += 177) {
    const flags = [...Array(8).keys()].map((i) => (bytes[block] >> i) & 1);
    const right = flags.reduce((sum, flag) => sum + flag) === 2;
    let at = block + 1;
    for (const flag of flags) {
      const length = right && flag ? 34 : 18;
      const part = decodeInteger(bytes.slice(at, at + length), { bits: flag && right ? 8 : 4, blockSize: 32 });
      samples.push(...(right ? part : new Float32Array(32)));
      at += length;
    }
  }
  return Float32Array.from(samples);
}

/** Parts of a block that are coded twice: of those above an eighth of the block's peak the loudest quarter. */
function refinedParts(block: readonly number[]): number[] {
  if (block.length === 16) return [0];
  const parts = blocksOf(Float32Array.from(block), 16).map((part, index) => ({
    index,
    peak: Math.max(...part.map(Math.abs)),
  }));
  const peak = Math.max(...parts.map((part) => part.peak));
  return parts
    .filter((part) => part.peak > peak / 8)
    .sort((a, b) => b.peak - a.peak || a.index - b.index)
    .slice(0, Math.ceil(parts.length / 4))
    .map(({ index }) => index)
    .sort((a, b) => a - b);
}

/** The bytes of nvfp4-residual, and what they decode to. */
export function encodeResidual(
  x: Float32Array,
  tensorScale: number,
  blockSize = 16,
): { bytes: Uint8Array; decoded: Float32Array } {
  const base = encodeNv(x, elements.e2m1, { tensorScale });
  const rest = encodeNv(
    x.map((value, i) => value - base.decoded[i]),
    elements.e2m1,
    { tensorScale: fround(tensorScale / 8) },
  );
  const [first, second] = [packScaled(base, 4), packScaled(rest, 4)];
  const bytes: number[] = [];
  const decoded = base.decoded.slice();
  const parts = blockSize / 16;
  for (const [index, block] of blocksOf(x, blockSize).entries()) {
    const refined = refinedParts(block);
    const flags = refined.reduce((sum, part) => sum + 2 ** part, 0);
    if (parts > 1) put16(bytes, flags);
    bytes.push(...first.subarray(9 * parts * index, 9 * parts * (index + 1)));
    for (const part of refined) {
      const at = parts * index + part;
      bytes.push(...second.subarray(9 * at, 9 * at + 9));
      for (let i = 16 * at; i < 16 * at + 16; i++) decoded[i] += rest.decoded[i];
    }
    bytes.push(...new Array<number>(9 * (Math.ceil(parts / 4) - refined.length)).fill(0));
  }
  return { bytes: Uint8Array.from(bytes), decoded };
}
