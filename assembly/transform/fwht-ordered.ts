// The Walsh–Hadamard transform of float32 values in dyadic (Paley) and sequency (Walsh) order.
//
// Coefficient i is that of natural index bitreverse(i) in dyadic, bitreverse(i ^ (i >> 1)) in sequency order. From 32
// values on, an index is split into three high bits, a middle, and two low bits (lib/ordered-tile.ts). The stages of
// the middle run on whole vectors: their first pass moves the data to the scratch, so that the last one, which does
// the five other stages and the reordering, can write to its final place.
//
// Memory: `batch` transforms of `size` values one behind the other, in place; `scratch` has room for one of them, and at
// least for 4096 values (none is used below size 64). Both are multiples of 16, and do not overlap.
import { copyRadix4, copyRadix8, highLaneSigns, highStage, oddLaneSigns, oddStage } from '../lib/hadamard';
import { DYADIC, onlyTile, orderedTile, SEQUENCY, SEQUENCY_EVEN, SEQUENCY_ODD, twoTiles } from '../lib/ordered-tile';
import { interleaveHigh, interleaveLow, joinHigh, joinLow, reverseLanes } from '../lib/transpose';
import { fwhtF32 } from './fwht';
import { BLOCK, radix4, radix8 } from './passes';

/** The coefficient order of `bits` bits: where natural index j goes; bits > 0. Linear over exclusive-or. */
export function place(j: u32, bits: i32, sequency: bool): u32 {
  j = ((j & 0x55555555) << 1) | ((j >> 1) & 0x55555555);
  j = ((j & 0x33333333) << 2) | ((j >> 2) & 0x33333333);
  j = ((j & 0x0f0f0f0f) << 4) | ((j >> 4) & 0x0f0f0f0f);
  j = bswap<u32>(j) >> (32 - bits);
  if (sequency) {
    j ^= j >> 1;
    j ^= j >> 2;
    j ^= j >> 4;
    j ^= j >> 8;
    j ^= j >> 16;
  }
  return j;
}

/** Sizes 4, 8 and 16, in registers. */
function transformSmall(p: usize, size: i32, batch: i32, scale: f32, sequency: bool): void {
  const end = p + ((<usize>(size * batch)) << 2);
  const odd = oddLaneSigns();
  const high = highLaneSigns();
  const factor = f32x4.splat(scale);
  if (size === 4) {
    for (; p < end; p += 16) {
      const x = oddStage(highStage(f32x4.mul(v128.load(p), factor), high), odd);
      v128.store(p, sequency ? v128.shuffle<f32>(x, x, 0, 2, 3, 1) : v128.shuffle<f32>(x, x, 0, 2, 1, 3));
    }
  } else if (size === 8) {
    for (; p < end; p += 32) {
      const x0 = f32x4.mul(v128.load(p), factor);
      const x1 = f32x4.mul(v128.load(p, 16), factor);
      const s = oddStage(highStage(f32x4.add(x0, x1), high), odd);
      const d = oddStage(highStage(f32x4.sub(x0, x1), high), odd);
      v128.store(p, sequency ? v128.shuffle<f32>(s, d, 0, 4, 6, 2) : v128.shuffle<f32>(s, d, 0, 4, 2, 6));
      v128.store(p, sequency ? v128.shuffle<f32>(s, d, 3, 7, 5, 1) : v128.shuffle<f32>(s, d, 1, 5, 3, 7), 16);
    }
  } else {
    for (; p < end; p += 64) {
      const x0 = f32x4.mul(v128.load(p), factor);
      const x1 = f32x4.mul(v128.load(p, 16), factor);
      const x2 = f32x4.mul(v128.load(p, 32), factor);
      const x3 = f32x4.mul(v128.load(p, 48), factor);
      const s0 = f32x4.add(x0, x1);
      const d0 = f32x4.sub(x0, x1);
      const s1 = f32x4.add(x2, x3);
      const d1 = f32x4.sub(x2, x3);
      // Rows in the order of their reversed, and for sequency Gray decoded, index; then rows and lanes change places.
      const r0 = f32x4.add(s0, s1);
      const r1 = f32x4.sub(s0, s1);
      const r2 = sequency ? f32x4.sub(d0, d1) : f32x4.add(d0, d1);
      const r3 = sequency ? f32x4.add(d0, d1) : f32x4.sub(d0, d1);
      const e0 = interleaveLow(r0, r1);
      const e1 = interleaveHigh(r0, r1);
      const e2 = interleaveLow(r2, r3);
      const e3 = interleaveHigh(r2, r3);
      const c0 = joinLow(e0, e2);
      const c1 = joinHigh(e0, e2);
      const c2 = joinLow(e1, e3);
      const c3 = joinHigh(e1, e3);
      const t0 = f32x4.add(c0, c1);
      const t1 = f32x4.sub(c0, c1);
      const t2 = f32x4.add(c2, c3);
      const t3 = f32x4.sub(c2, c3);
      v128.store(p, f32x4.add(t0, t2));
      if (sequency) {
        v128.store(p, reverseLanes(f32x4.sub(t0, t2)), 16);
        v128.store(p, f32x4.sub(t1, t3), 32);
        v128.store(p, reverseLanes(f32x4.add(t1, t3)), 48);
      } else {
        v128.store(p, f32x4.sub(t0, t2), 16);
        v128.store(p, f32x4.add(t1, t3), 32);
        v128.store(p, f32x4.sub(t1, t3), 48);
      }
    }
  }
}

