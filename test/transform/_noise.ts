/**
 * Largest size that is tried at every size below it, as a power of two: 20 in `npm run test:long`, which sets PALEY_LONG;
 * in `npm test` less, since the reference takes most of a minute for the rest.
 */
export const LARGEST_LOG = process.env.PALEY_LONG ? 20 : 14;

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
