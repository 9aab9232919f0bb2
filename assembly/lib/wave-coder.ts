// The range coder (G. N. N. Martin, 1979), 32 bits wide, a byte at a time. The encoder carries into the bytes already
// written; its end is the shortest that zeros behind it complete. State lies in the plan: low or code, range, next byte.
import {
  CARRY_AT,
  CARRY_BYTE,
  END,
  LOW,
  NEXT,
  RANGE,
  SAVED_LOW,
  SAVED_NEXT,
  SAVED_RANGE,
  START,
} from './wave-layout';

/** Frequencies of a context add up to 2^15. */
export const TOTAL_BITS = 15;

export const BOTTOM: u32 = 0x1000000;

export function startEncoding(plan: usize, target: usize): void {
  store<u32>(plan, 0, LOW);
  store<u32>(plan, 0xffffffff, RANGE);
  store<u32>(plan, <u32>target, NEXT);
}

/** Keeps the encoder's state, to come back to. Behind it at most one carry follows: it goes into the last byte below 255. */
export function saveEncoder(plan: usize): void {
  const start = <usize>load<u32>(plan, START);
  const next = <usize>load<u32>(plan, NEXT);
  let at = next;
  while (at > start && load<u8>(at - 1) === 0xff) at--;
  store<u32>(plan, load<u32>(plan, LOW), SAVED_LOW);
  store<u32>(plan, load<u32>(plan, RANGE), SAVED_RANGE);
  store<u32>(plan, <u32>next, SAVED_NEXT);
  store<u32>(plan, <u32>at, CARRY_AT);
  store<u32>(plan, at > start ? load<u8>(at - 1) : 0, CARRY_BYTE);
}

/** Goes back to the state kept. */
export function restoreEncoder(plan: usize): void {
  const next = <usize>load<u32>(plan, SAVED_NEXT);
  const at = <usize>load<u32>(plan, CARRY_AT);
  if (at > <usize>load<u32>(plan, START)) store<u8>(at - 1, <u8>load<u32>(plan, CARRY_BYTE));
  if (next > at) memory.fill(at, 0xff, next - at);
  store<u32>(plan, load<u32>(plan, SAVED_LOW), LOW);
  store<u32>(plan, load<u32>(plan, SAVED_RANGE), RANGE);
  store<u32>(plan, <u32>next, NEXT);
}

/** Bits coded since the packet's first byte: a byte more at most, where it ended here. */
export function encodedBits(plan: usize): i32 {
  return <i32>(8 * (load<u32>(plan, NEXT) - load<u32>(plan, START)) + clz(load<u32>(plan, RANGE)) + 1);
}

/** Adds one to the bytes before `next`. */
export function carry(next: usize): void {
  let at = next - 1;
  while (load<u8>(at) === 0xff) store<u8>(at--, 0);
  store<u8>(at, load<u8>(at) + 1);
}

/** Narrows the interval to `size` parts from `start` of `range >> bits`. */
export function encodePart(plan: usize, start: u32, size: u32, bits: u32): void {
  let range = load<u32>(plan, RANGE) >> bits;
  const before = load<u32>(plan, LOW);
  let low = before + range * start;
  let next = <usize>load<u32>(plan, NEXT);
  if (low < before) carry(next);
  range *= size;
  while (range < BOTTOM) {
    store<u8>(next++, <u8>(low >> 24));
    low <<= 8;
    range <<= 8;
  }
  store<u32>(plan, low, LOW);
  store<u32>(plan, range, RANGE);
  store<u32>(plan, <u32>next, NEXT);
}

/** Ends with the number of the interval that has the most zeros behind it; returns the address behind the last byte. */
export function endEncoding(plan: usize, target: usize): usize {
  const low = <u64>load<u32>(plan, LOW);
  const last = low + load<u32>(plan, RANGE) - 1;
  let next = <usize>load<u32>(plan, NEXT);
  let value = (low + 0xffffffff) & ~(<u64>0xffffffff);
  let bytes = 0;
  // The range is at least 2^24, so one byte is always enough.
  if (value > last) {
    value = (low + 0xffffff) & ~(<u64>0xffffff);
    bytes = 1;
  }
  if (value >> 32) carry(next);
  if (bytes) store<u8>(next++, <u8>(value >> 24));
  while (next > target + 1 && load<u8>(next - 1) === 0) next--;
  if (next === target) store<u8>(next++, 0);
  return next;
}

export function startDecoding(plan: usize, source: usize, length: i32): void {
  store<u32>(plan, <u32>(source + length), END);
  store<u32>(plan, <u32>source, NEXT);
  store<u32>(plan, 0xffffffff, RANGE);
  let code: u32 = 0;
  for (let i = 0; i < 4; i++) code = (code << 8) | nextByte(plan);
  store<u32>(plan, code, LOW);
}

/** The next byte, or one of the zeros that stand behind the last. */
// @ts-ignore: decorator
@inline
export function nextByte(plan: usize): u32 {
  const at = <usize>load<u32>(plan, NEXT);
  if (at >= <usize>load<u32>(plan, END)) return 0;
  store<u32>(plan, <u32>at + 1, NEXT);
  return load<u8>(at);
}

/** Takes the part from `start`, of `size`, each `width` wide. */
// @ts-ignore: decorator
@inline
export function takePart(plan: usize, start: u32, size: u32, width: u32): void {
  let code = load<u32>(plan, LOW) - width * start;
  let range = width * size;
  if (range < BOTTOM) {
    do {
      code = (code << 8) | nextByte(plan);
      range <<= 8;
    } while (range < BOTTOM);
  }
  store<u32>(plan, code, LOW);
  store<u32>(plan, range, RANGE);
}

/** Codes (where the plan encodes) or decodes and returns `count` ≤ 16 bits, all values equally likely. */
export function codeBits(plan: usize, decoding: bool, value: u32, count: u32): u32 {
  if (!decoding) {
    encodePart(plan, value, 1, count);
    return value;
  }
  const width = load<u32>(plan, RANGE) >> count;
  const most = (<u32>1 << count) - 1;
  const found = load<u32>(plan, LOW) / width;
  const read = found < most ? found : most;
  takePart(plan, read, 1, width);
  return read;
}

/** A bit that is 0 with `zeros` chances of 2^15. */
export function codeFlag(plan: usize, decoding: bool, value: bool, zeros: u32): bool {
  let flag = value;
  if (decoding) {
    const width = load<u32>(plan, RANGE) >> TOTAL_BITS;
    flag = load<u32>(plan, LOW) >= width * zeros;
    if (flag) takePart(plan, zeros, (1 << TOTAL_BITS) - zeros, width);
    else takePart(plan, 0, zeros, width);
  } else if (flag) {
    encodePart(plan, zeros, (1 << TOTAL_BITS) - zeros, TOTAL_BITS);
  } else {
    encodePart(plan, 0, zeros, TOTAL_BITS);
  }
  return flag;
}

/** Elias' gamma code of a value from 1 to 2^25 − 1 (P. Elias, 1975): its length in unary, then the bits below the first. */
export function codeGamma(plan: usize, decoding: bool, value: u32): u32 {
  let length: u32 = 0;
  if (!decoding) length = 31 - clz(value);
  let count: u32 = 0;
  while (count < 24 && !codeBits(plan, decoding, u32(count === length), 1)) count++;
  let result: u32 = 1;
  for (let left = count; left > 0; ) {
    const part = min<u32>(left, 16);
    left -= part;
    const bits = codeBits(plan, decoding, (value >> left) & ((1 << part) - 1), part);
    result = (result << part) | bits;
  }
  return result;
}
