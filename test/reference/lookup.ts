/** nf4, bnb-fp4, dynamic8 and μ-law written plainly: linear searches, decision trees and whole numbers. */

const { fround } = Math;
const view = new DataView(new ArrayBuffer(4));

export interface LookupDefinition {
  readonly bits: 4 | 8;
  readonly scaled: boolean;
  encode(n: number): number;
  decode(code: number): number;
}

/** Entries in ascending order, codes by rank; n exactly midway (in float32) takes the lower one. */
export function nearestEntry(table: readonly number[], bits: 4 | 8): LookupDefinition {
  return {
    bits,
    scaled: true,
    encode: (n) => table.slice(1).filter((value, i) => fround((table[i] + value) / 2) < n).length,
    decode: (code) => table[code],
  };
}

/** bitsandbytes' FP4: numerators over 12 by code, a decision tree over |n|. */
export const fp4: LookupDefinition = {
  bits: 4,
  scaled: true,
  encode(n) {
    const a = Math.abs(n);
    const above = (t: number) => a > fround(t);
    const sign = n < 0 ? 8 : 0;
    if (above(0.29166667)) {
      if (above(0.583333)) return sign + (above(0.8333333) ? 3 : 2);
      return sign + (above(0.4166667) ? 5 : 4);
    }
    if (above(0.0859375)) return sign + (above(0.20833333) ? 7 : 6);
    return sign + (above(0.00260417) ? 1 : 0);
  },
  decode: (code) =>
    (code & 8 ? -1 : 1) * fround([0, 5.208333333e-3, 0.66666667, 1, 0.33333333, 0.5, 0.16666667, 0.25][code & 7]),
};

/** G.711 μ-law by the usual 16-bit encoder: sign, bias, position of the highest bit. */
export const mulaw: LookupDefinition = {
  bits: 8,
  scaled: false,
  encode(x) {
    const biased = Math.floor(Math.min(Math.abs(x) * 32768, 32635)) + 132;
    const exponent = 31 - Math.clz32(biased) - 7;
    const mantissa = (biased >> (exponent + 3)) & 15;
    return ~((x < 0 ? 0x80 : 0) | (exponent << 4) | mantissa) & 0xff;
  },
  decode(code) {
    const bits = ~code & 0xff;
    const magnitude = (((bits & 15) * 8 + 132) << ((bits >> 4) & 7)) - 132;
    return (bits & 0x80 ? 0 - magnitude : magnitude) / 32768;
  },
};

export function encodeLookup(
  x: Float32Array,
  { bits, scaled, encode }: LookupDefinition,
  blockSize: number,
): Uint8Array {
  const bytes: number[] = [];
  for (let first = 0; first < x.length; first += blockSize) {
    const block = [...x.slice(first, first + blockSize)];
    const amax = Math.max(...block.map(Math.abs));
    const factor = scaled ? fround(1 / Math.max(amax, fround(1e-38))) : 1;
    if (scaled) {
      view.setFloat32(0, amax, true);
      bytes.push(...new Uint8Array(view.buffer));
    }
    const codes = block.map((value) => encode(Math.max(-1, Math.min(1, fround(value * factor)))));
    for (let i = 0; i < codes.length; i += 8 / bits) bytes.push(bits === 8 ? codes[i] : 16 * codes[i] + codes[i + 1]);
  }
  return Uint8Array.from(bytes);
}

export function decodeLookup(bytes: Uint8Array, { bits, scaled, decode }: LookupDefinition, blockSize: number) {
  const samples: number[] = [];
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; ) {
    const scale = scaled ? data.getFloat32(at, true) : 1;
    const known = scale >= 0 && scale < Infinity && !Object.is(scale, -0);
    at += scaled ? 4 : 0;
    for (let i = 0; i < blockSize; i++) {
      const byte = bytes[at + ((i * bits) >> 3)];
      const code = bits === 8 ? byte : (byte >> (i % 2 ? 0 : 4)) & 15;
      samples.push(known ? decode(code) * scale : 0);
    }
    at += (blockSize * bits) >> 3;
  }
  return Float32Array.from(samples);
}

/** The same codes under scales of 8 bits: groups of up to 256 blocks under an offset, the mean, and a peak. */
export function encodeNested(
  x: Float32Array,
  { bits, encode }: LookupDefinition,
  scales: LookupDefinition,
  blockSize: number,
) {
  const bytes: number[] = [];
  const putFloat = (value: number) => {
    view.setFloat32(0, value, true);
    bytes.push(...new Uint8Array(view.buffer));
  };
  const reciprocal = (value: number) => fround(1 / Math.max(value, fround(1e-38)));
  const hold = (value: number) => Math.max(-1, Math.min(1, value));
  for (let first = 0; first < x.length; first += 256 * blockSize) {
    const group = x.slice(first, first + 256 * blockSize);
    const blocks = Array.from({ length: group.length / blockSize }, (_, i) => [
      ...group.slice(i * blockSize, (i + 1) * blockSize),
    ]);
    const peaks = blocks.map((block) => Math.max(...block.map(Math.abs)));
    const offset = fround(peaks.reduce((sum, value) => sum + value, 0) / peaks.length);
    const rest = peaks.map((value) => fround(value - offset));
    const spread = Math.max(...rest.map(Math.abs));
    putFloat(offset);
    putFloat(spread);
    for (const [index, block] of blocks.entries()) {
      bytes.push(scales.encode(hold(fround(rest[index] * reciprocal(spread)))));
      const codes = block.map((value) => encode(hold(fround(value * reciprocal(peaks[index])))));
      for (let i = 0; i < codes.length; i += 8 / bits) bytes.push(bits === 8 ? codes[i] : 16 * codes[i] + codes[i + 1]);
    }
  }
  return Uint8Array.from(bytes);
}

export function decodeNested(
  bytes: Uint8Array,
  { bits, decode }: LookupDefinition,
  scales: LookupDefinition,
  blockSize: number,
): Float32Array {
  const samples: number[] = [];
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const written = (value: number) => value >= 0 && value < Infinity && !Object.is(value, -0);
  for (let at = 0; at < bytes.length; ) {
    const [offset, spread] = [data.getFloat32(at, true), data.getFloat32(at + 4, true)];
    at += 8;
    for (let block = 0; block < 256 && at < bytes.length; block++) {
      const scale = fround(fround(scales.decode(bytes[at]) * spread) + offset);
      const known = written(offset) && written(spread) && Number.isFinite(scale);
      at++;
      for (let i = 0; i < blockSize; i++) {
        const byte = bytes[at + ((i * bits) >> 3)];
        const code = bits === 8 ? byte : (byte >> (i % 2 ? 0 : 4)) & 15;
        samples.push(known ? fround(decode(code) * scale) : 0);
      }
      at += (blockSize * bits) >> 3;
    }
  }
  return Float32Array.from(samples);
}
