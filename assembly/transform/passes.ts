// The passes that a Walsh–Hadamard transform in natural order is made of, and the order in which they run.
//
// The stages of the transform commute: the stage of index bit k adds and subtracts values 2^k apart, and any order of
// the stages gives the transform. A register kernel does the lowest 4 or 5 bits, a pass of radix 4 two more where the
// number of bits asks for it, and passes of radix 8 all the others, three at a time:
//
//   bits = 3k+1: kernel of 16, then radix 8, k−1 times        bits = 3k+2: kernel of 32, then radix 8, k−1 times
//   bits = 3k:   kernel of 16, radix 4, then radix 8, k−2 times
//
// Transforms up to BLOCK run pass by pass, several at a time where they are small, because all of it stays in the first
// cache level. A larger one is eight smaller ones, one after the other, and a pass of radix 8 across them.
//
// Cost. A vector of four passes each stage in one addition; a processor with two vector additions a cycle so needs at
// least bits/2 cycles a vector. Measured on a Zen 4 core at 3.7 GHz, in cycles a vector: radix 8 takes 1.5 where the
// additions need 1.5, and 1.6 from the second or third cache level; radix 4 1.2 of 1.0, bound by one store a cycle;
// the kernels of 16 and 32 2.5 of 2.0 and 3.0 of 2.5, because the lane swaps share a port with the additions. 2^10 points
// take 0.39 µs, 1.13 times the time of the additions alone. Memory does not bind: 2^20 points pass the third-level cache
// three times and lose a tenth by it, most of which is that rows a power of two apart fall into the same eight lines of
// the first level.
//
// Memory: float32 values, in place; pointers are byte addresses, `end` is behind the last value, and `bytes` is the
// length of one transform. Masks, where there are any, are one u32 a value: 0, or the sign bit to flip it.
import {
  At0,
  At16,
  At32,
  At48,
  highLaneSigns,
  oddLaneSigns,
  PLAIN,
  radix4Column,
  radix8Column,
  SCALED,
  SIGNS_FIRST,
  SIGNS_LAST,
  walsh16,
  walsh32,
} from '../lib/hadamard';

/** Half of a usual first-level cache of 32 KiB: 4096 values. */
export const BLOCK: usize = 16384;

/** The register kernel of 16 over all values, with nothing but the transform. */
function sweepPlain16(p: usize, end: usize): void {
  const odd = oddLaneSigns();
  const high = highLaneSigns();
  // A loop that tests at its end: only from those does V8 move the constants out.
  do {
    walsh16(p, 0, odd, PLAIN, odd, high);
    p += 64;
  } while (p < end);
}

/** The same with the register kernel of 32. */
function sweepPlain32(p: usize, end: usize): void {
  const odd = oddLaneSigns();
  const high = highLaneSigns();
  do {
    walsh32(p, 0, odd, PLAIN, odd, high);
    p += 128;
  } while (p < end);
}

/** The register kernel of 16 with factor and signs. The masks begin again when `masksEnd` is reached. */
function sweep16(p: usize, end: usize, masks: usize, masksEnd: usize, scale: f32, mode: i32): void {
  const odd = oddLaneSigns();
  const high = highLaneSigns();
  const factor = f32x4.splat(scale);
  let m = masks;
  if (mode === SCALED) {
    do {
      walsh16(p, m, factor, SCALED, odd, high);
      p += 64;
    } while (p < end);
  } else if (mode === SIGNS_FIRST) {
    do {
      walsh16(p, m, factor, SIGNS_FIRST, odd, high);
      p += 64;
      m = m + 64 === masksEnd ? masks : m + 64;
    } while (p < end);
  } else {
    do {
      walsh16(p, m, factor, SIGNS_LAST, odd, high);
      p += 64;
      m = m + 64 === masksEnd ? masks : m + 64;
    } while (p < end);
  }
}

/** The same with the register kernel of 32. */
function sweep32(p: usize, end: usize, masks: usize, masksEnd: usize, scale: f32, mode: i32): void {
  const odd = oddLaneSigns();
  const high = highLaneSigns();
  const factor = f32x4.splat(scale);
  let m = masks;
  if (mode === SCALED) {
    do {
      walsh32(p, m, factor, SCALED, odd, high);
      p += 128;
    } while (p < end);
  } else if (mode === SIGNS_FIRST) {
    do {
      walsh32(p, m, factor, SIGNS_FIRST, odd, high);
      p += 128;
      m = m + 128 === masksEnd ? masks : m + 128;
    } while (p < end);
  } else {
    do {
      walsh32(p, m, factor, SIGNS_LAST, odd, high);
      p += 128;
      m = m + 128 === masksEnd ? masks : m + 128;
    } while (p < end);
  }
}

