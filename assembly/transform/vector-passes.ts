// The passes of passes.ts for every type of value, shorter and so a little slower. A register kernel does the stages
// inside a vector and three more, a pass of radix 2 or 4 the next one or two where the number of bits asks for it, and
// passes of radix 8 all others, each transform depth first from BLOCK bytes up. Butterflies that saturate or halve are
// so much longer that radix 4 is enough. Every value sees the stages in the order of the index bits, lowest first, on
// which the results of saturating butterflies depend.
//
// Memory: values in place; the last vector is read and written whole, up to 15 bytes behind the last value.
import { column2, column4, column8, laneStages, Wrap } from '../lib/butterfly';
import { BLOCK } from './passes';

/** One stage, of stride `stride` bytes. */
function radix2<T, P>(p: usize, end: usize, stride: usize): void {
  do {
    const stop = p + stride;
    do {
      column2<T, P>(p, stride);
      p += 16;
    } while (p < stop);
    p += stride;
  } while (p < end);
}

/** Two stages, of strides `stride` and 2·stride. */
function radix4<T, P>(p: usize, end: usize, stride: usize): void {
  do {
    const stop = p + stride;
    do {
      column4<T, P>(p, stride);
      p += 16;
    } while (p < stop);
    p += 3 * stride;
  } while (p < end);
}

/** Three stages. */
function radix8<T, P>(p: usize, end: usize, stride: usize): void {
  const none = i64x2.splat(0);
  do {
    const stop = p + stride;
    do {
      column8<T, P>(p, stride, false, none);
      p += 16;
    } while (p < stop);
    p += 7 * stride;
  } while (p < end);
}

/** The stages of strides from `stride` below `bytes`, which is `stride` times a power of two. */
function passes<T, P>(p: usize, end: usize, stride: usize, bytes: usize): void {
  if (sizeof<P>() === sizeof<Wrap>()) {
    const rest = ctz(bytes / stride) % 3;
    if (rest === 1) radix2<T, P>(p, end, stride);
    else if (rest === 2) radix4<T, P>(p, end, stride);
    for (stride <<= rest; stride < bytes; stride <<= 3) radix8<T, P>(p, end, stride);
  } else {
    const rest = ctz(bytes / stride) & 1;
    if (rest === 1) radix2<T, P>(p, end, stride);
    for (stride <<= rest; stride < bytes; stride <<= 2) radix4<T, P>(p, end, stride);
  }
}

/** The stages inside vectors and the next three; values times the scale in floating point. */
function sweep<T, P>(p: usize, end: usize, scale: f64): void {
  const factor = isFloat<T>() ? v128.splat<T>(<T>scale) : i64x2.splat(0);
  do {
    column8<T, P>(p, 16, true, factor);
    p += 128;
  } while (p < end);
}

/** The stages inside vectors alone. */
function sweepLanes<T, P>(p: usize, end: usize, bits: i32, scale: f64): void {
  const factor = isFloat<T>() ? v128.splat<T>(<T>scale) : i64x2.splat(0);
  for (; p < end; p += 16) {
    const x = v128.load(p);
    v128.store(p, laneStages<T, P>(isFloat<T>() ? v128.mul<T>(x, factor) : x, bits));
  }
}

/** Whole transforms from p to end, which lie in the first cache level; `stride` 0 means all stages. */
function transformNear<T, P>(p: usize, end: usize, bytes: usize, stride: usize, scale: f64): void {
  // Rows of float32 have kernels of their own, in passes.ts: here they would only take room.
  if (!(isFloat<T>() && sizeof<T>() === 4) && stride === 0) {
    if (sizeof<P>() === sizeof<Wrap>() && bytes >= 128) {
      sweep<T, P>(p, end, scale);
      stride = 128;
    } else {
      sweepLanes<T, P>(p, end, ctz(bytes / sizeof<T>()), scale);
      stride = 16;
    }
  }
  if (stride < bytes) passes<T, P>(p, end, stride, bytes);
}

function transformFar<T, P>(p: usize, bytes: usize, stride: usize, scale: f64): void {
  const end = p + bytes;
  if (bytes <= BLOCK) {
    transformNear<T, P>(p, end, bytes, stride, scale);
    return;
  }
  const part = sizeof<P>() === sizeof<Wrap>() ? bytes >> 3 : bytes >> 2;
  for (let q = p; q < end; q += part) transformFar<T, P>(q, part, stride, scale);
  passes<T, P>(p, end, part, bytes);
}

/** `batch` transforms of 2^bits values, one behind the other. */
export function transformValues<T, P>(p: usize, bits: i32, batch: i32, scale: f64): void {
  if (batch <= 0 || (bits === 0 && scale === 1)) return;
  const bytes = (<usize>sizeof<T>()) << bits;
  const end = p + bytes * batch;
  if (bytes < BLOCK) {
    for (; p < end; p += BLOCK) transformNear<T, P>(p, min(p + BLOCK, end), bytes, 0, scale);
  } else {
    for (; p < end; p += bytes) transformFar<T, P>(p, bytes, 0, scale);
  }
}

/** The transform of each of the columns of 2^bits rows of `rowBytes`, a multiple of 16. */
export function transformVectors<T, P>(p: usize, bits: i32, rowBytes: usize): void {
  transformFar<T, P>(p, rowBytes << bits, rowBytes, 1);
}

/** Goes on with a transform of which the stages below `stride`, a power of two, are done. */
export function finishTransform<T, P>(p: usize, stride: usize, bytes: usize): void {
  if (stride < bytes) passes<T, P>(p, p + bytes, stride, bytes);
}
