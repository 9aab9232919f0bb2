// Butterflies on vectors of any lane type: (a, b) gives (a + b, a − b), and a column of 2, 4 or 8 vectors as many stages.
//
// What a butterfly of integers does about overflow is a type, so that each policy has code of its own. Saturation depends
// on the order of the stages: here it is always the lowest bit of the index first.

/** Modulo 2^bits; the only one for floating point. */
export type Wrap = i8;
/** Every sum and every difference is clamped to the type. */
export type Saturate = i16;
/** ((a + b)/2, (a − b)/2), rounded down where they are odd, without overflow: undoes a butterfly. */
export type Halve = i32;

// @ts-ignore: decorator
@inline
function sum<T, P>(a: v128, b: v128): v128 {
  if (sizeof<P>() === sizeof<Halve>()) return v128.add<T>(v128.and(a, b), v128.shr<T>(v128.xor(a, b), 1));
  if (sizeof<P>() === sizeof<Saturate>()) {
    if (sizeof<T>() === 2) return i16x8.add_sat_s(a, b);
    const s = i32x4.add(a, b);
    // Overflow: the sum has a sign that neither operand has.
    const over = i32x4.shr_s(v128.and(v128.xor(a, s), v128.xor(b, s)), 31);
    return v128.bitselect(v128.xor(i32x4.shr_s(a, 31), i32x4.splat(0x7fffffff)), s, over);
  }
  return v128.add<T>(a, b);
}

/** `s` is the sum of the same two. */
// @ts-ignore: decorator
@inline
function difference<T, P>(a: v128, b: v128, s: v128): v128 {
  if (sizeof<P>() === sizeof<Halve>()) return v128.sub<T>(s, b);
  if (sizeof<P>() === sizeof<Saturate>()) {
    if (sizeof<T>() === 2) return i16x8.sub_sat_s(a, b);
    const d = i32x4.sub(a, b);
    const over = i32x4.shr_s(v128.and(v128.xor(a, b), v128.xor(a, d)), 31);
    return v128.bitselect(v128.xor(i32x4.shr_s(a, 31), i32x4.splat(0x7fffffff)), d, over);
  }
  return v128.sub<T>(a, b);
}

/** One stage inside a vector: `swapped` is x with the lanes exchanged that the stage joins, `upper` the later ones. */
// @ts-ignore: decorator
@inline
function laneStage<T, P>(x: v128, swapped: v128, upper: v128): v128 {
  const s = sum<T, P>(x, swapped);
  return v128.bitselect(difference<T, P>(swapped, x, s), s, upper);
}

/** The lowest `bits` stages, all of which lie inside a vector. */
// @ts-ignore: decorator
@inline
export function laneStages<T, P>(x: v128, bits: i32): v128 {
  if (sizeof<T>() === 8) {
    if (bits >= 1) x = f64x2.add(v128.shuffle<f64>(x, x, 1, 0), v128.xor(x, i64x2(0, 0x8000000000000000)));
  } else if (sizeof<T>() === 4) {
    if (bits >= 1) x = laneStage<T, P>(x, v128.shuffle<i32>(x, x, 1, 0, 3, 2), i32x4(0, -1, 0, -1));
    if (bits >= 2) x = laneStage<T, P>(x, v128.shuffle<i32>(x, x, 2, 3, 0, 1), i32x4(0, 0, -1, -1));
  } else {
    if (bits >= 1) {
      x = laneStage<T, P>(x, v128.shuffle<i16>(x, x, 1, 0, 3, 2, 5, 4, 7, 6), i16x8(0, -1, 0, -1, 0, -1, 0, -1));
    }
    if (bits >= 2) x = laneStage<T, P>(x, v128.shuffle<i32>(x, x, 1, 0, 3, 2), i32x4(0, -1, 0, -1));
    if (bits >= 3) x = laneStage<T, P>(x, v128.shuffle<i32>(x, x, 2, 3, 0, 1), i32x4(0, 0, -1, -1));
  }
  return x;
}

