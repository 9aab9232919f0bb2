/** A plan spreads its bits over the whole recording, whatever a step is worth in it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PlannedRate } from '../../src/wave/_planned-rate.js';
import { makeRandom } from './_signals.js';

const SAMPLES = 128;
const FIRST = 100;

/** A recording whose spans take so much less an index, and `excess` times what the survey found: the indices coded at. */
function run(spans: number, excess: number, worth: number, left: number, seed: number) {
  const random = makeRandom(seed);
  const surveyed = Float32Array.from({ length: spans }, () => 250 * (1 + 0.3 * random()));
  const total = surveyed.reduce((sum, bits) => sum + bits, 0);
  const bitsPerSample = (left * total) / (spans * SAMPLES);
  const plan = { stepIndex: FIRST, bits: surveyed, samples: spans * SAMPLES };
  const rate = new PlannedRate(plan, bitsPerSample, SAMPLES, 1);
  const indices: number[] = [];
  let spent = 0;
  for (const [span, bits] of surveyed.entries()) {
    const index = rate.first;
    const taken = Math.round(excess * bits * Math.exp(-worth * (index - FIRST)));
    const held = Math.min(taken, rate.limit());
    // A little less is what another step or two are for; much less, but in the very last ones, is a part that is lost.
    if (held < 0.6 * taken && span < spans - 4)
      return { indices, spent, budget: bitsPerSample * spans * SAMPLES, isStarved: true };
    rate.take(held, index);
    indices.push(index);
    spent += held;
  }
  return { indices, spent, budget: bitsPerSample * spans * SAMPLES, isStarved: false };
}

test('no end of a recording is starved, though a step saves a quarter of what it does as a rule, or twice as much', () => {
  fc.assert(
    fc.property(
      fc.record({
        spans: fc.integer({ min: 300, max: 3000 }),
        excess: fc.double({ min: 0.9, max: 1.1, noNaN: true }),
        worth: fc.double({ min: 0.008, max: 0.06, noNaN: true }),
        left: fc.double({ min: 0.93, max: 1.05, noNaN: true }),
        seed: fc.nat(1e6),
      }),
      ({ spans, excess, worth, left, seed }) => {
        const { indices, spent, budget, isStarved } = run(spans, excess, worth, left, seed);
        expect(isStarved).toBe(false);
        expect(spent).toBeLessThanOrEqual(budget + 64);
        expect(spent).toBeGreaterThan(0.975 * budget);
        // Where the step that is right for all lies, and how much coarser the end is.
        const right = FIRST + Math.log(excess / left) / worth;
        const tail = indices.slice(-Math.ceil(spans / 10));
        const mean = tail.reduce((sum, index) => sum + index, 0) / tail.length;
        expect(mean - right).toBeLessThan(30);
      },
    ),
    { numRuns: 200 },
  );
});
