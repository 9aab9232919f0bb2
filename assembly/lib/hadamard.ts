// Butterflies on vectors of four float32, without a loop and without an address computed twice. A butterfly is the
// pair (x + y, x − y); a radix-8 column is twelve of them on eight vectors, which live in registers from load to store.

// Distances as types. An address and a constant become one instruction only where the constant is a literal, which a
// parameter of an inlined function is not, but offsetof<At16>() is. Small ones, used with several pointers: each costs V8
// a register.

@unmanaged
export class At0 {}

@unmanaged
export class At16 {
  a: u64;
  b: u64;
}

@unmanaged
export class At32 extends At16 {
  c: u64;
  d: u64;
}

@unmanaged
export class At48 extends At32 {
  e: u64;
  f: u64;
}

/** The eight pointers are rows; transforms across them the column of four floats that lies the distance O in. */
// @ts-ignore: decorator
@inline
export function radix8Column<O>(
  p0: usize, p1: usize, p2: usize, p3: usize, p4: usize, p5: usize, p6: usize, p7: usize,
): void {
  const x0 = v128.load(p0, offsetof<O>());
  const x1 = v128.load(p1, offsetof<O>());
  const x2 = v128.load(p2, offsetof<O>());
  const x3 = v128.load(p3, offsetof<O>());
  const x4 = v128.load(p4, offsetof<O>());
  const x5 = v128.load(p5, offsetof<O>());
  const x6 = v128.load(p6, offsetof<O>());
  const x7 = v128.load(p7, offsetof<O>());
  const a0 = f32x4.add(x0, x1);
  const a1 = f32x4.sub(x0, x1);
  const a2 = f32x4.add(x2, x3);
  const a3 = f32x4.sub(x2, x3);
  const a4 = f32x4.add(x4, x5);
  const a5 = f32x4.sub(x4, x5);
  const a6 = f32x4.add(x6, x7);
  const a7 = f32x4.sub(x6, x7);
  const b0 = f32x4.add(a0, a2);
  const b1 = f32x4.add(a1, a3);
  const b2 = f32x4.sub(a0, a2);
  const b3 = f32x4.sub(a1, a3);
  const b4 = f32x4.add(a4, a6);
  const b5 = f32x4.add(a5, a7);
  const b6 = f32x4.sub(a4, a6);
  const b7 = f32x4.sub(a5, a7);
  v128.store(p0, f32x4.add(b0, b4), offsetof<O>());
  v128.store(p1, f32x4.add(b1, b5), offsetof<O>());
  v128.store(p2, f32x4.add(b2, b6), offsetof<O>());
  v128.store(p3, f32x4.add(b3, b7), offsetof<O>());
  v128.store(p4, f32x4.sub(b0, b4), offsetof<O>());
  v128.store(p5, f32x4.sub(b1, b5), offsetof<O>());
  v128.store(p6, f32x4.sub(b2, b6), offsetof<O>());
  v128.store(p7, f32x4.sub(b3, b7), offsetof<O>());
}

/** The same across four rows. */
// @ts-ignore: decorator
@inline
export function radix4Column<O>(p0: usize, p1: usize, p2: usize, p3: usize): void {
  const x0 = v128.load(p0, offsetof<O>());
  const x1 = v128.load(p1, offsetof<O>());
  const x2 = v128.load(p2, offsetof<O>());
  const x3 = v128.load(p3, offsetof<O>());
  const a0 = f32x4.add(x0, x1);
  const a1 = f32x4.sub(x0, x1);
  const a2 = f32x4.add(x2, x3);
  const a3 = f32x4.sub(x2, x3);
  v128.store(p0, f32x4.add(a0, a2), offsetof<O>());
  v128.store(p1, f32x4.add(a1, a3), offsetof<O>());
  v128.store(p2, f32x4.sub(a0, a2), offsetof<O>());
  v128.store(p3, f32x4.sub(a1, a3), offsetof<O>());
}

/** Sign bits of the lanes whose index has bit 0 set. */
// @ts-ignore: decorator
@inline
export function oddLaneSigns(): v128 {
  return i32x4(0, 0x80000000, 0, 0x80000000);
}

/** Sign bits of the lanes whose index has bit 1 set. */
// @ts-ignore: decorator
@inline
export function highLaneSigns(): v128 {
  return i32x4(0, 0, 0x80000000, 0x80000000);
}

