/** fp6-4plus2 written plainly from its definition in src/quantize/planes.ts: bit by bit, by tables and search. */
import { float16Values, leastFloat16 } from './quantize.js';
import { elements, nearestCode } from './scaled.js';

const { values } = elements.e3m2;

/** Where bit `bit` of code k of sixteen stands: byte and bit. */
function placeOf(k: number, bit: number): [number, number] {
  return bit < 4 ? [k % 8, bit + (k < 8 ? 0 : 4)] : [8 + (k % 4), 2 * (k >> 2) + bit - 4];
}

export function encodePlanes(x: Float32Array, blockSize: number): Uint8Array {
  const bytes: number[] = [];
  for (let first = 0; first < x.length; first += blockSize) {
    const block = x.slice(first, first + blockSize);
    const amax = block.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    let scale = amax <= 2 ** -29 ? 0 : leastFloat16(amax / 28);
    while (scale > 0 && scale < 0x7bff && float16Values[scale] * 28 < amax) scale++;
    scale = Math.min(scale, 0x7bff);
    bytes.push(scale & 255, scale >> 8);
    for (let group = 0; group < blockSize; group += 16) {
      const packed = new Array<number>(12).fill(0);
      for (let k = 0; k < 16; k++) {
        const v = Math.fround(block[group + k] / (scale === 0 ? 1 : float16Values[scale]));
        const code = nearestCode(values, v) + (v < 0 || Object.is(v, -0) ? 32 : 0);
        for (let bit = 0; bit < 6; bit++) {
          const [byte, place] = placeOf(k, bit);
          packed[byte] += ((code >> bit) & 1) << place;
        }
      }
      bytes.push(...packed);
    }
  }
  return Uint8Array.from(bytes);
}

export function decodePlanes(bytes: Uint8Array, blockSize: number): Float32Array {
  const samples: number[] = [];
  for (let at = 0; at < bytes.length; at += 2 + (blockSize / 4) * 3) {
    const scale = bytes[at] + 256 * bytes[at + 1];
    for (let i = 0; i < blockSize; i++) {
      let code = 0;
      for (let bit = 0; bit < 6; bit++) {
        const [byte, place] = placeOf(i % 16, bit);
        code += ((bytes[at + 2 + 12 * (i >> 4) + byte] >> place) & 1) << bit;
      }
      const value = values[code & 31] * (code & 32 ? -1 : 1);
      samples.push(scale === 0 || scale > 0x7bff ? 0 : value * float16Values[scale]);
    }
  }
  return Float32Array.from(samples);
}
