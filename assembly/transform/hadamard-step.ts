// The step of a transform of m·2^k values that is no power of two: across m rows, the product with a Hadamard matrix
// whose first row and column are all +1. Every other row has m/2 minus signs, so it is the sum of all rows minus twice the
// sum of those m/2: half the additions of the plain product.
//
// Integers. With `policy` 0 sums are modulo 2^32 or 2^16. With 1 and 2 they are exact, of int32 in float64 and of int16 in
// int32, where m values have room: 1 clamps them, and 2, the inverse by the transposed matrix, divides them by m, rounding
// down, and clamps.
//
// Memory: `batch` times m rows of `rowBytes` each, one behind the other, in place. `table` has for each row of the matrix
// but the first the m/2 columns with a minus, as u32: 64 times the column. `scratch` holds m·64 bytes.

/** Sixty-four bytes of every row. */
function stepLine<T>(p: usize, rowBytes: usize, m: i32, table: usize, scratch: usize): void {
  let t0 = i64x2.splat(0);
  let t1 = i64x2.splat(0);
  let t2 = i64x2.splat(0);
  let t3 = i64x2.splat(0);
  let q = p;
  const end = scratch + ((<usize>m) << 6);
  for (let s = scratch; s < end; s += 64, q += rowBytes) {
    const x0 = v128.load(q);
    const x1 = v128.load(q, 16);
    const x2 = v128.load(q, 32);
    const x3 = v128.load(q, 48);
    v128.store(s, x0);
    v128.store(s, x1, 16);
    v128.store(s, x2, 32);
    v128.store(s, x3, 48);
    t0 = v128.add<T>(t0, x0);
    t1 = v128.add<T>(t1, x1);
    t2 = v128.add<T>(t2, x2);
    t3 = v128.add<T>(t3, x3);
  }
  v128.store(p, t0);
  v128.store(p, t1, 16);
  v128.store(p, t2, 32);
  v128.store(p, t3, 48);
  const listBytes = (<usize>m) << 1;
  for (let row = 1; row < m; row++) {
    p += rowBytes;
    let n0 = i64x2.splat(0);
    let n1 = i64x2.splat(0);
    let n2 = i64x2.splat(0);
    let n3 = i64x2.splat(0);
    const stop = table + listBytes;
    do {
      const s = scratch + <usize>load<u32>(table);
      n0 = v128.add<T>(n0, v128.load(s));
      n1 = v128.add<T>(n1, v128.load(s, 16));
      n2 = v128.add<T>(n2, v128.load(s, 32));
      n3 = v128.add<T>(n3, v128.load(s, 48));
      table += 4;
    } while (table < stop);
    v128.store(p, v128.sub<T>(t0, v128.add<T>(n0, n0)));
    v128.store(p, v128.sub<T>(t1, v128.add<T>(n1, n1)), 16);
    v128.store(p, v128.sub<T>(t2, v128.add<T>(n2, n2)), 32);
    v128.store(p, v128.sub<T>(t3, v128.add<T>(n3, n3)), 48);
  }
}

/** One value of every row. */
function stepValue<T>(p: usize, rowBytes: usize, m: i32, table: usize, scratch: usize): void {
  let total: T = 0;
  let q = p;
  const end = scratch + ((<usize>m) << 6);
  for (let s = scratch; s < end; s += 64, q += rowBytes) {
    const x = load<T>(q);
    store<T>(s, x);
    total += x;
  }
  store<T>(p, total);
  const listBytes = (<usize>m) << 1;
  for (let row = 1; row < m; row++) {
    p += rowBytes;
    let n: T = 0;
    const stop = table + listBytes;
    do {
      n += load<T>(scratch + <usize>load<u32>(table));
      table += 4;
    } while (table < stop);
    store<T>(p, total - (n + n));
  }
}

function step<T>(p: usize, m: i32, rowBytes: usize, batch: i32, table: usize, scratch: usize): void {
  const rest = rowBytes & 63;
  for (; batch > 0; batch--) {
    const lines = p + rowBytes - rest;
    const end = p + rowBytes;
    for (; p < lines; p += 64) stepLine<T>(p, rowBytes, m, table, scratch);
    for (; p < end; p += sizeof<T>()) stepValue<T>(p, rowBytes, m, table, scratch);
    p += rowBytes * (m - 1);
  }
}

/** The low and the high half of the values of a vector, in the type that has room for sums of m. */
function widenLow<T>(x: v128): v128 {
  return sizeof<T>() === 4 ? f64x2.convert_low_i32x4_s(x) : i32x4.extend_low_i16x8_s(x);
}

function widenHigh<T>(x: v128): v128 {
  return sizeof<T>() === 4
    ? f64x2.convert_low_i32x4_s(v128.shuffle<i32>(x, x, 2, 3, 2, 3))
    : i32x4.extend_high_i16x8_s(x);
}

function addWide<T>(a: v128, b: v128): v128 {
  return sizeof<T>() === 4 ? f64x2.add(a, b) : i32x4.add(a, b);
}

function subtractWide<T>(a: v128, b: v128): v128 {
  return sizeof<T>() === 4 ? f64x2.sub(a, b) : i32x4.sub(a, b);
}

