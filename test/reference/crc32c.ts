/**
 * CRC-32C by the book: long division of the message's polynomial, bit by bit, unreflected, with the reflections the
 * standard asks for done on the outside.
 */

function reverseBits(value: number, count: number): number {
  let reversed = 0;
  for (let bit = 0; bit < count; bit++) if (value & (1 << bit)) reversed |= 1 << (count - 1 - bit);
  return reversed >>> 0;
}

export function crc32cBitwise(bytes: ArrayLike<number>): number {
  let register = 0xffffffff;
  for (let at = 0; at < bytes.length; at++) {
    const byte = reverseBits(bytes[at], 8);
    for (let bit = 7; bit >= 0; bit--) {
      const out = ((register >>> 31) ^ (byte >>> bit)) & 1;
      register = (register << 1) >>> 0;
      if (out) register = (register ^ 0x1edc6f41) >>> 0;
    }
  }
  return (reverseBits(register, 32) ^ 0xffffffff) >>> 0;
}
