// The transform of every column of a matrix: the second dimension, or channels that are interleaved. Columns are gathered
// in strips of a cache line into the scratch, where rows that stood a power of two apart no longer fight for the same
// lines of the cache; there a stage is an addition of whole vectors. The rows go back in any order at no cost.
//
// Memory: `rows` rows of `rowBytes` each, in place. `scratch` holds `rows` rows of min(64, rowBytes rounded up to 16)
// bytes, and behind that, for `m` > 1, m·64 bytes. `rows` is m times a power of two, and `table` as hadamard-step.ts has
// it. `type`: 0 float32, 1 float64, 2 int32, 3 int16. `order`: 0 natural, 1 dyadic, 2 sequency; orders are for m = 1
// alone. `divisor` divides float64 where m > 1.
import { Halve, Saturate, Wrap } from '../lib/butterfly';
import { place } from './fwht-ordered';
import { hadamardStepF32, hadamardStepF64, hadamardStepI16, hadamardStepI32 } from './hadamard-step';
import { transformVectors } from './vector-passes';

const F32 = 0;
const F64 = 1;
const I32 = 2;

function copyRow(target: usize, source: usize, bytes: usize): void {
  if (bytes === 64) {
    v128.store(target, v128.load(source));
    v128.store(target, v128.load(source, 16), 16);
    v128.store(target, v128.load(source, 32), 32);
    v128.store(target, v128.load(source, 48), 48);
    return;
  }
  const end = source + bytes;
  for (; source + 16 <= end; source += 16, target += 16) v128.store(target, v128.load(source));
  for (; source + 4 <= end; source += 4, target += 4) store<u32>(target, load<u32>(source));
  if (source < end) store<u16>(target, load<u16>(source));
}

function scaleVectors<T>(p: usize, end: usize, scale: f64): void {
  const factor = v128.splat<T>(<T>scale);
  for (; p < end; p += 16) v128.store(p, v128.mul<T>(v128.load(p), factor));
}

/** The transform of the strip, of m times 2^bits rows of `pitch` bytes; `line` has m·64 bytes where m > 1. */
function transformStrip(
  p: usize,
  pitch: usize,
  bits: i32,
  rows: i32,
  m: i32,
  type: i32,
  parameter: f64,
  table: usize,
  divisor: f64,
  line: usize,
): void {
  const part = pitch << bits;
  const start = p;
  const end = p + pitch * rows;
  if (type === F32) {
    if (parameter !== 1) scaleVectors<f32>(p, end, parameter);
    for (; p < end; p += part) transformVectors<f32, Wrap>(p, bits, pitch);
  } else if (type === F64) {
    if (parameter !== 1) scaleVectors<f64>(p, end, parameter);
    for (; p < end; p += part) transformVectors<f64, Wrap>(p, bits, pitch);
  } else if (type === I32) {
    for (; p < end; p += part) {
      if (parameter === 0) transformVectors<i32, Wrap>(p, bits, pitch);
      else if (parameter === 1) transformVectors<i32, Saturate>(p, bits, pitch);
      else transformVectors<i32, Halve>(p, bits, pitch);
    }
  } else {
    for (; p < end; p += part) {
      if (parameter === 0) transformVectors<i16, Wrap>(p, bits, pitch);
      else if (parameter === 1) transformVectors<i16, Saturate>(p, bits, pitch);
      else transformVectors<i16, Halve>(p, bits, pitch);
    }
  }
  if (m === 1) return;
  if (type === F32) hadamardStepF32(start, m, part, 1, table, line);
  else if (type === F64) hadamardStepF64(start, m, part, 1, table, line, divisor);
  else if (type === I32) hadamardStepI32(start, m, part, 1, table, line, <i32>parameter);
  else hadamardStepI16(start, m, part, 1, table, line, <i32>parameter);
}

/** The rows of the strip, to their places. */
function scatter(
  p: usize,
  rowBytes: usize,
  strip: usize,
  pitch: usize,
  width: usize,
  rows: i32,
  bits: i32,
  order: i32,
): void {
  for (let j = 0; j < rows; j++, strip += pitch) {
    const i = order === 0 || rows < 4 ? j : place(j, bits, order === 2);
    copyRow(p + rowBytes * i, strip, width);
  }
}

/** `parameter`: the scale of floating point, the policy of integers. */
export function fwhtColumns(
  p: usize,
  rowBytes: usize,
  rows: i32,
  scratch: usize,
  type: i32,
  parameter: f64,
  order: i32,
  m: i32,
  table: usize,
  divisor: f64,
): void {
  const pitch = min<usize>(64, (rowBytes + 15) & ~15);
  const bits = ctz(rows / m);
  const end = scratch + pitch * rows;
  if (rowBytes === pitch) {
    // The matrix is its own strip.
    transformStrip(p, pitch, bits, rows, m, type, parameter, table, divisor, end);
    if (order === 0 || rows < 4) return;
    memory.copy(scratch, p, end - scratch);
    scatter(p, rowBytes, scratch, pitch, pitch, rows, bits, order);
    return;
  }
  const stop = p + rowBytes;
  for (; p < stop; p += 64) {
    const width = min<usize>(64, stop - p);
    let q = p;
    for (let s = scratch; s < end; s += pitch, q += rowBytes) copyRow(s, q, width);
    transformStrip(scratch, pitch, bits, rows, m, type, parameter, table, divisor, end);
    scatter(p, rowBytes, scratch, pitch, width, rows, bits, order);
  }
}
