// The Walsh–Hadamard transform of float64 values in natural order: two to a vector.
//
// Memory: `batch` transforms of `size` values, one behind the other, in place, and up to 15 bytes behind them.
import { Wrap } from '../lib/butterfly';
import { transformValues } from './vector-passes';

/** y = scale·H·x; the size is a power of two. */
export function fwhtF64(p: usize, size: i32, batch: i32, scale: f64): void {
  transformValues<f64, Wrap>(p, ctz(size), batch, scale);
}
