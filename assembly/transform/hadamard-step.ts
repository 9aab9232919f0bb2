// The step of a transform of m·2^k values that is no power of two: across m rows, the product with a Hadamard matrix
// whose first row and column are all +1. Every other row has m/2 minus signs, so it is the sum of all rows minus twice the
// sum of those m/2: half the additions of the plain product.
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

export function hadamardStepF32(p: usize, m: i32, rowBytes: usize, batch: i32, table: usize, scratch: usize): void {
  step<f32>(p, m, rowBytes, batch, table, scratch);
}

export function hadamardStepF64(p: usize, m: i32, rowBytes: usize, batch: i32, table: usize, scratch: usize): void {
  step<f64>(p, m, rowBytes, batch, table, scratch);
}
