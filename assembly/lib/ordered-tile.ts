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

/**
 * Transforms the vectors at p, p + row, … p + 7·row, and writes 8 values to each target; target b is for lane b.
 */
// @ts-ignore: decorator
@inline
export function orderedTile(
  p: usize, row: usize, target0: usize, target1: usize, target2: usize, target3: usize,
  factor: v128, even: v128, odd: v128, sequency: bool,
): void {
  const p1 = p + row;
  const p2 = p1 + row;
  const p3 = p2 + row;
  const p4 = p3 + row;
  const p5 = p4 + row;
  const p6 = p5 + row;
  const p7 = p6 + row;
  const x0 = f32x4.mul(v128.load(p), factor);
  const x1 = f32x4.mul(v128.load(p1), factor);
  const x2 = f32x4.mul(v128.load(p2), factor);
  const x3 = f32x4.mul(v128.load(p3), factor);
  const x4 = f32x4.mul(v128.load(p4), factor);
  const x5 = f32x4.mul(v128.load(p5), factor);
  const x6 = f32x4.mul(v128.load(p6), factor);
  const x7 = f32x4.mul(v128.load(p7), factor);
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
  if (sequency) {
    v0 = v128.xor(v0, even);
    v1 = v128.xor(v1, odd);
    v2 = v128.xor(v2, odd);
    v3 = v128.xor(v3, even);
  }
  const w0 = f32x4.sub(u0, v0);
  const w1 = f32x4.sub(u1, v1);
  const w2 = f32x4.sub(u2, v2);
  const w3 = f32x4.sub(u3, v3);
  v128.store(target0, f32x4.add(u0, v0));
  v128.store(target1, f32x4.add(u1, v1));
  v128.store(target2, f32x4.add(u2, v2));
  v128.store(target3, f32x4.add(u3, v3));
  v128.store(target0, sequency ? reverseLanes(w0) : w0, 16);
  v128.store(target1, sequency ? reverseLanes(w1) : w1, 16);
  v128.store(target2, sequency ? reverseLanes(w2) : w2, 16);
  v128.store(target3, sequency ? reverseLanes(w3) : w3, 16);
}