/** The stages of `bits` vector-index bits on rows of `bytes` each, from p to end, moved by `delta` on the way. */
function transformVectors(p: usize, end: usize, delta: usize, bytes: usize, bits: i32): void {
  let stride: usize;
  const start = p + delta;
  if (bits % 3 === 0) {
    for (; p < end; p += 128) copyRadix8(p, p + delta);
    stride = 128;
  } else {
    for (; p < end; p += 64) copyRadix4(p, p + delta);
    stride = 64;
    if (bits % 3 === 1) {
      radix4(start, end + delta, 64);
      stride = 256;
    }
  }
  for (; stride < bytes; stride <<= 3) radix8(start, end + delta, stride);
}

/** The same for one row of any length, depth first. */
function transformRow(p: usize, delta: usize, bytes: usize, bits: i32): void {
  if (bytes <= BLOCK) {
    transformVectors(p, p + bytes, delta, bytes, bits);
    return;
  }
  const part = bytes >> 3;
  const end = p + bytes;
  for (let q = p; q < end; q += part) transformRow(q, delta, part, bits - 3);
  radix8(p + delta, end + delta, part);
}

/** Size 32: one tile, in registers. */
function sweep32(p: usize, end: usize, scale: f32, sequency: bool): void {
  const factor = f32x4.splat(scale);
  if (sequency) {
    do {
      onlyTile(p, factor, SEQUENCY_EVEN);
      p += 128;
    } while (p < end);
  } else {
    do {
      onlyTile(p, factor, DYADIC);
      p += 128;
    } while (p < end);
  }
}

/** Size 64: two tiles, of which the second waits in the scratch. */
function sweep64(p: usize, end: usize, scratch: usize, scale: f32, sequency: bool): void {
  const factor = f32x4.splat(scale);
  if (sequency) {
    do {
      twoTiles(p, scratch, factor, SEQUENCY_EVEN, SEQUENCY_ODD);
      p += 256;
    } while (p < end);
  } else {
    do {
      twoTiles(p, scratch, factor, DYADIC, DYADIC);
      p += 256;
    } while (p < end);
  }
}

/**
 * All the tiles of the transforms from source to end. They go in groups that use a cache line whole: of the middle's
 * bits, the two lowest are neighbours in the source, and the highest makes neighbours in the target.
 */
