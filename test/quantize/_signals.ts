/** Signals the tests of block formats share. Not itself tested. */
import fc from 'fast-check';

/** Whole numbers below 2^32, the same on every run (xorshift32; Marsaglia, 2003). */
export function generator(seed = 1): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** Normal deviates (Box and Muller, 1958). */
export function gaussian(length: number, seed = 1): Float32Array {
  const next = generator(seed);
  const uniform = () => (next() + 0.5) / 2 ** 32;
  return Float32Array.from({ length }, () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()));
}

/** Blocks of samples whose level lies anywhere from below the smallest float16 to far above the largest. */
export function blocksOf(blockSize: number, { loudest = 30 } = {}): fc.Arbitrary<Float32Array> {
  const block = fc.tuple(
    fc.integer({ min: -40, max: loudest }),
    fc.array(fc.oneof(fc.float({ min: -1, max: 1, noNaN: true }), fc.constantFrom(0, 1, -1, 0.5)), {
      minLength: blockSize,
      maxLength: blockSize,
    }),
  );
  return fc
    .array(block, { minLength: 1, maxLength: 3 })
    .map((blocks) => Float32Array.from(blocks.flatMap(([level, values]) => values.map((value) => value * 2 ** level))));
}

/** All integer formats, and the block sizes tried. */
export const formats = [2, 3, 4, 5, 6, 7, 8].map((bits) => ({ format: `int${bits}`, bits }));
export const blockSizes = fc.constantFrom(16, 32, 48, 80, 128, 256);

/** Student's t with three degrees of freedom: tails that fall with the fourth power. */
export function student(length: number, seed = 1): Float32Array {
  const parts = Array.from({ length: 4 }, (_, i) => gaussian(length, seed + 17 * i));
  return parts[0].map((value, i) => value / Math.sqrt((parts[1][i] ** 2 + parts[2][i] ** 2 + parts[3][i] ** 2) / 3));
}
