// Signs and factors, value by value.
//
// Memory: runs of `count` float32 values; masks are one u32 a value, 0 or the sign bit.

/** Flips the sign of every value whose mask says so. */
export function flipSignsF32(p: usize, masks: usize, count: i32): void {
  const end = p + ((<usize>count) << 2);
  const vectorEnd = p + ((<usize>(count & ~3)) << 2);
  for (; p < vectorEnd; p += 16, masks += 16) v128.store(p, v128.xor(v128.load(p), v128.load(masks)));
  for (; p < end; p += 4, masks += 4) store<u32>(p, load<u32>(p) ^ load<u32>(masks));
}

/** Multiplies every value by the factor. */
export function scaleF32(p: usize, count: i32, factor: f32): void {
  const end = p + ((<usize>count) << 2);
  const vectorEnd = p + ((<usize>(count & ~3)) << 2);
  const factors = f32x4.splat(factor);
  for (; p < vectorEnd; p += 16) v128.store(p, f32x4.mul(v128.load(p), factors));
  for (; p < end; p += 4) store<f32>(p, load<f32>(p) * factor);
}

/** Flips the sign of value (i, j) of a matrix where exactly one of the masks of row i and column j says so. */
export function flipOuterSignsF32(p: usize, rowMasks: usize, columnMasks: usize, rows: i32, columns: i32): void {
  const columnsEnd = columnMasks + ((<usize>columns) << 2);
  const vectorEnd = columnMasks + ((<usize>(columns & ~3)) << 2);
  for (; rows > 0; rows--, rowMasks += 4) {
    const sign = load<u32>(rowMasks);
    const signs = i32x4.splat(sign);
    let m = columnMasks;
    for (; m < vectorEnd; m += 16, p += 16) {
      v128.store(p, v128.xor(v128.load(p), v128.xor(v128.load(m), signs)));
    }
    for (; m < columnsEnd; m += 4, p += 4) store<u32>(p, load<u32>(p) ^ load<u32>(m) ^ sign);
  }
}
