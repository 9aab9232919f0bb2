/** bfp and dfp16 written plainly from their definition in src/quantize/shared-exponent.ts. */
import { roundHalfEven } from './quantize.js';

export interface SharedExponent {
  bits: number;
  blockSize: number;
}

/** Exponent byte of a largest magnitude. */
export function exponentOf(amax: number): number {
  let exponent = 0;
  while (2 ** (exponent + 1 - 127) <= amax) exponent++;
  return exponent;
}

export const stepOf = (exponent: number, bits: number) => 2 ** (Math.max(exponent, 1) - 125 - bits);

export function encodeSharedExponent(x: Float32Array, { bits, blockSize }: SharedExponent): Uint8Array {
  const bytes: number[] = [];
  const most = 2 ** (bits - 1) - 1;
  for (let first = 0; first < x.length; first += blockSize) {
    const block = [...x.slice(first, first + blockSize)];
    const exponent = exponentOf(Math.max(...block.map(Math.abs)));
    bytes.push(exponent);
    let stream = 0n;
    for (const [i, value] of block.entries()) {
      const code = Math.max(-most, Math.min(most, roundHalfEven(value / stepOf(exponent, bits))));
      stream |= BigInt.asUintN(bits, BigInt(code)) << BigInt(i * bits);
    }
    for (let i = 0; i < (blockSize * bits) / 8; i++) bytes.push(Number((stream >> BigInt(8 * i)) & 255n));
  }
  return Uint8Array.from(bytes);
}

export function decodeSharedExponent(bytes: Uint8Array, { bits, blockSize }: SharedExponent): Float32Array {
  const samples: number[] = [];
  const codeBytes = (blockSize * bits) / 8;
  for (let at = 0; at < bytes.length; at += 1 + codeBytes) {
    let stream = 0n;
    for (let i = codeBytes; i > 0; i--) stream = (stream << 8n) | BigInt(bytes[at + i]);
    for (let i = 0; i < blockSize; i++) {
      const code = Math.max(1 - 2 ** (bits - 1), Number(BigInt.asIntN(bits, stream >> BigInt(i * bits))));
      samples.push(bytes[at] === 255 ? 0 : code * stepOf(bytes[at], bits) + 0);
    }
  }
  return Float32Array.from(samples);
}
