// The last five stages of a transform in dyadic or sequency order, and the reordering, for 32 values in registers.
//
// An index of the natural order is (a, m, b): three high bits, the middle, two low bits. Bit reversal makes it
// (b', m', a'), so the eight rows a and the four lanes b of a tile change places: a transposition, after which the two
// lane bits lie across vectors, where their stages are free of shuffles. So the reordering costs what the lane stages
// of the natural order cost, and no pass of its own.
//
// Gray decoding on top, which sequency order needs, complements all bits below a set one. For the tile that means:
// m' is complemented where the bits of b have odd parity (the caller's addresses know), and a' where those of b and m
// together have. Complementing a' reverses eight values; half of that is done by transposing in another order of the
// rows, the other half by swapping sum and difference of the last stage: the masks `even` and `odd` flip the sign of the
// subtrahend for values with even and odd parity of b.
import { interleaveHigh, interleaveLow, joinHigh, joinLow, reverseLanes } from './transpose';

export const DYADIC: i32 = 0;
/** Sequency order of a middle whose parity the masks tell. */
export const SEQUENCY: i32 = 1;
/** Sequency order of a middle with even parity, and with odd: the masks are not looked at. */
export const SEQUENCY_EVEN: i32 = 2;
export const SEQUENCY_ODD: i32 = 3;

/** Transforms the vectors of all a, and writes 8 values to each target; target b is for lane b. */
// @ts-ignore: decorator
@inline
export function orderedTile(
  x0: v128, x1: v128, x2: v128, x3: v128, x4: v128, x5: v128, x6: v128, x7: v128,
  target0: usize, target1: usize, target2: usize, target3: usize, even: v128, odd: v128, order: i32,
): void {
  const sequency = order !== DYADIC;
  // Bits 2 and 1 of a.
  const s0 = f32x4.add(x0, x4);
  const d0 = f32x4.sub(x0, x4);
  const s1 = f32x4.add(x1, x5);
  const d1 = f32x4.sub(x1, x5);
  const s2 = f32x4.add(x2, x6);
  const d2 = f32x4.sub(x2, x6);
  const s3 = f32x4.add(x3, x7);
  const d3 = f32x4.sub(x3, x7);
  const y0 = f32x4.add(s0, s2);
  const y2 = f32x4.sub(s0, s2);
  const y4 = f32x4.add(d0, d2);
  const y6 = f32x4.sub(d0, d2);
  const y1 = f32x4.add(s1, s3);
  const y3 = f32x4.sub(s1, s3);
  const y5 = f32x4.add(d1, d3);
  const y7 = f32x4.sub(d1, d3);
  // Lane l of a column is the row whose bits (1, 2), Gray decoded for sequency, are l.
  const e0 = interleaveLow(y0, y4);
  const e1 = interleaveHigh(y0, y4);
  const e2 = sequency ? interleaveLow(y6, y2) : interleaveLow(y2, y6);
  const e3 = sequency ? interleaveHigh(y6, y2) : interleaveHigh(y2, y6);
  const f0 = interleaveLow(y1, y5);
  const f1 = interleaveHigh(y1, y5);
  const f2 = sequency ? interleaveLow(y7, y3) : interleaveLow(y3, y7);
  const f3 = sequency ? interleaveHigh(y7, y3) : interleaveHigh(y3, y7);
  const g0 = joinLow(e0, e2);
  const g1 = joinHigh(e0, e2);
  const g2 = joinLow(e1, e3);
  const g3 = joinHigh(e1, e3);
  const h0 = joinLow(f0, f2);
  const h1 = joinHigh(f0, f2);
  const h2 = joinLow(f1, f3);
  const h3 = joinHigh(f1, f3);
  // Both bits of b.
  const gs0 = f32x4.add(g0, g1);
  const gd0 = f32x4.sub(g0, g1);
  const gs1 = f32x4.add(g2, g3);
  const gd1 = f32x4.sub(g2, g3);
  const hs0 = f32x4.add(h0, h1);
  const hd0 = f32x4.sub(h0, h1);
  const hs1 = f32x4.add(h2, h3);
  const hd1 = f32x4.sub(h2, h3);
  const u0 = f32x4.add(gs0, gs1);
  const u1 = f32x4.add(gd0, gd1);
  const u2 = f32x4.sub(gs0, gs1);
  const u3 = f32x4.sub(gd0, gd1);
  let v0 = f32x4.add(hs0, hs1);
  let v1 = f32x4.add(hd0, hd1);
  let v2 = f32x4.sub(hs0, hs1);
  let v3 = f32x4.sub(hd0, hd1);
  // Bit 0 of a.
  if (order === SEQUENCY) {
    v0 = v128.xor(v0, even);
    v1 = v128.xor(v1, odd);
    v2 = v128.xor(v2, odd);
    v3 = v128.xor(v3, even);
  }
  const flipEven = order === SEQUENCY_ODD;
  const flipOdd = order === SEQUENCY_EVEN;
  const w0 = flipEven ? f32x4.add(u0, v0) : f32x4.sub(u0, v0);
  const w1 = flipOdd ? f32x4.add(u1, v1) : f32x4.sub(u1, v1);
  const w2 = flipOdd ? f32x4.add(u2, v2) : f32x4.sub(u2, v2);
  const w3 = flipEven ? f32x4.add(u3, v3) : f32x4.sub(u3, v3);
  v128.store(target0, flipEven ? f32x4.sub(u0, v0) : f32x4.add(u0, v0));
  v128.store(target0, sequency ? reverseLanes(w0) : w0, 16);
  v128.store(target1, flipOdd ? f32x4.sub(u1, v1) : f32x4.add(u1, v1));
  v128.store(target1, sequency ? reverseLanes(w1) : w1, 16);
  v128.store(target2, flipOdd ? f32x4.sub(u2, v2) : f32x4.add(u2, v2));
  v128.store(target2, sequency ? reverseLanes(w2) : w2, 16);
  v128.store(target3, flipEven ? f32x4.sub(u3, v3) : f32x4.add(u3, v3));
  v128.store(target3, sequency ? reverseLanes(w3) : w3, 16);
}

