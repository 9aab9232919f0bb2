// Vectors as levels of a scalar quantiser under one scale: EDEN, DRIVE, TurboQuant's mse.
//
// Memory: vectors are runs of `dimension` float32 values, a multiple of 16, 16-byte aligned, already rotated. A coded vector
// is its scale (assembly/lib/vector-scale.ts, of `scaleBytes`) and then, for every 16 values, their codes as a little-endian
// bit stream; `groupBits` has one byte for every 16 values, the bits of their codes, 1 to 8. `tables`: from 4·2^bits on the
// thresholds and magnitudes of 2^bits levels (assembly/lib/levels.ts), and 2048 bytes behind each the levels themselves in
// ascending order. `scratch` has room for 64 bytes.

import { sumLanesF32 } from '../lib/accumulate';
import { codeLevels, loadCodes, lookUpFour, storeCodes } from '../lib/levels';
import { loadScale, storeScale, sumSquares } from '../lib/vector-scale';

/** Rules for the scale: the least error, an estimate without bias, the norm alone. */
const LEAST_SQUARES: i32 = 0;
const UNBIASED: i32 = 1;

/** 2^-100: the codes of a vector shorter than that are of no account, and its inverse would be beyond float32. */
const SMALLEST_NORM: f64 = 7.888609052210118e-31;

const LEVELS: usize = 2048;

/** Encodes `vectors` vectors; returns the address behind them. */
export function encodeLevelVectors(
  target: usize,
  source: usize,
  vectors: i32,
  dimension: i32,
  tables: usize,
  groupBits: usize,
  scaleBytes: i32,
  rule: i32,
  scratch: usize,
): usize {
  const bytes = (<usize>dimension) << 2;
  for (; vectors > 0; vectors--, source += bytes) {
    const norm = sqrt<f64>(sumSquares(source, dimension));
    const root = norm / sqrt<f64>(<f64>dimension);
    const isNothing = norm < SMALLEST_NORM;
    // With a factor of 0 all codes are those of +0: nothing of a tiny vector gets through.
    const factor = f32x4.splat(isNothing ? 0 : <f32>(1 / root));
    const at = target;
    target += scaleBytes;
    let product: f64 = 0;
    let square: f64 = 0;
    let bits = groupBits;
    for (let p = source, end = source + bytes; p < end; p += 64, bits++) {
      const width = <i32>load<u8>(bits);
      storeCodes(target, codeLevels(p, factor, tables + ((<usize>4) << width), width, scratch), width);
      target += (<usize>width) << 1;
      if (rule > UNBIASED) continue;
      const za = v128.load(scratch);
      const zb = v128.load(scratch, 16);
      const zc = v128.load(scratch, 32);
      const zd = v128.load(scratch, 48);
      product += <f64>(
        sumLanesF32(
          f32x4.add(
            f32x4.add(f32x4.mul(v128.load(p), za), f32x4.mul(v128.load(p, 16), zb)),
            f32x4.add(f32x4.mul(v128.load(p, 32), zc), f32x4.mul(v128.load(p, 48), zd)),
          ),
        )
      );
      if (rule === LEAST_SQUARES) {
        square += <f64>(
          sumLanesF32(
            f32x4.add(f32x4.add(f32x4.mul(za, za), f32x4.mul(zb, zb)), f32x4.add(f32x4.mul(zc, zc), f32x4.mul(zd, zd))),
          )
        );
      }
    }
    let scale = root;
    if (rule === LEAST_SQUARES) scale = product / square;
    else if (rule === UNBIASED) scale = (norm * norm) / product;
    storeScale(at, isNothing ? 0 : <f32>scale, scaleBytes);
  }
  return target;
}

/** Decodes them; returns how many had an impossible scale and became zeros. */
export function decodeLevelVectors(
  target: usize,
  source: usize,
  vectors: i32,
  dimension: i32,
  tables: usize,
  groupBits: usize,
  scaleBytes: i32,
): i32 {
  const bytes = (<usize>dimension) << 2;
  let damaged = 0;
  for (; vectors > 0; vectors--) {
    const scale = loadScale(source, scaleBytes);
    damaged += i32(scale < 0);
    source += scaleBytes;
    const factor = f32x4.splat(max<f32>(scale, 0));
    let bits = groupBits;
    for (const end = target + bytes; target < end; target += 64, bits++) {
      const width = <i32>load<u8>(bits);
      const table = tables + LEVELS + ((<usize>4) << width);
      const codes = loadCodes(source, width);
      v128.store(target, f32x4.mul(lookUpFour(table, i32x4.extract_lane(codes, 0)), factor));
      v128.store(target, f32x4.mul(lookUpFour(table, i32x4.extract_lane(codes, 1)), factor), 16);
      v128.store(target, f32x4.mul(lookUpFour(table, i32x4.extract_lane(codes, 2)), factor), 32);
      v128.store(target, f32x4.mul(lookUpFour(table, i32x4.extract_lane(codes, 3)), factor), 48);
      source += (<usize>width) << 1;
    }
  }
  return damaged;
}

/** products[i], float64, = ⟨coded vector i, query⟩, the query rotated alike; returns how many scales were impossible. */
export function dotLevelVectors(
  products: usize,
  source: usize,
  vectors: i32,
  dimension: i32,
  tables: usize,
  groupBits: usize,
  scaleBytes: i32,
  query: usize,
): i32 {
  let damaged = 0;
  for (; vectors > 0; vectors--, products += 8) {
    const scale = loadScale(source, scaleBytes);
    damaged += i32(scale < 0);
    source += scaleBytes;
    let sum: f64 = 0;
    let bits = groupBits;
    for (let q = query, end = query + ((<usize>dimension) << 2); q < end; q += 64, bits++) {
      const width = <i32>load<u8>(bits);
      const table = tables + LEVELS + ((<usize>4) << width);
      const codes = loadCodes(source, width);
      const a = f32x4.mul(lookUpFour(table, i32x4.extract_lane(codes, 0)), v128.load(q));
      const b = f32x4.mul(lookUpFour(table, i32x4.extract_lane(codes, 1)), v128.load(q, 16));
      const c = f32x4.mul(lookUpFour(table, i32x4.extract_lane(codes, 2)), v128.load(q, 32));
      const d = f32x4.mul(lookUpFour(table, i32x4.extract_lane(codes, 3)), v128.load(q, 48));
      sum += <f64>sumLanesF32(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
      source += (<usize>width) << 1;
    }
    store<f64>(products, sum * <f64>max<f32>(scale, 0));
  }
  return damaged;
}
