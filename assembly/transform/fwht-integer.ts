// The Walsh–Hadamard transform of int32 and int16 values in natural order. `policy`: 0 sums and differences modulo 2^32
// or 2^16, 1 clamped, 2 halved. Halving is the inverse: of two coefficients that a butterfly made, the sum and the
// difference are even, and half of them are what it was made of; nothing can overflow that did not before.
//
// Memory: `batch` transforms of `size` values, one behind the other, in place, and up to 15 bytes behind them.
import { Halve, Saturate, Wrap } from '../lib/butterfly';
import { transformValues } from './vector-passes';

/** The size is a power of two. */
export function fwhtI32(p: usize, size: i32, batch: i32, policy: i32): void {
  const bits = ctz(size);
  if (policy === 0) transformValues<i32, Wrap>(p, bits, batch, 1);
  else if (policy === 1) transformValues<i32, Saturate>(p, bits, batch, 1);
  else transformValues<i32, Halve>(p, bits, batch, 1);
}

/** The same with eight values to a vector. */
export function fwhtI16(p: usize, size: i32, batch: i32, policy: i32): void {
  const bits = ctz(size);
  if (policy === 0) transformValues<i16, Wrap>(p, bits, batch, 1);
  else if (policy === 1) transformValues<i16, Saturate>(p, bits, batch, 1);
  else transformValues<i16, Halve>(p, bits, batch, 1);
}
