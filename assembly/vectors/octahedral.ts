// OCTOPUS: three turned values at a time as a direction on the octahedron, by two levels, and a length, by a third.
//
// Memory: `tables` is the 2^uBits levels of u, the 2^vBits of v and the 2^radiusBits of the length, float32, ascending, and
// behind them the 2^restBits levels of what is left of a dimension that is no multiple of three. A coded vector is its scale
// and a little-endian bit stream: u, v and length of each triple, the rest's codes, filled up to whole bytes.

import { loadScale, storeScale, sumSquares } from '../lib/vector-scale';

const SMALLEST_NORM: f64 = 7.888609052210118e-31;

/** The level nearest to x of `count` ascending ones. */
function nearestLevel(levels: usize, count: i32, x: f32): i32 {
  let code = 0;
  for (; code + 1 < count; code++) {
    const at = levels + ((<usize>code) << 2);
    if (x <= (load<f32>(at) + load<f32>(at, 4)) * 0.5) break;
  }
  return code;
}

/** Writes the unit vector of (u, v) to `direction`. */
function unfold(u: f32, v: f32, direction: usize): void {
  const w: f32 = 1 - abs<f32>(u) - abs<f32>(v);
  const x = w < 0 ? copysign<f32>(1 - abs<f32>(v), u) : u;
  const y = w < 0 ? copysign<f32>(1 - abs<f32>(u), v) : v;
  const length = sqrt<f32>(x * x + y * y + w * w);
  store<f32>(direction, x / length);
  store<f32>(direction, y / length, 4);
  store<f32>(direction, w / length, 8);
}

/**
 * Encodes `vectors` vectors; returns the address behind them. Of the codes of u and v those next to the nearest are tried as
 * well, each with the length that then is best. `scratch` has room for 16 bytes and two vectors.
 */
export function encodeOctahedralVectors(
  target: usize,
  source: usize,
  vectors: i32,
  dimension: i32,
  tables: usize,
  uBits: i32,
  vBits: i32,
  radiusBits: i32,
  restBits: i32,
  scaleBytes: i32,
  scratch: usize,
): usize {
  const bytes = (<usize>dimension) << 2;
  const uLevels = 1 << uBits;
  const vLevels = 1 << vBits;
  const vTable = tables + ((<usize>uLevels) << 2);
  const radiusTable = vTable + ((<usize>vLevels) << 2);
  const restTable = radiusTable + ((<usize>4) << radiusBits);
  for (; vectors > 0; vectors--, source += bytes) {
    const norm = sqrt<f64>(sumSquares(source, dimension));
    const isNothing = norm < SMALLEST_NORM;
    const factor: f32 = isNothing ? 0 : <f32>(sqrt<f64>(<f64>dimension) / norm);
    const start = target;
    target += scaleBytes;
    let product: f64 = 0;
    let square: f64 = 0;
    let held: u32 = 0;
    let heldBits = 0;
    for (let i = 0; i < dimension; ) {
      const p = source + ((<usize>i) << 2);
      let code = 0;
      let width = restBits;
      if (i + 3 <= dimension) {
        const x = load<f32>(p) * factor;
        const y = load<f32>(p, 4) * factor;
        const z = load<f32>(p, 8) * factor;
        const sum = abs<f32>(x) + abs<f32>(y) + abs<f32>(z);
        const inverse: f32 = sum > 0 ? 1 / sum : 0;
        let u = x * inverse;
        let v = y * inverse;
        if (z < 0) {
          const folded = copysign<f32>(1 - abs<f32>(v), u);
          v = copysign<f32>(1 - abs<f32>(u), v);
          u = folded;
        }
        const uCode = nearestLevel(tables, uLevels, u);
        const vCode = nearestLevel(vTable, vLevels, v);
        let best = f32.MAX_VALUE;
        let bestProduct: f32 = 0;
        let bestRadius: f32 = 0;
        for (let a = max<i32>(uCode - 1, 0); a <= min<i32>(uCode + 1, uLevels - 1); a++) {
          for (let b = max<i32>(vCode - 1, 0); b <= min<i32>(vCode + 1, vLevels - 1); b++) {
            unfold(load<f32>(tables + ((<usize>a) << 2)), load<f32>(vTable + ((<usize>b) << 2)), scratch);
            const along = x * load<f32>(scratch) + y * load<f32>(scratch, 4) + z * load<f32>(scratch, 8);
            const radiusCode = nearestLevel(radiusTable, 1 << radiusBits, along);
            const radius = load<f32>(radiusTable + ((<usize>radiusCode) << 2));
            const distance = radius * (radius - 2 * along);
            if (distance < best) {
              best = distance;
              bestProduct = radius * along;
              bestRadius = radius;
              code = a | (b << uBits) | (radiusCode << (uBits + vBits));
            }
          }
        }
        product += <f64>bestProduct;
        square += <f64>(bestRadius * bestRadius);
        width = uBits + vBits + radiusBits;
        i += 3;
      } else {
        const value = load<f32>(p) * factor;
        code = nearestLevel(restTable, 1 << restBits, value);
        const level = load<f32>(restTable + ((<usize>code) << 2));
        product += <f64>(level * value);
        square += <f64>(level * level);
        i++;
      }
      held |= (<u32>code) << heldBits;
      heldBits += width;
      for (; heldBits >= 8; heldBits -= 8, held >>= 8) store<u8>(target++, <u8>held);
    }
    if (heldBits > 0) store<u8>(target++, <u8>held);
    storeScale(start, isNothing ? 0 : <f32>(product / square / <f64>factor), scaleBytes);
  }
  return target;
}

/** Decodes them; returns how many had an impossible scale and became zeros. */
export function decodeOctahedralVectors(
  target: usize,
  source: usize,
  vectors: i32,
  dimension: i32,
  tables: usize,
  uBits: i32,
  vBits: i32,
  radiusBits: i32,
  restBits: i32,
  scaleBytes: i32,
  scratch: usize,
): i32 {
  const vTable = tables + ((<usize>4) << uBits);
  const radiusTable = vTable + ((<usize>4) << vBits);
  const restTable = radiusTable + ((<usize>4) << radiusBits);
  const tripleBits = uBits + vBits + radiusBits;
  let damaged = 0;
  for (; vectors > 0; vectors--) {
    const stored = loadScale(source, scaleBytes);
    damaged += i32(stored < 0);
    source += scaleBytes;
    const scale = max<f32>(stored, 0);
    let held: u32 = 0;
    let heldBits = 0;
    for (let i = 0; i < dimension; ) {
      const isTriple = i + 3 <= dimension;
      const width = isTriple ? tripleBits : restBits;
      for (; heldBits < width; heldBits += 8) held |= (<u32>load<u8>(source++)) << heldBits;
      const code = held & ((1 << width) - 1);
      held >>= width;
      heldBits -= width;
      if (isTriple) {
        const u = code & ((1 << uBits) - 1);
        const v = (code >> uBits) & ((1 << vBits) - 1);
        unfold(load<f32>(tables + ((<usize>u) << 2)), load<f32>(vTable + ((<usize>v) << 2)), scratch);
        const length = scale * load<f32>(radiusTable + ((<usize>(code >> (uBits + vBits))) << 2));
        store<f32>(target, length * load<f32>(scratch));
        store<f32>(target, length * load<f32>(scratch, 4), 4);
        store<f32>(target, length * load<f32>(scratch, 8), 8);
        target += 12;
        i += 3;
      } else {
        store<f32>(target, scale * load<f32>(restTable + ((<usize>code) << 2)));
        target += 4;
        i++;
      }
    }
  }
  return damaged;
}