/** A transform of 32 values in place. `order` is that of a middle of no bits. */
// @ts-ignore: decorator
@inline
export function onlyTile(p: usize, factor: v128, order: i32): void {
  orderedTile(
    f32x4.mul(v128.load(p), factor), f32x4.mul(v128.load(p, 16), factor),
    f32x4.mul(v128.load(p, 32), factor), f32x4.mul(v128.load(p, 48), factor),
    f32x4.mul(v128.load(p, 64), factor), f32x4.mul(v128.load(p, 80), factor),
    f32x4.mul(v128.load(p, 96), factor), f32x4.mul(v128.load(p, 112), factor),
    p, p + (order === DYADIC ? 64 : 96), p + 32, p + (order === DYADIC ? 96 : 64), factor, factor, order,
  );
}

/** The butterfly of the vectors at p and p + 16: the difference to `rest`, the sum is returned. */
// @ts-ignore: decorator
@inline
function splitPair(p: usize, rest: usize, factor: v128): v128 {
  const x = f32x4.mul(v128.load(p), factor);
  const y = f32x4.mul(v128.load(p, 16), factor);
  v128.store(rest, f32x4.sub(x, y));
  return f32x4.add(x, y);
}

/** A transform of 64 values in place, whose middle has one bit: the tile of 0, and by way of `rest`, 128 bytes, that of 1. */
// @ts-ignore: decorator
@inline
export function twoTiles(p: usize, rest: usize, factor: v128, first: i32, second: i32): void {
  const x0 = splitPair(p, rest, factor);
  const x1 = splitPair(p + 32, rest + 16, factor);
  const x2 = splitPair(p + 64, rest + 32, factor);
  const x3 = splitPair(p + 96, rest + 48, factor);
  const x4 = splitPair(p + 128, rest + 64, factor);
  const x5 = splitPair(p + 160, rest + 80, factor);
  const x6 = splitPair(p + 192, rest + 96, factor);
  const x7 = splitPair(p + 224, rest + 112, factor);
  const byLane1 = first === DYADIC ? 128 : 224;
  const byLane2 = first === DYADIC ? 64 : 96;
  const byLane3 = first === DYADIC ? 192 : 128;
  orderedTile(
    x0, x1, x2, x3, x4, x5, x6, x7, p, p + byLane1, p + byLane2, p + byLane3, factor, factor, first,
  );
  const q = p + 32;
  const back = first === DYADIC ? 0 : 64;
  orderedTile(
    v128.load(rest), v128.load(rest, 16), v128.load(rest, 32), v128.load(rest, 48),
    v128.load(rest, 64), v128.load(rest, 80), v128.load(rest, 96), v128.load(rest, 112),
    q, q + (byLane1 - back), q + (byLane2 - back), q + byLane3, factor, factor, second,
  );
}
