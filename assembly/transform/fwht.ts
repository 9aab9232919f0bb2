// The Walsh–Hadamard transform of float32 values in natural (Hadamard) order, and the random rotations made of it.
// passes.ts says how it runs.
//
// Memory: `batch` transforms of `size` values, one behind the other, in place; the size is a power of two, and the
// address a multiple of 4, though a multiple of 16 is faster. Masks are `size` u32 values: 0, or the sign bit.
import {
  highLaneSigns,
  highStage,
  oddLaneSigns,
  oddStage,
  PLAIN,
  SCALED,
  SIGNS_FIRST,
  SIGNS_LAST,
} from '../lib/hadamard';
import { BLOCK, transformAll, transformPlain } from './passes';
import { flipSignsF32, scaleF32 } from './signs';

/** Sizes 1, 2, 4 and 8: whole vectors while there are any, then the last pair. */
function transformSmall(p: usize, size: i32, batch: i32, scale: f32): void {
  const count = size * batch;
  if (size === 1) {
    if (scale !== 1) scaleF32(p, count, scale);
    return;
  }
  const end = p + ((<usize>count) << 2);
  const odd = oddLaneSigns();
  const high = highLaneSigns();
  const factor = f32x4.splat(scale);
  if (size === 8) {
    for (; p < end; p += 32) {
      const x = f32x4.mul(v128.load(p), factor);
      const y = f32x4.mul(v128.load(p, 16), factor);
      v128.store(p, oddStage(highStage(f32x4.add(x, y), high), odd));
      v128.store(p, oddStage(highStage(f32x4.sub(x, y), high), odd), 16);
    }
  } else if (size === 4) {
    for (; p < end; p += 16) v128.store(p, oddStage(highStage(f32x4.mul(v128.load(p), factor), high), odd));
  } else {
    for (; p + 16 <= end; p += 16) v128.store(p, oddStage(f32x4.mul(v128.load(p), factor), odd));
    if (p < end) {
      const x = load<f32>(p) * scale;
      const y = load<f32>(p, 4) * scale;
      store<f32>(p, x + y);
      store<f32>(p, x - y, 4);
    }
  }
}

/** y = scale·H·x; a scale of 1 costs nothing, and any other no pass of its own. */
export function fwhtF32(p: usize, size: i32, batch: i32, scale: f32): void {
  if (batch <= 0) return;
  const bytes = (<usize>(size * batch)) << 2;
  if (size < 16) transformSmall(p, size, batch, scale);
  // By far the most frequent, and where a call more is felt.
  else if (scale === 1 && bytes <= BLOCK) transformPlain(p, p + bytes, (<usize>size) << 2, ctz(size));
  else transformAll(p, ctz(size), batch, 0, scale, scale === 1 ? PLAIN : SCALED);
}

function flipEach(p: usize, masks: usize, size: i32, batch: i32): void {
  const bytes = (<usize>size) << 2;
  for (; batch > 0; batch--, p += bytes) flipSignsF32(p, masks, size);
}

/** y = scale·H·D·x, with D the signs of the masks, the same for every transform of the batch. */
export function rotateF32(p: usize, masks: usize, size: i32, batch: i32, scale: f32): void {
  if (batch <= 0) return;
  if (size < 16) {
    flipEach(p, masks, size, batch);
    transformSmall(p, size, batch, scale);
  } else {
    transformAll(p, ctz(size), batch, masks, scale, SIGNS_FIRST);
  }
}

/** x = scale·D·H·y, which undoes it where the two scales multiply to 1/size. */
export function unrotateF32(p: usize, masks: usize, size: i32, batch: i32, scale: f32): void {
  if (batch <= 0) return;
  if (size < 16) {
    transformSmall(p, size, batch, scale);
    flipEach(p, masks, size, batch);
  } else {
    transformAll(p, ctz(size), batch, masks, scale, SIGNS_LAST);
  }
}
