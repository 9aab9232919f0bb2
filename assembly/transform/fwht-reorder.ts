// From natural to dyadic or sequency order, for values of 2, 4 and 8 bytes, in square tiles of vectors.
//
// An index is (a, m, b): as many high bits a and low bits b as a lane has, and the middle. Its place is linear over
// exclusive-or, and the bits of b go to the top, those of a to the bottom: a tile is a transposition of the vectors of
// all a. Sequency order complements all bits below a set one. So the bottom bits are all complemented, which reverses the
// lanes, where b and m together have odd parity: for odd b that is a shuffle, for odd m it exchanges the rows a and a ^ 1.
//
// Memory: `batch` runs of `size` values one behind the other, in place; `scratch` holds one of them and does not overlap.
import { interleaveHigh, interleaveLow, joinHigh, joinLow, reverseLanes } from '../lib/transpose';
import { place } from './fwht-ordered';

/** Small runs, value by value. */
function reorderValues<T>(target: usize, source: usize, bits: i32, sequency: bool): void {
  const alignment = alignof<T>();
  for (let j: u32 = 0; j < (<u32>1) << bits; j++) {
    const i = bits === 0 ? 0 : place(j, bits, sequency);
    store<T>(target + ((<usize>i) << alignment), load<T>(source + ((<usize>j) << alignment)));
  }
}

/** Stores the vector of lane b, whose place is `at`: the vector that holds it, its lanes reversed where `reverse`. */
function put<T>(target: usize, at: u32, x: v128, reverse: bool): void {
  const alignment = alignof<T>();
  const last = (16 >> alignment) - 1;
  let y = x;
  if (reverse) {
    if (sizeof<T>() === 8) y = v128.shuffle<f64>(x, x, 1, 0);
    else if (sizeof<T>() === 4) y = reverseLanes(x);
    else y = v128.shuffle<i16>(x, x, 7, 6, 5, 4, 3, 2, 1, 0);
  }
  v128.store(target + ((<usize>(at & ~last)) << alignment), y);
}

/** The tile of middle m, whose place is `at`; `b1`, `b2`, `b4` are the places of the low bits. */
function tile<T>(target: usize, p: usize, row: usize, at: u32, b1: u32, b2: u32, b4: u32, sequency: bool): void {
  const flip = at & 1;
  if (sizeof<T>() === 8) {
    const x0 = v128.load(p + row * flip);
    const x1 = v128.load(p + row * (1 ^ flip));
    put<T>(target, at, v128.shuffle<f64>(x0, x1, 0, 2), false);
    put<T>(target, at ^ b1, v128.shuffle<f64>(x0, x1, 1, 3), sequency);
  } else if (sizeof<T>() === 4) {
    const x0 = v128.load(p + row * flip);
    const x1 = v128.load(p + row * (2 ^ flip));
    const x2 = v128.load(p + row * ((sequency ? 3 : 1) ^ flip));
    const x3 = v128.load(p + row * ((sequency ? 1 : 3) ^ flip));
    const e0 = interleaveLow(x0, x1);
    const e1 = interleaveHigh(x0, x1);
    const e2 = interleaveLow(x2, x3);
    const e3 = interleaveHigh(x2, x3);
    put<T>(target, at, joinLow(e0, e2), false);
    put<T>(target, at ^ b1, joinHigh(e0, e2), sequency);
    put<T>(target, at ^ b2, joinLow(e1, e3), sequency);
    put<T>(target, at ^ b1 ^ b2, joinHigh(e1, e3), false);
  } else {
    const a2 = sequency ? 6 : 2;
    const a4 = sequency ? 3 : 1;
    const x0 = v128.load(p + row * flip);
    const x1 = v128.load(p + row * (4 ^ flip));
    const x2 = v128.load(p + row * (a2 ^ flip));
    const x3 = v128.load(p + row * (a2 ^ 4 ^ flip));
    const x4 = v128.load(p + row * (a4 ^ flip));
    const x5 = v128.load(p + row * (a4 ^ 4 ^ flip));
    const x6 = v128.load(p + row * (a4 ^ a2 ^ flip));
    const x7 = v128.load(p + row * (a4 ^ a2 ^ 4 ^ flip));
    // Pairs of rows interleaved, lanes 0–3 and 4–7; then 4×4 transpositions of the pairs.
    const e0 = v128.shuffle<i16>(x0, x1, 0, 8, 1, 9, 2, 10, 3, 11);
    const e1 = v128.shuffle<i16>(x2, x3, 0, 8, 1, 9, 2, 10, 3, 11);
    const e2 = v128.shuffle<i16>(x4, x5, 0, 8, 1, 9, 2, 10, 3, 11);
    const e3 = v128.shuffle<i16>(x6, x7, 0, 8, 1, 9, 2, 10, 3, 11);
    const f0 = v128.shuffle<i16>(x0, x1, 4, 12, 5, 13, 6, 14, 7, 15);
    const f1 = v128.shuffle<i16>(x2, x3, 4, 12, 5, 13, 6, 14, 7, 15);
    const f2 = v128.shuffle<i16>(x4, x5, 4, 12, 5, 13, 6, 14, 7, 15);
    const f3 = v128.shuffle<i16>(x6, x7, 4, 12, 5, 13, 6, 14, 7, 15);
    const g0 = interleaveLow(e0, e1);
    const g1 = interleaveHigh(e0, e1);
    const g2 = interleaveLow(e2, e3);
    const g3 = interleaveHigh(e2, e3);
    const h0 = interleaveLow(f0, f1);
    const h1 = interleaveHigh(f0, f1);
    const h2 = interleaveLow(f2, f3);
    const h3 = interleaveHigh(f2, f3);
    put<T>(target, at, joinLow(g0, g2), false);
    put<T>(target, at ^ b1, joinHigh(g0, g2), sequency);
    put<T>(target, at ^ b2, joinLow(g1, g3), sequency);
    put<T>(target, at ^ b1 ^ b2, joinHigh(g1, g3), false);
    put<T>(target, at ^ b4, joinLow(h0, h2), sequency);
    put<T>(target, at ^ b4 ^ b1, joinHigh(h0, h2), false);
    put<T>(target, at ^ b4 ^ b2, joinLow(h1, h3), false);
    put<T>(target, at ^ b4 ^ b2 ^ b1, joinHigh(h1, h3), sequency);
  }
}

