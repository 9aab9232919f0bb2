// Random numbers by counter: four at a time, each a hash of its own index, so that a stream has the same ones however it
// is cut. The hash is the two-round xorshift-multiply of Wellons (hash-prospector, "lowbias32", 2018).

/** The four words of indices `index` … `index` + 3 under a key. */
// @ts-ignore: decorator
@inline
export function randomWords(index: u32, key: u32): v128 {
  let x = i32x4.add(i32x4.splat(index), i32x4(0, 1, 2, 3));
  // The key after the first round, so that keys which differ by a little do not give shifted copies of one sequence.
  x = v128.xor(x, i32x4.shr_u(x, 16));
  x = v128.xor(i32x4.mul(x, i32x4.splat(0x7feb352d)), i32x4.splat(key));
  x = v128.xor(x, i32x4.shr_u(x, 15));
  x = i32x4.mul(x, i32x4.splat(0x846ca68b));
  return v128.xor(x, i32x4.shr_u(x, 16));
}