function tiles(source: usize, end: usize, target: usize, bytes: usize, bits: i32, scale: f32, sequency: bool): void {
  const row = bytes >> 3;
  const quarter = bytes >> 2;
  const factor = f32x4.splat(scale);
  // Where the vectors of lane b go. The middle is complemented where b has odd parity, in sequency order.
  const byLane1 = quarter * (sequency ? 3 : 2);
  const byLane2 = quarter;
  const byLane3 = quarter * (sequency ? 2 : 3);
  const count: u32 = 1 << bits;
  const complement: u32 = sequency ? count - 1 : 0;
  const inner: u32 = bits < 3 ? count : 4;
  const outer: u32 = bits < 3 ? 1 : count >> 3;
  const halves: u32 = bits < 3 ? 1 : 2;
  // place(1) and place(2): bit reversal makes them the highest bits, Gray decoding sets all bits below.
  const first: u32 = sequency ? count - 1 : count >> 1;
  const second: u32 = sequency ? (count >> 1) - 1 : count >> 2;
  for (; source < end; source += bytes, target += bytes) {
    for (let group: u32 = 0; group < outer; group++) {
      for (let half: u32 = 0; half < halves; half++) {
        const start = (group << 2) + (half === 0 ? 0 : count >> 1);
        const base = start === 0 ? 0 : place(start, bits, sequency);
        for (let low: u32 = 0; low < inner; low++) {
          const m = start + low;
          const middle = base ^ (low & 1 ? first : 0) ^ (low & 2 ? second : 0);
          const even = (<usize>middle) << 5;
          const odd = (<usize>(middle ^ complement)) << 5;
          const p = source + ((<usize>m) << 4);
          const x0 = f32x4.mul(v128.load(p), factor);
          const p1 = p + row;
          const x1 = f32x4.mul(v128.load(p1), factor);
          const p2 = p1 + row;
          const x2 = f32x4.mul(v128.load(p2), factor);
          const p3 = p2 + row;
          const x3 = f32x4.mul(v128.load(p3), factor);
          const p4 = p3 + row;
          const x4 = f32x4.mul(v128.load(p4), factor);
          const p5 = p4 + row;
          const x5 = f32x4.mul(v128.load(p5), factor);
          const p6 = p5 + row;
          const x6 = f32x4.mul(v128.load(p6), factor);
          const p7 = p6 + row;
          const x7 = f32x4.mul(v128.load(p7), factor);
          const to0 = target + even;
          const to1 = target + (byLane1 + odd);
          const to2 = target + (byLane2 + odd);
          const to3 = target + (byLane3 + even);
          if (sequency) {
            const sign: u32 = (popcnt(m) & 1) << 31;
            const flipEven = i32x4.splat(sign);
            const flipOdd = i32x4.splat(sign ^ 0x80000000);
            orderedTile(x0, x1, x2, x3, x4, x5, x6, x7, to0, to1, to2, to3, flipEven, flipOdd, SEQUENCY);
          } else {
            orderedTile(x0, x1, x2, x3, x4, x5, x6, x7, to0, to1, to2, to3, factor, factor, DYADIC);
          }
        }
      }
    }
  }
}

/** y = scale·W·x with W in dyadic order, or in sequency order where `sequency` is 1. */
export function fwhtOrderedF32(p: usize, scratch: usize, size: i32, batch: i32, scale: f32, sequency: i32): void {
  if (size < 4) {
    fwhtF32(p, size, batch, scale);
    return;
  }
  if (size < 32) {
    transformSmall(p, size, batch, scale, sequency !== 0);
    return;
  }
  const bytes = (<usize>size) << 2;
  const bits = ctz(size) - 5;
  const row = bytes >> 3;
  const end = p + bytes * batch;
  if (p === end) return;
  if (bits === 0) {
    sweep32(p, end, scale, sequency !== 0);
    return;
  }
  if (bits === 1) {
    sweep64(p, end, scratch, scale, sequency !== 0);
    return;
  }
  const group = max(bytes, BLOCK);
  for (; p < end; p += group) {
    const delta = scratch - p;
    const stop = min(p + group, end);
    if (bytes > BLOCK) {
      for (let q = p; q < stop; q += row) transformRow(q, delta, row, bits);
    } else {
      transformVectors(p, stop, delta, row, bits);
    }
    tiles(scratch, stop + delta, p, bytes, bits, scale, sequency !== 0);
  }
}