/** Loads a vector; with `first` through all stages inside it, and in floating point times the factor. */
// @ts-ignore: decorator
@inline
function enter<T, P>(p: usize, first: bool, factor: v128): v128 {
  const x = v128.load(p);
  if (!first) return x;
  return laneStages<T, P>(isFloat<T>() ? v128.mul<T>(x, factor) : x, 3);
}

/** Three stages across the vectors p, p + stride, … p + 7·stride. */
// @ts-ignore: decorator
@inline
export function column8<T, P>(p: usize, stride: usize, first: bool, factor: v128): void {
  const p1 = p + stride;
  const p2 = p1 + stride;
  const p3 = p2 + stride;
  const p4 = p3 + stride;
  const p5 = p4 + stride;
  const p6 = p5 + stride;
  const p7 = p6 + stride;
  const x0 = enter<T, P>(p, first, factor);
  const x1 = enter<T, P>(p1, first, factor);
  const x2 = enter<T, P>(p2, first, factor);
  const x3 = enter<T, P>(p3, first, factor);
  const x4 = enter<T, P>(p4, first, factor);
  const x5 = enter<T, P>(p5, first, factor);
  const x6 = enter<T, P>(p6, first, factor);
  const x7 = enter<T, P>(p7, first, factor);
  const a0 = sum<T, P>(x0, x1);
  const a1 = difference<T, P>(x0, x1, a0);
  const a2 = sum<T, P>(x2, x3);
  const a3 = difference<T, P>(x2, x3, a2);
  const a4 = sum<T, P>(x4, x5);
  const a5 = difference<T, P>(x4, x5, a4);
  const a6 = sum<T, P>(x6, x7);
  const a7 = difference<T, P>(x6, x7, a6);
  const b0 = sum<T, P>(a0, a2);
  const b2 = difference<T, P>(a0, a2, b0);
  const b1 = sum<T, P>(a1, a3);
  const b3 = difference<T, P>(a1, a3, b1);
  const b4 = sum<T, P>(a4, a6);
  const b6 = difference<T, P>(a4, a6, b4);
  const b5 = sum<T, P>(a5, a7);
  const b7 = difference<T, P>(a5, a7, b5);
  const c0 = sum<T, P>(b0, b4);
  const c1 = sum<T, P>(b1, b5);
  const c2 = sum<T, P>(b2, b6);
  const c3 = sum<T, P>(b3, b7);
  v128.store(p, c0);
  v128.store(p1, c1);
  v128.store(p2, c2);
  v128.store(p3, c3);
  v128.store(p4, difference<T, P>(b0, b4, c0));
  v128.store(p5, difference<T, P>(b1, b5, c1));
  v128.store(p6, difference<T, P>(b2, b6, c2));
  v128.store(p7, difference<T, P>(b3, b7, c3));
}

/** Two stages across four vectors. */
// @ts-ignore: decorator
@inline
export function column4<T, P>(p: usize, stride: usize): void {
  const p1 = p + stride;
  const p2 = p1 + stride;
  const p3 = p2 + stride;
  const x0 = v128.load(p);
  const x1 = v128.load(p1);
  const x2 = v128.load(p2);
  const x3 = v128.load(p3);
  const a0 = sum<T, P>(x0, x1);
  const a1 = difference<T, P>(x0, x1, a0);
  const a2 = sum<T, P>(x2, x3);
  const a3 = difference<T, P>(x2, x3, a2);
  const b0 = sum<T, P>(a0, a2);
  const b1 = sum<T, P>(a1, a3);
  v128.store(p, b0);
  v128.store(p1, b1);
  v128.store(p2, difference<T, P>(a0, a2, b0));
  v128.store(p3, difference<T, P>(a1, a3, b1));
}

/** One stage across two vectors. */
// @ts-ignore: decorator
@inline
export function column2<T, P>(p: usize, stride: usize): void {
  const x0 = v128.load(p);
  const x1 = v128.load(p + stride);
  const a0 = sum<T, P>(x0, x1);
  v128.store(p, a0);
  v128.store(p + stride, difference<T, P>(x0, x1, a0));
}
