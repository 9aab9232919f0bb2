// The orthonormal Haar transform of float32 blocks. Arithmetic is float64, each level rounded once.
//
// Memory: `batch` blocks of `size` values one behind the other; `work`, `size` values: the sums of the level before, of which
// a level makes half as many sums, in their place, and as many differences, in the block's.

const HALF: f64 = Math.SQRT1_2;

export function haarF32(blocks: usize, batch: i32, work: usize, size: i32, levels: i32): void {
  const bytes = (<usize>size) << 2;
  const factor = f64x2.splat(HALF);
  for (let end = blocks + <usize>batch * bytes; blocks < end; blocks += bytes) {
    memory.copy(work, blocks, bytes);
    let half = bytes >> 1;
    for (let level = 0; level < levels; level++) {
      const differences = blocks + half;
      let at: usize = 0;
      for (; at + 16 <= half; at += 16) {
        const a = v128.load(work + 2 * at);
        const b = v128.load(work + 2 * at, 16);
        const even = v128.shuffle<f32>(a, b, 0, 2, 4, 6);
        const odd = v128.shuffle<f32>(a, b, 1, 3, 5, 7);
        const even0 = f64x2.promote_low_f32x4(even);
        const even1 = f64x2.promote_low_f32x4(v128.shuffle<f32>(even, even, 2, 3, 2, 3));
        const odd0 = f64x2.promote_low_f32x4(odd);
        const odd1 = f64x2.promote_low_f32x4(v128.shuffle<f32>(odd, odd, 2, 3, 2, 3));
        const sum0 = f32x4.demote_f64x2_zero(f64x2.mul(f64x2.add(even0, odd0), factor));
        const sum1 = f32x4.demote_f64x2_zero(f64x2.mul(f64x2.add(even1, odd1), factor));
        const difference0 = f32x4.demote_f64x2_zero(f64x2.mul(f64x2.sub(even0, odd0), factor));
        const difference1 = f32x4.demote_f64x2_zero(f64x2.mul(f64x2.sub(even1, odd1), factor));
        v128.store(work + at, v128.shuffle<f32>(sum0, sum1, 0, 1, 4, 5));
        v128.store(differences + at, v128.shuffle<f32>(difference0, difference1, 0, 1, 4, 5));
      }
      for (; at < half; at += 4) {
        const a = <f64>load<f32>(work + 2 * at);
        const b = <f64>load<f32>(work + 2 * at, 4);
        store<f32>(work + at, <f32>((a + b) * HALF));
        store<f32>(differences + at, <f32>((a - b) * HALF));
      }
      half >>= 1;
    }
    memory.copy(blocks, work, bytes >> levels);
  }
}

/** Sums are doubled in number from the top down, so that none is overwritten before it is used. */
export function inverseHaarF32(blocks: usize, batch: i32, work: usize, size: i32, levels: i32): void {
  const bytes = (<usize>size) << 2;
  const factor = f64x2.splat(HALF);
  for (let end = blocks + <usize>batch * bytes; blocks < end; blocks += bytes) {
    memory.copy(work, blocks, bytes >> levels);
    for (let level = levels - 1; level >= 0; level--) {
      const half = bytes >> (level + 1);
      const differences = blocks + half;
      let at = half;
      if (half >= 16) {
        do {
          at -= 16;
          const a = v128.load(work + at);
          const b = v128.load(differences + at);
          const a0 = f64x2.promote_low_f32x4(a);
          const a1 = f64x2.promote_low_f32x4(v128.shuffle<f32>(a, a, 2, 3, 2, 3));
          const b0 = f64x2.promote_low_f32x4(b);
          const b1 = f64x2.promote_low_f32x4(v128.shuffle<f32>(b, b, 2, 3, 2, 3));
          const even0 = f32x4.demote_f64x2_zero(f64x2.mul(f64x2.add(a0, b0), factor));
          const even1 = f32x4.demote_f64x2_zero(f64x2.mul(f64x2.add(a1, b1), factor));
          const odd0 = f32x4.demote_f64x2_zero(f64x2.mul(f64x2.sub(a0, b0), factor));
          const odd1 = f32x4.demote_f64x2_zero(f64x2.mul(f64x2.sub(a1, b1), factor));
          v128.store(work + 2 * at, v128.shuffle<f32>(even0, odd0, 0, 4, 1, 5));
          v128.store(work + 2 * at, v128.shuffle<f32>(even1, odd1, 0, 4, 1, 5), 16);
        } while (at > 0);
      } else {
        do {
          at -= 4;
          const a = <f64>load<f32>(work + at);
          const b = <f64>load<f32>(differences + at);
          store<f32>(work + 2 * at, <f32>((a + b) * HALF));
          store<f32>(work + 2 * at, <f32>((a - b) * HALF), 4);
        } while (at > 0);
      }
    }
    memory.copy(blocks, work, bytes);
  }
}