// The transform of the four lanes of a vector takes a stage for each bit of the lane's index. A stage is one vector
// with its lanes swapped plus the same vector with half of its signs flipped: the exclusive-or runs on ports that
// additions leave idle, which makes this faster than shuffling pairs of vectors together and apart.

/** The stage of bit 0: (a, b, c, d) gives (a+b, a−b, c+d, c−d). */
// @ts-ignore: decorator
@inline
export function oddStage(x: v128, odd: v128): v128 {
  return f32x4.add(v128.shuffle<f32>(x, x, 1, 0, 3, 2), v128.xor(x, odd));
}

/** The stage of bit 1: (a, b, c, d) gives (a+c, b+d, a−c, b−d). */
// @ts-ignore: decorator
@inline
export function highStage(x: v128, high: v128): v128 {
  return f32x4.add(v128.shuffle<f32>(x, x, 2, 3, 0, 1), v128.xor(x, high));
}

/** The same of the vector at p: two loads that duplicate their half need no shuffle at all. */
// @ts-ignore: decorator
@inline
export function loadHighStage<O>(p: usize, high: v128): v128 {
  return f32x4.add(v128.load64_splat(p, offsetof<O>()), v128.xor(v128.load64_splat(p, offsetof<O>() + 8), high));
}

// What the register kernels do beside the transform.
export const PLAIN: i32 = 0;
/** Multiply by the factor. */
export const SCALED: i32 = 1;
/** Flip signs by the masks, then multiply by the factor, before the transform. */
export const SIGNS_FIRST: i32 = 2;
/** Multiply by the factor and flip signs by the masks, after the transform. */
export const SIGNS_LAST: i32 = 3;

/** Loads a vector through the stage of bit 1. */
// @ts-ignore: decorator
@inline
function enter<O>(p: usize, m: usize, factor: v128, mode: i32, high: v128): v128 {
  if (mode === SIGNS_FIRST) {
    return highStage(f32x4.mul(v128.xor(v128.load(p, offsetof<O>()), v128.load(m, offsetof<O>())), factor), high);
  }
  const x = loadHighStage<O>(p, high);
  return mode === SCALED ? f32x4.mul(x, factor) : x;
}

/** Stores a vector through the stage of bit 0. */
// @ts-ignore: decorator
@inline
function leave<O>(p: usize, m: usize, factor: v128, mode: i32, x: v128, odd: v128): void {
  let y = oddStage(x, odd);
  if (mode === SIGNS_LAST) y = v128.xor(f32x4.mul(y, factor), v128.load(m, offsetof<O>()));
  v128.store(p, y, offsetof<O>());
}

/** The register kernel of 16 points at p: four vectors. `m` points at their sign masks where the mode has signs. */
// @ts-ignore: decorator
@inline
export function walsh16(p: usize, m: usize, factor: v128, mode: i32, odd: v128, high: v128): void {
  const x0 = enter<At0>(p, m, factor, mode, high);
  const x1 = enter<At16>(p, m, factor, mode, high);
  const x2 = enter<At32>(p, m, factor, mode, high);
  const x3 = enter<At48>(p, m, factor, mode, high);
  const a0 = f32x4.add(x0, x1);
  const a1 = f32x4.sub(x0, x1);
  const a2 = f32x4.add(x2, x3);
  const a3 = f32x4.sub(x2, x3);
  leave<At0>(p, m, factor, mode, f32x4.add(a0, a2), odd);
  leave<At16>(p, m, factor, mode, f32x4.add(a1, a3), odd);
  leave<At32>(p, m, factor, mode, f32x4.sub(a0, a2), odd);
  leave<At48>(p, m, factor, mode, f32x4.sub(a1, a3), odd);
}

/**
 * The register kernel of 32 points at p: eight vectors. V8 takes loads as early as it may, and sixteen values do not fit
 * its registers. It may not take them before a store: that is all the first store is for.
 */
