/**
 * The integer block formats written plainly, in float64 and bit by bit, from their definition in docs/BITSTREAM.md.
 */

/** The values of all float16 from 0 to 65504 in ascending order: the index is the bits. */
export const float16Values: readonly number[] = Array.from({ length: 0x7c00 }, (_, bits) => {
  const exponent = bits >> 10;
  const mantissa = bits & 0x3ff;
  return exponent === 0 ? mantissa * 2 ** -24 : (1024 + mantissa) * 2 ** (exponent - 25);
});

/** The value of any 16 bits read as IEEE 754 binary16. */
export function float16Value(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const magnitude = bits & 0x7fff;
  if (magnitude > 0x7c00) return Number.NaN;
  return sign * (magnitude === 0x7c00 ? Infinity : float16Values[magnitude]);
}

/** The bits of the least float16 that is not below x >= 0; 0x7c00, infinity, where there is none. */
export function leastFloat16(x: number): number {
  let [low, high] = [0, float16Values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (float16Values[middle] >= x) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The bits of the float16 nearest to x >= 0, ties to the even code; 0x7c00, infinity, from 65520 on. */
export function nearestFloat16(x: number): number {
  if (x >= 65520) return 0x7c00;
  const above = Math.min(leastFloat16(x), 0x7bff);
  if (above === 0) return 0;
  const [up, down] = [float16Values[above] - x, x - float16Values[above - 1]];
  if (up === down) return above % 2 === 0 ? above : above - 1;
  return up < down ? above : above - 1;
}

/** The nearest whole number, ties to even. */
export function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  const part = x - below;
  if (part !== 0.5) return part < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}

export interface IntegerBlocks {
  bits: number;
  blockSize: number;
}

/** Scale bits of a block: the least float16 s with Q·s >= amax, held at 65504; 0 where amax <= 2^-25. */
export function scaleOf(block: ArrayLike<number>, bits: number): number {
  const largestCode = 2 ** (bits - 1) - 1;
  let amax = 0;
  for (let i = 0; i < block.length; i++) amax = Math.max(amax, Math.abs(block[i]));
  if (amax <= 2 ** -25) return 0;
  let scale = leastFloat16(amax / largestCode);
  // 53 bits against 18: the product is exact, and the quotient's rounding cannot hide behind it.
  while (scale < 0x7bff && float16Values[scale] * largestCode < amax) scale++;
  return Math.min(scale, 0x7bff);
}

/** Finite float32 samples, whole blocks, to bytes. */
export function encodeInteger(x: ArrayLike<number>, { bits, blockSize }: IntegerBlocks): Uint8Array {
  const largestCode = 2 ** (bits - 1) - 1;
  const stream: number[] = [];
  const put = (value: number, count: number) => {
    for (let bit = 0; bit < count; bit++) stream.push(Math.floor(value / 2 ** bit) % 2);
  };
  for (let first = 0; first < x.length; first += blockSize) {
    const block = Array.from({ length: blockSize }, (_, i) => x[first + i]);
    const scale = scaleOf(block, bits);
    put(scale, 16);
    for (const sample of block) {
      const quotient = scale === 0 ? 0 : Math.fround(sample / float16Values[scale]);
      const code = roundHalfEven(Math.max(-largestCode, Math.min(largestCode, quotient)));
      put(code < 0 ? code + 2 ** bits : code, bits);
    }
  }
  const bytes = new Uint8Array(stream.length / 8);
  for (const [index, bit] of stream.entries()) bytes[index >> 3] += bit << (index & 7);
  return bytes;
}

/** Any bytes, whole blocks, to samples; blocks whose scale is never written become zeros. */
export function decodeInteger(bytes: Uint8Array, { bits, blockSize }: IntegerBlocks): Float32Array {
  let position = 0;
  const take = (count: number) => {
    let value = 0;
    for (let bit = 0; bit < count; bit++, position++)
      value += ((bytes[position >> 3] >> (position & 7)) & 1) * 2 ** bit;
    return value;
  };
  const samples: number[] = [];
  while (position < 8 * bytes.length) {
    const scale = take(16);
    for (let i = 0; i < blockSize; i++) {
      const code = take(bits);
      const signed = code >= 2 ** (bits - 1) ? code - 2 ** bits : code;
      samples.push(scale > 0x7bff ? 0 : signed * float16Values[scale] + 0);
    }
  }
  return Float32Array.from(samples);
}

/** Signs of the rotation by the definition in docs/BITSTREAM.md: bit i of the splitmix64 stream of the seed. */
export function rotationSigns(seed: number, size: number): number[] {
  const word = (index: number) => {
    let z = BigInt.asUintN(64, BigInt(seed) + BigInt(index + 1) * 0x9e3779b97f4a7c15n);
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return z ^ (z >> 31n);
  };
  return Array.from({ length: size }, (_, i) => ((word(Math.floor(i / 64)) >> BigInt(i % 64)) & 1n ? -1 : 1));
}

/** The order of the float32 butterflies of a block's rotation, as the index bits they run over. */
const BUTTERFLIES: Record<number, number[]> = {
  16: [1, 2, 3, 0],
  32: [1, 2, 3, 4, 0],
  64: [1, 2, 3, 0, 4, 5],
  128: [1, 2, 3, 0, 4, 5, 6],
  256: [1, 2, 3, 4, 0, 5, 6, 7],
  512: [1, 2, 3, 0, 4, 5, 6, 7, 8],
  1024: [1, 2, 3, 0, 4, 5, 6, 7, 8, 9],
  2048: [1, 2, 3, 4, 0, 5, 6, 7, 8, 9, 10],
  4096: [1, 2, 3, 0, 4, 5, 6, 7, 8, 9, 10, 11],
};

/** Rotates every block in float32: signs, the factor 1/√n, butterflies. */
export function rotateBlocks(x: Float32Array, blockSize: number, seed: number): Float32Array {
  const signs = rotationSigns(seed, blockSize);
  const factor = Math.fround(1 / Math.sqrt(blockSize));
  const y = x.map((value, i) => value * signs[i % blockSize] * factor);
  for (const bit of BUTTERFLIES[blockSize]) {
    for (let i = 0; i < y.length; i++) {
      if (i & (1 << bit)) continue;
      const [a, b] = [y[i], y[i + (1 << bit)]];
      y[i] = a + b;
      y[i + (1 << bit)] = a - b;
    }
  }
  return y;
}

/** The inverse in float64, as the sum it is. */
export function unrotateBlocks(y: Float32Array, blockSize: number, seed: number): Float64Array {
  const signs = rotationSigns(seed, blockSize);
  const x = new Float64Array(y.length);
  for (let i = 0; i < y.length; i++) {
    const first = i - (i % blockSize);
    for (let j = 0; j < blockSize; j++) {
      let common = (i % blockSize) & j;
      let sign = signs[i % blockSize];
      for (; common > 0; common &= common - 1) sign = -sign;
      x[i] += (sign * y[first + j]) / Math.sqrt(blockSize);
    }
  }
  return x;
}

/** Signal-to-noise ratio in dB. */
export function snr(x: ArrayLike<number>, decoded: ArrayLike<number>): number {
  let [signal, noise] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    signal += x[i] * x[i];
    noise += (x[i] - decoded[i]) ** 2;
  }
  return 10 * Math.log10(signal / noise);
}
