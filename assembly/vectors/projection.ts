// TurboQuant's prod: levels of a scalar quantiser, and behind them one sign for each value of a random projection of what
// they leave over (the quantised Johnson–Lindenstrauss transform), which makes inner products right on average.
//
// Memory: a coded vector is that of levels.ts (nothing where `groupBits` is 0), a scale, and dimension/8 bytes of signs, the
// first lowest, 1 for minus. The projection is `dimension` rows of as many float32 values at `rows`, or, with `masks`, as many
// rotations as `masks` has sets of sign masks. `scratch` has room for 64 bytes and two vectors.

import { sumLanesF32 } from '../lib/accumulate';
import { loadScale, storeScale, sumSquares } from '../lib/vector-scale';
import { rotateF32, unrotateF32 } from '../transform/fwht';
import { decodeLevelVectors, dotLevelVectors, encodeLevelVectors } from './levels';

const NORM_ONLY: i32 = 2;
/** Rotations one after the other where the projection is one of those. */
const ROTATIONS: i32 = 2;

function project(target: usize, source: usize, dimension: i32, rows: usize, masks: usize): void {
  const bytes = (<usize>dimension) << 2;
  if (masks) {
    memory.copy(target, source, bytes);
    const factor = <f32>(1 / sqrt<f64>(<f64>dimension));
    for (let i = 0; i < ROTATIONS; i++) rotateF32(target, masks + <usize>i * bytes, dimension, 1, factor);
    return;
  }
  for (const end = target + bytes; target < end; target += 4) {
    let sum = f32x4.splat(0);
    for (let p = source, stop = source + bytes; p < stop; p += 16, rows += 16) {
      sum = f32x4.add(sum, f32x4.mul(v128.load(p), v128.load(rows)));
    }
    store<f32>(target, sumLanesF32(sum));
  }
}

/** Adds factor·(the transposed projection of ±1, by their bits) to the vector at target. */
function addBack(
  target: usize,
  signs: usize,
  dimension: i32,
  rows: usize,
  masks: usize,
  factor: f32,
  scratch: usize,
): void {
  const bytes = (<usize>dimension) << 2;
  if (masks) {
    for (let i = 0; i < dimension; i++) {
      const minus = (load<u8>(signs + (i >> 3)) >> <u8>(i & 7)) & 1;
      store<f32>(scratch + ((<usize>i) << 2), minus ? -factor : factor);
    }
    const scale = <f32>(1 / sqrt<f64>(<f64>dimension));
    for (let i = ROTATIONS - 1; i >= 0; i--) unrotateF32(scratch, masks + <usize>i * bytes, dimension, 1, scale);
    for (let at: usize = 0; at < bytes; at += 16) {
      v128.store(target + at, f32x4.add(v128.load(target + at), v128.load(scratch + at)));
    }
    return;
  }
  for (let i = 0; i < dimension; i++) {
    const minus = (load<u8>(signs + (i >> 3)) >> <u8>(i & 7)) & 1;
    const amount = f32x4.splat(minus ? -factor : factor);
    for (let p = target, stop = target + bytes; p < stop; p += 16, rows += 16) {
      v128.store(p, f32x4.add(v128.load(p), f32x4.mul(amount, v128.load(rows))));
    }
  }
}

/** Encodes `vectors` vectors; returns the address behind them. `weight` times the residual's norm is what a sign weighs. */
export function encodeProjectedVectors(
  target: usize,
  source: usize,
  vectors: i32,
  dimension: i32,
  tables: usize,
  groupBits: usize,
  scaleBytes: i32,
  rows: usize,
  masks: usize,
  weight: f32,
  scratch: usize,
): usize {
  const bytes = (<usize>dimension) << 2;
  const residual = scratch + 64;
  const projected = residual + bytes;
  for (; vectors > 0; vectors--, source += bytes) {
    const start = target;
    if (groupBits) {
      target = encodeLevelVectors(target, source, 1, dimension, tables, groupBits, scaleBytes, NORM_ONLY, scratch);
      decodeLevelVectors(residual, start, 1, dimension, tables, groupBits, scaleBytes);
      for (let at: usize = 0; at < bytes; at += 16) {
        v128.store(residual + at, f32x4.sub(v128.load(source + at), v128.load(residual + at)));
      }
    } else {
      memory.copy(residual, source, bytes);
    }
    storeScale(target, <f32>(<f64>weight * sqrt<f64>(sumSquares(residual, dimension))), scaleBytes);
    target += scaleBytes;
    project(projected, residual, dimension, rows, masks);
    for (let p = projected, end = projected + bytes; p < end; p += 32, target++) {
      store<u8>(target, <u8>(i32x4.bitmask(v128.load(p)) | (i32x4.bitmask(v128.load(p, 16)) << 4)));
    }
  }
  return target;
}

/** Decodes them; returns how many had an impossible scale. */
export function decodeProjectedVectors(
  target: usize,
  source: usize,
  vectors: i32,
  dimension: i32,
  tables: usize,
  groupBits: usize,
  scaleBytes: i32,
  codeBytes: i32,
  rows: usize,
  masks: usize,
  scratch: usize,
): i32 {
  const bytes = (<usize>dimension) << 2;
  let damaged = 0;
  for (; vectors > 0; vectors--, target += bytes) {
    let bad = 0;
    if (groupBits) {
      bad = decodeLevelVectors(target, source, 1, dimension, tables, groupBits, scaleBytes);
      source += codeBytes;
    } else {
      memory.fill(target, 0, bytes);
    }
    const scale = loadScale(source, scaleBytes);
    bad |= i32(scale < 0);
    source += scaleBytes;
    if (bad) memory.fill(target, 0, bytes);
    else if (scale > 0) addBack(target, source, dimension, rows, masks, scale, scratch);
    source += dimension >> 3;
    damaged += bad;
  }
  return damaged;
}

/** Inner products with a query; returns how many vectors had an impossible scale and counted as zeros. */
export function dotProjectedVectors(
  products: usize,
  source: usize,
  vectors: i32,
  dimension: i32,
  tables: usize,
  groupBits: usize,
  scaleBytes: i32,
  codeBytes: i32,
  rows: usize,
  masks: usize,
  query: usize,
  scratch: usize,
): i32 {
  project(scratch, query, dimension, rows, masks);
  let damaged = 0;
  for (; vectors > 0; vectors--, products += 8) {
    let bad = 0;
    let sum: f64 = 0;
    if (groupBits) {
      bad = dotLevelVectors(products, source, 1, dimension, tables, groupBits, scaleBytes, query);
      sum = load<f64>(products);
      source += codeBytes;
    }
    const scale = loadScale(source, scaleBytes);
    bad |= i32(scale < 0);
    source += scaleBytes;
    let signed: f64 = 0;
    for (let i = 0; i < dimension; i++) {
      const value = <f64>load<f32>(scratch + ((<usize>i) << 2));
      signed += (load<u8>(source + (i >> 3)) >> <u8>(i & 7)) & 1 ? -value : value;
    }
    source += dimension >> 3;
    store<f64>(products, bad ? 0 : sum + <f64>scale * signed);
    damaged += bad;
  }
  return damaged;
}
