import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StreamFormat } from '../../src/stage/format.js';
import { chainLatency, composeMaps, composePeriods, stageLatency } from '../../src/stage/latency.js';
import { add, compare, type Rational, ratio, subtract } from '../../src/stage/rational.js';

const frames = (numerator: number, denominator = 1): StreamFormat => ({
  kind: 'frames',
  sampleRate: ratio(numerator, denominator),
  channels: 1,
  sample: 'f32',
});

/** A device that gathers blocks of `size` frames and gives them out again as frames. */
const block = (size: number, rate: number) => ({
  input: frames(rate),
  output: frames(rate),
  period: { input: size, output: size },
  inputNeeded: (count: number) => Math.ceil(count / size) * size,
  latency: ratio(size - 1, rate),
});

/** A filter from one rate to another that looks `ahead` input frames beyond the instant of its output. */
const filter = (from: number, to: number, ahead: number) => {
  const { numerator, denominator } = ratio(from, to);
  const map = {
    input: frames(from),
    output: frames(to),
    period: { input: numerator, output: denominator },
    inputNeeded: (count: number) => (count === 0 ? 0 : Math.floor(((count - 1) * numerator) / denominator) + ahead + 1),
  };
  return { ...map, latency: stageLatency(map) };
};

/** The definition itself, walked through with BigInt-free brute force over many periods. */
function bruteForce(map: { inputNeeded(count: number): number }, from: number, to: number, items: number): Rational {
  let largest = ratio(0, 1);
  for (let k = 0; k < items; k++) {
    const difference = subtract(ratio(map.inputNeeded(k + 1) - 1, from), ratio(k, to));
    if (compare(difference, largest) > 0) largest = difference;
  }
  return largest;
}

describe('latency', () => {
  it('of a block of 128 frames is 127 frames', () => {
    expect(stageLatency(block(128, 48000))).toEqual(ratio(127, 48000));
  });

  it('of blocks of 64 followed by blocks of 128 is 127 frames, not 190', () => {
    expect(chainLatency([block(64, 48000), block(128, 48000)])).toEqual(ratio(127, 48000));
    expect(chainLatency([block(128, 48000), block(64, 48000)])).toEqual(ratio(127, 48000));
  });

  it('of blocks of 3 followed by blocks of 5 is what composing the exact maps gives', () => {
    // Output 5 of the second needs input frames up to 9 of the first's output, which needs 12: 11 − 5 = 6.
    expect(chainLatency([block(3, 10), block(5, 10)])).toEqual(ratio(6, 10));
  });

  it('of a filter is its look-ahead', () => {
    expect(filter(44100, 48000, 152).latency).toEqual(ratio(152, 44100));
    expect(filter(48000, 44100, 165).latency).toEqual(ratio(165, 48000));
  });

  it('equals the definition for random chains, and never exceeds the sum of the parts', () => {
    const rate = fc.constantFrom(100, 150, 160, 441, 480);
    fc.assert(
      fc.property(
        rate,
        rate,
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 12 }),
        fc.nat(30),
        (from, to, a, b, ahead) => {
          const chain = [block(a, from), filter(from, to, ahead), block(b, to)];
          const latency = chainLatency(chain);
          const map = composeMaps(chain);
          const period = map.period ?? { output: 0 };
          expect(latency).toEqual(bruteForce(map, from, to, 2 * period.output + 3));
          expect(compare(latency, chain.map((stage) => stage.latency).reduce(add))).toBeLessThanOrEqual(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('falls back to the sum, a bound, where there is no common period to walk through', () => {
    const odd = { ...filter(44100, 48000, 10), period: undefined };
    expect(chainLatency([odd, block(64, 48000)])).toEqual(add(ratio(10, 44100), ratio(63, 48000)));
    expect(composePeriods(undefined, { input: 1, output: 1 })).toBeUndefined();
    const long = [filter(999983, 1000003, 3), block(999979, 1000003)];
    expect(chainLatency(long)).toEqual(long.map((stage) => stage.latency).reduce(add));
  });
});