/** Both halves divided, rounded down, clamped, and joined. Quotients by up to 28 are far enough from whole numbers. */
function narrow<T>(low: v128, high: v128, divisor: i32): v128 {
  if (sizeof<T>() === 4) {
    if (divisor !== 1) {
      const d = f64x2.splat(<f64>divisor);
      low = f64x2.floor(f64x2.div(low, d));
      high = f64x2.floor(f64x2.div(high, d));
    }
    return v128.shuffle<i32>(i32x4.trunc_sat_f64x2_s_zero(low), i32x4.trunc_sat_f64x2_s_zero(high), 0, 1, 4, 5);
  }
  if (divisor !== 1) {
    const d = f32x4.splat(<f32>divisor);
    low = i32x4.trunc_sat_f32x4_s(f32x4.floor(f32x4.div(f32x4.convert_i32x4_s(low), d)));
    high = i32x4.trunc_sat_f32x4_s(f32x4.floor(f32x4.div(f32x4.convert_i32x4_s(high), d)));
  }
  return i16x8.narrow_i32x4_s(low, high);
}

/** Sixteen bytes of every row, with exact sums. */
function exactVector<T>(p: usize, rowBytes: usize, m: i32, table: usize, scratch: usize, divisor: i32): void {
  let totalLow = i64x2.splat(0);
  let totalHigh = i64x2.splat(0);
  let q = p;
  const end = scratch + ((<usize>m) << 6);
  for (let s = scratch; s < end; s += 64, q += rowBytes) {
    const x = v128.load(q);
    const low = widenLow<T>(x);
    const high = widenHigh<T>(x);
    v128.store(s, low);
    v128.store(s, high, 16);
    totalLow = addWide<T>(totalLow, low);
    totalHigh = addWide<T>(totalHigh, high);
  }
  v128.store(p, narrow<T>(totalLow, totalHigh, divisor));
  const listBytes = (<usize>m) << 1;
  for (let row = 1; row < m; row++) {
    p += rowBytes;
    let low = i64x2.splat(0);
    let high = i64x2.splat(0);
    const stop = table + listBytes;
    do {
      const s = scratch + <usize>load<u32>(table);
      low = addWide<T>(low, v128.load(s));
      high = addWide<T>(high, v128.load(s, 16));
      table += 4;
    } while (table < stop);
    low = subtractWide<T>(totalLow, addWide<T>(low, low));
    high = subtractWide<T>(totalHigh, addWide<T>(high, high));
    v128.store(p, narrow<T>(low, high, divisor));
  }
}

function narrowValue<T>(x: i64, divisor: i32): T {
  const largest: i64 = sizeof<T>() === 4 ? 0x7fffffff : 0x7fff;
  // Rounded down by way of a number that is never negative: sums of 28 values have less than 40 bits.
  const offset: i64 = 1 << 40;
  const quotient = (x + offset * divisor) / divisor - offset;
  return <T>max(-largest - 1, min(largest, quotient));
}

/** One value of every row, with exact sums. */
function exactValue<T>(p: usize, rowBytes: usize, m: i32, table: usize, scratch: usize, divisor: i32): void {
  let total: i64 = 0;
  let q = p;
  const end = scratch + ((<usize>m) << 6);
  for (let s = scratch; s < end; s += 64, q += rowBytes) {
    const x: i64 = load<T>(q);
    store<i64>(s, x);
    total += x;
  }
  store<T>(p, narrowValue<T>(total, divisor));
  const listBytes = (<usize>m) << 1;
  for (let row = 1; row < m; row++) {
    p += rowBytes;
    let n: i64 = 0;
    const stop = table + listBytes;
    do {
      n += load<i64>(scratch + <usize>load<u32>(table));
      table += 4;
    } while (table < stop);
    store<T>(p, narrowValue<T>(total - 2 * n, divisor));
  }
}

function exactStep<T>(p: usize, m: i32, rowBytes: usize, batch: i32, table: usize, scratch: usize, divisor: i32): void {
  const rest = rowBytes & 15;
  for (; batch > 0; batch--) {
    const vectors = p + rowBytes - rest;
    const end = p + rowBytes;
    for (; p < vectors; p += 16) exactVector<T>(p, rowBytes, m, table, scratch, divisor);
    for (; p < end; p += sizeof<T>()) exactValue<T>(p, rowBytes, m, table, scratch, divisor);
    p += rowBytes * (m - 1);
  }
}

export function hadamardStepF32(p: usize, m: i32, rowBytes: usize, batch: i32, table: usize, scratch: usize): void {
  step<f32>(p, m, rowBytes, batch, table, scratch);
}

/** All values are divided by the divisor in the end; 1 costs nothing. */
export function hadamardStepF64(
  p: usize,
  m: i32,
  rowBytes: usize,
  batch: i32,
  table: usize,
  scratch: usize,
  divisor: f64,
): void {
  step<f64>(p, m, rowBytes, batch, table, scratch);
  if (divisor === 1) return;
  const end = p + rowBytes * (m * batch);
  for (; p < end; p += 8) store<f64>(p, load<f64>(p) / divisor);
}

export function hadamardStepI32(
  p: usize,
  m: i32,
  rowBytes: usize,
  batch: i32,
  table: usize,
  scratch: usize,
  policy: i32,
): void {
  if (policy === 0) step<i32>(p, m, rowBytes, batch, table, scratch);
  else exactStep<i32>(p, m, rowBytes, batch, table, scratch, policy === 1 ? 1 : m);
}

export function hadamardStepI16(
  p: usize,
  m: i32,
  rowBytes: usize,
  batch: i32,
  table: usize,
  scratch: usize,
  policy: i32,
): void {
  if (policy === 0) step<i16>(p, m, rowBytes, batch, table, scratch);
  else exactStep<i16>(p, m, rowBytes, batch, table, scratch, policy === 1 ? 1 : m);
}
