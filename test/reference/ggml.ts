/**
 * ggml's q8_0, q4_0, mxfp4 and q4_K written plainly from their definition in src/quantize/ggml.ts: float32 where the
 * definition computes in it (Math.fround), a linear search where the kernels count thresholds.
 */
import { float16Value, nearestFloat16 } from './quantize.js';

const { fround } = Math;

/** Bits of d as stored, and d as the codes are computed with: no infinities. */
function storedScale(d: number): { bits: number; d: number } {
  const magnitude = Math.min(nearestFloat16(Math.abs(d)), 0x7bff);
  const negative = d < 0 || Object.is(d, -0);
  const bits = magnitude + (negative ? 0x8000 : 0);
  return { bits, d: Math.abs(d) >= 65520 ? float16Value(bits) : d };
}

function inverse(d: number): number {
  const reciprocal = fround(1 / d);
  return Number.isFinite(reciprocal) ? reciprocal : 0;
}

/** Sixteen bytes: code j low, code j + 16 high. */
const nibbles = (codes: readonly number[]) => Array.from({ length: 16 }, (_, j) => codes[j] + 16 * codes[j + 16]);

function encodeQ8(x: readonly number[]): number[] {
  const amax = Math.max(...x.map(Math.abs));
  const { bits, d } = storedScale(fround(amax / 127));
  const codes = x.map((value) => {
    const y = fround(value * inverse(d));
    return Math.sign(y) * Math.min(127, Math.floor(Math.abs(y) + 0.5));
  });
  return [bits & 255, bits >> 8, ...codes.map((code) => code & 255)];
}

function encodeQ4(x: readonly number[]): number[] {
  let m = 0;
  for (const value of x) if (Math.abs(value) > Math.abs(m)) m = value;
  const { bits, d } = storedScale(fround(m / -8));
  const codes = x.map((value) => Math.max(0, Math.min(15, Math.trunc(fround(fround(value * inverse(d)) + 8.5)))));
  return [bits & 255, bits >> 8, ...nibbles(codes)];
}

const E2M1_HALVES = [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12];

function encodeMxfp4(x: readonly number[]): number[] {
  const amax = Math.max(...x.map(Math.abs));
  let e = 0;
  while (2 ** (e + 1 + 2 - 127) <= amax) e++;
  const codes = x.map((value) => {
    let best = 0;
    for (const [code, halves] of E2M1_HALVES.entries()) {
      const error = Math.abs(halves * 2 ** (e - 128) - value);
      if (error < Math.abs(E2M1_HALVES[best] * 2 ** (e - 128) - value)) best = code;
    }
    return best;
  });
  return [e, ...nibbles(codes)];
}

const KINDS = {
  'ggml-q8_0': { encode: encodeQ8, bytes: 34 },
  'ggml-q4_0': { encode: encodeQ4, bytes: 18 },
  'ggml-mxfp4': { encode: encodeMxfp4, bytes: 17 },
};
export type GgmlFormat = keyof typeof KINDS;

/** Finite float32 samples, whole blocks of 32. */
export function encodeGgml(format: GgmlFormat, x: Float32Array): Uint8Array {
  const bytes: number[] = [];
  for (let first = 0; first < x.length; first += 32)
    bytes.push(...KINDS[format].encode([...x.slice(first, first + 32)]));
  return Uint8Array.from(bytes);
}

/** Any bytes, whole blocks. */
export function decodeGgml(format: GgmlFormat, bytes: Uint8Array): Float32Array {
  const samples: number[] = [];
  for (let at = 0; at < bytes.length; at += KINDS[format].bytes) {
    const block = bytes.subarray(at, at + KINDS[format].bytes);
    const d = float16Value(block[0] + 256 * block[1]);
    for (let j = 0; j < 32; j++) {
      if (format === 'ggml-mxfp4') {
        const code = (block[1 + (j % 16)] >> (j < 16 ? 0 : 4)) & 15;
        samples.push(block[0] > 252 ? 0 : E2M1_HALVES[code] * 2 ** (block[0] - 128));
      } else {
        const code =
          format === 'ggml-q8_0' ? (block[2 + j] << 24) >> 24 : (block[2 + (j % 16)] >> (j < 16 ? 0 : 4)) & 15;
        samples.push(Number.isFinite(d) ? (format === 'ggml-q8_0' ? code : code - 8) * d : 0);
      }
    }
  }
  return Float32Array.from(samples);
}

/** q4_K: the twelve bytes of scales read as one number of 96 bits. */
export function decodeQ4K(bytes: Uint8Array): Float32Array {
  const samples: number[] = [];
  for (let at = 0; at < bytes.length; at += 144) {
    const field = (byte: number, bit: number, count: number) => (bytes[at + 4 + byte] >> bit) & ((1 << count) - 1);
    const d = float16Value(bytes[at] + 256 * bytes[at + 1]);
    const dmin = float16Value(bytes[at + 2] + 256 * bytes[at + 3]);
    for (let i = 0; i < 256; i++) {
      const run = i >> 5;
      const late = run > 3;
      const scale = late ? field(4 + run, 0, 4) + 16 * field(run - 4, 6, 2) : field(run, 0, 6);
      const minimum = late ? field(4 + run, 4, 4) + 16 * field(run, 6, 2) : field(run + 4, 0, 6);
      const code = (bytes[at + 16 + 32 * (run >> 1) + (i & 31)] >> (run % 2 ? 4 : 0)) & 15;
      const value = fround(fround(fround(d * scale) * code) - fround(dmin * minimum));
      samples.push(Number.isFinite(d) && Number.isFinite(dmin) ? value : 0);
    }
  }
  return Float32Array.from(samples);
}