/**
 * All tiles. Of the middle's bits, the two lowest are neighbours in the source and the highest in the target: the tiles of
 * a group together use their cache lines whole.
 */
function reorder<T>(target: usize, source: usize, bits: i32, sequency: bool): void {
  const alignment = alignof<T>();
  const lanes = 4 - alignment;
  const middle = bits - 2 * lanes;
  if (middle < 0) {
    reorderValues<T>(target, source, bits, sequency);
    return;
  }
  const b1 = place(1, bits, sequency);
  const b2 = place(2, bits, sequency);
  const b4 = place(4, bits, sequency);
  const first = place((<u32>1) << lanes, bits, sequency);
  const second = place((<u32>2) << lanes, bits, sequency);
  const row = (<usize>1) << (bits - lanes + alignment);
  const near = min(middle, 2);
  // Whole lines of the target would take 2; one more for float64 and one less for int16 was measured to be best, since
  // rows a power of two apart push each other out of the caches.
  const far = min(middle - near, 4 - lanes);
  const high = middle - far;
  const inner: u32 = 1 << near;
  const halves: u32 = 1 << far;
  const outer: u32 = 1 << (high - near);
  for (let group: u32 = 0; group < outer; group++) {
    for (let half: u32 = 0; half < halves; half++) {
      const start = (half << high) + (group << 2);
      const base = start === 0 ? 0 : place(start << lanes, bits, sequency);
      for (let low: u32 = 0; low < inner; low++) {
        // Finding a place takes longer than a tile of float64: neighbours have it from the first by exclusive-or.
        const at = base ^ (low & 1 ? first : 0) ^ (low & 2 ? second : 0);
        tile<T>(target, source + ((<usize>(start + low)) << 4), row, at, b1, b2, b4, sequency);
      }
    }
  }
}

/** `valueBytes`: 2, 4 or 8; the size is a power of two. */
export function reorderWalsh(p: usize, scratch: usize, size: i32, batch: i32, valueBytes: i32, sequency: i32): void {
  if (size < 4) return;
  const bits = ctz(size);
  const bytes = <usize>(size * valueBytes);
  for (; batch > 0; batch--, p += bytes) {
    memory.copy(scratch, p, bytes);
    if (valueBytes === 8) reorder<f64>(p, scratch, bits, sequency !== 0);
    else if (valueBytes === 4) reorder<i32>(p, scratch, bits, sequency !== 0);
    else reorder<i16>(p, scratch, bits, sequency !== 0);
  }
}
