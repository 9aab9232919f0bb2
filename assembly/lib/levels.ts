// Codes of symmetric levels: sixteen values at a time, each by its magnitude's place among ascending thresholds, and its
// sign. A magnitude on a threshold keeps the smaller level; zero counts as positive.
//
// Memory: a table of 2^bits levels is 2^(bits−1) − 1 float32 thresholds and then 2^(bits−1) float32 magnitudes. Codes
// ascend with the levels: 2^(bits−1) + k for magnitude k, 2^(bits−1) − 1 − k for its negative.

import { packCodes, unpackCodes } from './pack';

/** Codes the 16 values at p times the factor, a byte each; writes the levels they stand for to `levels`. */
export function codeLevels(p: usize, factor: v128, table: usize, bits: i32, levels: usize): v128 {
  const half = 1 << (bits - 1);
  const magnitudes = table + ((<usize>(half - 1)) << 2);
  const sign = i32x4.splat(0x80000000);
  const a = f32x4.mul(v128.load(p), factor);
  const b = f32x4.mul(v128.load(p, 16), factor);
  const c = f32x4.mul(v128.load(p, 32), factor);
  const d = f32x4.mul(v128.load(p, 48), factor);
  const ma = f32x4.abs(a);
  const mb = f32x4.abs(b);
  const mc = f32x4.abs(c);
  const md = f32x4.abs(d);
  let ka = i32x4.splat(0);
  let kb = ka;
  let kc = ka;
  let kd = ka;
  let za = v128.load32_splat(magnitudes);
  let zb = za;
  let zc = za;
  let zd = za;
  for (let t = table, m = magnitudes + 4; t < magnitudes; t += 4, m += 4) {
    const threshold = v128.load32_splat(t);
    const level = v128.load32_splat(m);
    const ga = f32x4.gt(ma, threshold);
    const gb = f32x4.gt(mb, threshold);
    const gc = f32x4.gt(mc, threshold);
    const gd = f32x4.gt(md, threshold);
    ka = i32x4.sub(ka, ga);
    kb = i32x4.sub(kb, gb);
    kc = i32x4.sub(kc, gc);
    kd = i32x4.sub(kd, gd);
    za = v128.bitselect(level, za, ga);
    zb = v128.bitselect(level, zb, gb);
    zc = v128.bitselect(level, zc, gc);
    zd = v128.bitselect(level, zd, gd);
  }
  v128.store(levels, v128.or(za, v128.and(a, sign)));
  v128.store(levels, v128.or(zb, v128.and(b, sign)), 16);
  v128.store(levels, v128.or(zc, v128.and(c, sign)), 32);
  v128.store(levels, v128.or(zd, v128.and(d, sign)), 48);
  const middle = i32x4.splat(half);
  return i8x16.narrow_i16x8_u(
    i16x8.narrow_i32x4_s(
      i32x4.add(v128.xor(ka, i32x4.shr_s(a, 31)), middle),
      i32x4.add(v128.xor(kb, i32x4.shr_s(b, 31)), middle),
    ),
    i16x8.narrow_i32x4_s(
      i32x4.add(v128.xor(kc, i32x4.shr_s(c, 31)), middle),
      i32x4.add(v128.xor(kd, i32x4.shr_s(d, 31)), middle),
    ),
  );
}

/** Writes sixteen codes of 1 to 8 bits: 2·bits bytes. */
// @ts-ignore: decorator
@inline
export function storeCodes(target: usize, codes: v128, bits: i32): void {
  if (bits === 1) store<u16>(target, <u16>i8x16.bitmask(i8x16.shl(codes, 7)));
  else packCodes(target, codes, bits);
}

/** Reads sixteen codes of 1 to 8 bits, without sign. */
// @ts-ignore: decorator
@inline
export function loadCodes(source: usize, bits: i32): v128 {
  if (bits > 1) {
    const mask: i32 = (1 << bits) - 1;
    return v128.and(unpackCodes(source, bits), i8x16.splat(<i8>mask));
  }
  const low = i8x16.splat(load<i8>(source));
  const bytes = v128.shuffle<i8>(low, i8x16.splat(load<i8>(source, 1)), 0, 0, 0, 0, 0, 0, 0, 0, 16, 16, 16, 16, 16, 16, 16, 16);
  const places = i8x16(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128);
  return v128.and(i8x16.eq(v128.and(bytes, places), places), i8x16.splat(1));
}

/** The float32 entries that four codes, the bytes of a word, stand for. */
// @ts-ignore: decorator
@inline
export function lookUpFour(table: usize, codes: u32): v128 {
  let values = v128.load32_zero(table + ((<usize>(codes & 0xff)) << 2));
  values = v128.load_lane<f32>(table + ((<usize>((codes >> 8) & 0xff)) << 2), values, 1);
  values = v128.load_lane<f32>(table + ((<usize>((codes >> 16) & 0xff)) << 2), values, 2);
  return v128.load_lane<f32>(table + ((<usize>(codes >> 24)) << 2), values, 3);
}
