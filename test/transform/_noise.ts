/** Noise for tests: xorshift32 (Marsaglia, 2003), uniform in [−1, 1). */
export function noise(length: number, seed = 1): Float32Array {
  let state = (seed * 2654435769) >>> 0 || 1;
  return Float32Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 31 - 1;
  });
}
