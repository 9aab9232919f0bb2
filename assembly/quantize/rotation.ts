// The rotation of blocks, here once more: who codes without transforming carries two kilobytes of kernels for it in place
// of the whole transform family.
//
// Memory: `batch` runs of `size` float32 values, a power of two, and `size` u32 sign masks, as in transform/fwht.ts.

import { rotateF32, unrotateF32 } from '../transform/fwht';

/** y = scale·H·D·x for each of the runs, in place. */
export function rotateBlocksF32(p: usize, masks: usize, size: i32, batch: i32, scale: f32): void {
  rotateF32(p, masks, size, batch, scale);
}

/** x = scale·D·H·y. */
export function unrotateBlocksF32(p: usize, masks: usize, size: i32, batch: i32, scale: f32): void {
  unrotateF32(p, masks, size, batch, scale);
}
