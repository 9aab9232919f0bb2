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

/** Whether two typed arrays are of one type and have the same bits: quicker than an assertion that looks at each value. */
export function sameBits(a: ArrayBufferView, b: ArrayBufferView): boolean {
  const bytes = (view: ArrayBufferView) => Buffer.from(view.buffer, view.byteOffset, view.byteLength);
  return a.constructor === b.constructor && bytes(a).equals(bytes(b));
}
