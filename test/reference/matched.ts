/** Transforms and systems as their definitions have them, in plain float64. Nothing here comes from src. */

/** Rows of an orthonormal DCT-II. */
export function dctMatrix(n: number): Float64Array[] {
  return Array.from({ length: n }, (_, k) =>
    Float64Array.from(
      { length: n },
      (_, i) => Math.sqrt((k === 0 ? 1 : 2) / n) * Math.cos((Math.PI * ((k * (2 * i + 1)) % (4 * n))) / (2 * n)),
    ),
  );
}

/** Rows of an orthonormal Haar transform: the function that is constant, then steps from coarse to fine. */
export function haarMatrix(n: number): Float64Array[] {
  const rows = [new Float64Array(n).fill(1 / Math.sqrt(n))];
  for (let width = n; width > 1; width /= 2) {
    for (let from = 0; from < n; from += width) {
      rows.push(
        Float64Array.from({ length: n }, (_, i) =>
          i < from || i >= from + width ? 0 : (i < from + width / 2 ? 1 : -1) / Math.sqrt(width),
        ),
      );
    }
  }
  return rows;
}

/** Rows of an orthonormal Walsh–Hadamard transform in natural order. */
export function walshMatrix(n: number): Float64Array[] {
  const bits = (x: number) => x.toString(2).replaceAll('0', '').length;
  return Array.from({ length: n }, (_, i) =>
    Float64Array.from({ length: n }, (_, j) => (bits(i & j) % 2 === 0 ? 1 : -1) / Math.sqrt(n)),
  );
}

export function multiplyVector(rows: readonly ArrayLike<number>[], x: ArrayLike<number>): Float64Array {
  return Float64Array.from(rows, (row) => {
    let sum = 0;
    for (let j = 0; j < x.length; j++) sum += row[j] * x[j];
    return sum;
  });
}

export function multiplyMatrices(a: readonly ArrayLike<number>[], b: readonly ArrayLike<number>[]): Float64Array[] {
  return a.map((row) =>
    Float64Array.from({ length: b[0].length }, (_, j) => {
      let sum = 0;
      for (let k = 0; k < b.length; k++) sum += row[k] * b[k][j];
      return sum;
    }),
  );
}

export function transposed(rows: readonly ArrayLike<number>[]): Float64Array[] {
  return Array.from({ length: rows[0].length }, (_, j) => Float64Array.from(rows, (row) => row[j]));
}

/** Rows of a matrix that lies row by row in one array. */
export function rowsOf(matrix: ArrayLike<number>, columns: number): Float64Array[] {
  const values = Float64Array.from(matrix);
  return Array.from({ length: values.length / columns }, (_, i) => values.slice(i * columns, (i + 1) * columns));
}

/** Σ a[i]·b[i ⊕ k]. */
export function xorConvolution(a: ArrayLike<number>, b: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: a.length }, (_, k) => {
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum += a[i] * b[i ^ k];
    return sum;
  });
}

/** Solves A·x = y by elimination with the largest pivot of each column. */
export function solveDense(matrix: readonly ArrayLike<number>[], y: ArrayLike<number>): Float64Array {
  const rows = matrix.map((row, i) => [...Float64Array.from(row), y[i]]);
  const n = rows.length;
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(rows[i][k]) > Math.abs(rows[pivot][k])) pivot = i;
    [rows[k], rows[pivot]] = [rows[pivot], rows[k]];
    for (let i = k + 1; i < n; i++) {
      const factor = rows[i][k] / rows[k][k];
      for (let j = k; j <= n; j++) rows[i][j] -= factor * rows[k][j];
    }
  }
  const x = new Float64Array(n);
  for (let i = n - 1; i >= 0; i--) {
    let sum = rows[i][n];
    for (let j = i + 1; j < n; j++) sum -= rows[i][j] * x[j];
    x[i] = sum / rows[i][i];
  }
  return x;
}

/** Uniform numbers in [0, 1) that are the same in every run (mulberry32; Ettinger, 2017). */
export function uniform(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Normal numbers of variance 1 (Box and Muller, 1958). */
export function normal(seed: number): () => number {
  const next = uniform(seed);
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}