// @ts-ignore: decorator
@inline
export function walsh32(p: usize, m: usize, factor: v128, mode: i32, odd: v128, high: v128): void {
  const x0 = enter<At0>(p, m, factor, mode, high);
  const x1 = enter<At16>(p, m, factor, mode, high);
  const x2 = enter<At32>(p, m, factor, mode, high);
  const x3 = enter<At48>(p, m, factor, mode, high);
  const a0 = f32x4.add(x0, x1);
  const a1 = f32x4.sub(x0, x1);
  const a2 = f32x4.add(x2, x3);
  const a3 = f32x4.sub(x2, x3);
  const b3 = f32x4.sub(a1, a3);
  v128.store(p, b3, 48);
  const q = p + 64;
  const n = m + 64;
  const x4 = enter<At0>(q, n, factor, mode, high);
  const x5 = enter<At16>(q, n, factor, mode, high);
  const x6 = enter<At32>(q, n, factor, mode, high);
  const x7 = enter<At48>(q, n, factor, mode, high);
  const a4 = f32x4.add(x4, x5);
  const a5 = f32x4.sub(x4, x5);
  const a6 = f32x4.add(x6, x7);
  const a7 = f32x4.sub(x6, x7);
  const b0 = f32x4.add(a0, a2);
  const b1 = f32x4.add(a1, a3);
  const b2 = f32x4.sub(a0, a2);
  const b4 = f32x4.add(a4, a6);
  const b5 = f32x4.add(a5, a7);
  const b6 = f32x4.sub(a4, a6);
  const b7 = f32x4.sub(a5, a7);
  leave<At0>(p, m, factor, mode, f32x4.add(b0, b4), odd);
  leave<At16>(p, m, factor, mode, f32x4.add(b1, b5), odd);
  leave<At32>(p, m, factor, mode, f32x4.add(b2, b6), odd);
  leave<At48>(p, m, factor, mode, f32x4.add(b3, b7), odd);
  leave<At0>(q, n, factor, mode, f32x4.sub(b0, b4), odd);
  leave<At16>(q, n, factor, mode, f32x4.sub(b1, b5), odd);
  leave<At32>(q, n, factor, mode, f32x4.sub(b2, b6), odd);
  leave<At48>(q, n, factor, mode, f32x4.sub(b3, b7), odd);
}

// Radix 4 and 8 across neighbouring vectors, from p to q.

// @ts-ignore: decorator
@inline
export function copyRadix4(p: usize, q: usize): void {
  const x0 = v128.load(p);
  const x1 = v128.load(p, 16);
  const x2 = v128.load(p, 32);
  const x3 = v128.load(p, 48);
  const a0 = f32x4.add(x0, x1);
  const a1 = f32x4.sub(x0, x1);
  const a2 = f32x4.add(x2, x3);
  const a3 = f32x4.sub(x2, x3);
  v128.store(q, f32x4.add(a0, a2));
  v128.store(q, f32x4.add(a1, a3), 16);
  v128.store(q, f32x4.sub(a0, a2), 32);
  v128.store(q, f32x4.sub(a1, a3), 48);
}

// @ts-ignore: decorator
@inline
export function copyRadix8(p: usize, q: usize): void {
  const x0 = v128.load(p);
  const x1 = v128.load(p, 16);
  const x2 = v128.load(p, 32);
  const x3 = v128.load(p, 48);
  const x4 = v128.load(p, 64);
  const x5 = v128.load(p, 80);
  const x6 = v128.load(p, 96);
  const x7 = v128.load(p, 112);
  const a0 = f32x4.add(x0, x1);
  const a1 = f32x4.sub(x0, x1);
  const a2 = f32x4.add(x2, x3);
  const a3 = f32x4.sub(x2, x3);
  const a4 = f32x4.add(x4, x5);
  const a5 = f32x4.sub(x4, x5);
  const a6 = f32x4.add(x6, x7);
  const a7 = f32x4.sub(x6, x7);
  const b0 = f32x4.add(a0, a2);
  const b1 = f32x4.add(a1, a3);
  const b2 = f32x4.sub(a0, a2);
  const b3 = f32x4.sub(a1, a3);
  const b4 = f32x4.add(a4, a6);
  const b5 = f32x4.add(a5, a7);
  const b6 = f32x4.sub(a4, a6);
  const b7 = f32x4.sub(a5, a7);
  v128.store(q, f32x4.add(b0, b4));
  v128.store(q, f32x4.add(b1, b5), 16);
  v128.store(q, f32x4.add(b2, b6), 32);
  v128.store(q, f32x4.add(b3, b7), 48);
  v128.store(q, f32x4.sub(b0, b4), 64);
  v128.store(q, f32x4.sub(b1, b5), 80);
  v128.store(q, f32x4.sub(b2, b6), 96);
  v128.store(q, f32x4.sub(b3, b7), 112);
}