/** Two stages, of strides `stride` and 2·stride bytes, a multiple of 64: a cache line of each row at a time. */
export function radix4(p: usize, end: usize, stride: usize): void {
  do {
    const stop = p + stride;
    do {
      const p1 = p + stride;
      const p2 = p1 + stride;
      const p3 = p2 + stride;
      radix4Column<At0>(p, p1, p2, p3);
      radix4Column<At16>(p, p1, p2, p3);
      radix4Column<At32>(p, p1, p2, p3);
      radix4Column<At48>(p, p1, p2, p3);
      p += 64;
    } while (p < stop);
    p += 3 * stride;
  } while (p < end);
}

/** Three stages, of strides `stride`, 2·stride and 4·stride bytes, in the same way. */
export function radix8(p: usize, end: usize, stride: usize): void {
  do {
    const stop = p + stride;
    do {
      const p1 = p + stride;
      const p2 = p1 + stride;
      const p3 = p2 + stride;
      const p4 = p3 + stride;
      const p5 = p4 + stride;
      const p6 = p5 + stride;
      const p7 = p6 + stride;
      radix8Column<At0>(p, p1, p2, p3, p4, p5, p6, p7);
      radix8Column<At16>(p, p1, p2, p3, p4, p5, p6, p7);
      radix8Column<At32>(p, p1, p2, p3, p4, p5, p6, p7);
      radix8Column<At48>(p, p1, p2, p3, p4, p5, p6, p7);
      p += 64;
    } while (p < stop);
    p += 7 * stride;
  } while (p < end);
}

/** Whole transforms from p to end, pass by pass, with nothing but the transform. */
export function transformPlain(p: usize, end: usize, bytes: usize, bits: i32): void {
  const rest = bits % 3;
  let stride: usize = 64;
  if (rest === 2) {
    sweepPlain32(p, end);
    stride = 128;
  } else {
    sweepPlain16(p, end);
    if (rest === 0) {
      radix4(p, end, 64);
      stride = 256;
    }
  }
  for (; stride < bytes; stride <<= 3) radix8(p, end, stride);
}

/**
 * The same with factor and signs. The kernel runs first, so that signs flipped before the transform cost no pass of
 * their own, or last where they are flipped after it.
 */
export function transformNear(
  p: usize,
  end: usize,
  bytes: usize,
  bits: i32,
  masks: usize,
  scale: f32,
  mode: i32,
): void {
  if (mode === PLAIN) {
    transformPlain(p, end, bytes, bits);
    return;
  }
  const rest = bits % 3;
  const masksEnd = masks + bytes;
  // First stride of radix 8.
  const lowest: usize = rest === 2 ? 128 : rest === 1 ? 64 : 256;
  if (mode === SIGNS_LAST) {
    for (let stride = bytes >> 3; stride >= lowest; stride >>= 3) radix8(p, end, stride);
    if (rest === 0) radix4(p, end, 64);
  }
  if (rest === 2) sweep32(p, end, masks, masksEnd, scale, mode);
  else sweep16(p, end, masks, masksEnd, scale, mode);
  if (mode !== SIGNS_LAST) {
    if (rest === 0) radix4(p, end, 64);
    for (let stride = lowest; stride < bytes; stride <<= 3) radix8(p, end, stride);
  }
}

/** One transform of any size from 16 up, depth first. */
export function transformFar(p: usize, bytes: usize, bits: i32, masks: usize, scale: f32, mode: i32): void {
  const end = p + bytes;
  if (bytes <= BLOCK) {
    transformNear(p, end, bytes, bits, masks, scale, mode);
    return;
  }
  const part = bytes >> 3;
  if (mode === SIGNS_LAST) radix8(p, end, part);
  for (let q = p; q < end; q += part, masks += part) transformFar(q, part, bits - 3, masks, scale, mode);
  if (mode !== SIGNS_LAST) radix8(p, end, part);
}

/** `batch` transforms of 2^bits >= 16 values, one behind the other; all with the same masks. */
export function transformAll(p: usize, bits: i32, batch: i32, masks: usize, scale: f32, mode: i32): void {
  const bytes = (<usize>4) << bits;
  const end = p + bytes * batch;
  if (end - p <= BLOCK) {
    transformNear(p, end, bytes, bits, masks, scale, mode);
  } else if (bytes < BLOCK) {
    for (; p < end; p += BLOCK) transformNear(p, min(p + BLOCK, end), bytes, bits, masks, scale, mode);
  } else {
    for (; p < end; p += bytes) transformFar(p, bytes, bits, masks, scale, mode);
  }
}
