import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Governor, type GovernorOptions } from '../../src/pipeline/governor.js';

const QUANTUM = 128 / 48000;
/** What the rungs really cost, as a share of a quantum, on a quiet machine. */
const COSTS = [0.2, 0.1, 0.05];

const governor = (options: Partial<GovernorOptions> = {}) =>
  new Governor({ quantumSeconds: QUANTUM, load: 0.25, rungs: 3, ...options });

/** Runs seconds of a machine on which everything takes `slow(quantum)` times as long; returns the changes. */
function simulate(it: Governor, seconds: number, slow: (quantum: number) => number) {
  const changes: { quantum: number; rung: number }[] = [];
  for (let quantum = 0; quantum < seconds / QUANTUM; quantum++) {
    const before = it.rung;
    const after = it.observe(COSTS[before] * slow(quantum) * QUANTUM);
    if (after !== before) changes.push({ quantum, rung: after });
  }
  return changes;
}

const random = (seed: number) => {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
};

describe('the governor', () => {
  it('leaves a chain alone that keeps its budget', () => {
    const it = governor();
    expect(simulate(it, 30, () => 1)).toEqual([]);
    expect(it.overloaded).toBe(false);
  });

  it('steps down within 50 quanta of an overload, and within 250 where only means are known', () => {
    for (const [resolution, limit] of [
      ['quantum', 50],
      ['mean', 250],
    ] as const) {
      for (const start of [0, 100, 777, 2000]) {
        const it = governor({ resolution });
        const [first] = simulate(it, 10, (quantum) => (quantum >= start ? 1.6 : 1));
        expect(first.rung).toBe(1);
        expect(first.quantum - start).toBeGreaterThan(0);
        expect(first.quantum - start).toBeLessThanOrEqual(limit);
      }
    }
  });

  it('goes as far down at once as the costs say is needed', () => {
    const it = governor({ rungCosts: COSTS });
    expect(simulate(it, 0.5, () => 4).map(({ rung }) => rung)).toEqual([2]);
  });

  it('learns what the rungs cost where it is not told', () => {
    const it = governor();
    // Slow enough that rung 0 is too much and rung 1 is not: it must not try rung 0 again.
    expect(simulate(it, 60, () => 1.5).map(({ rung }) => rung)).toEqual([1]);
  });

  it('steps up again when there is room', () => {
    const it = governor();
    const changes = simulate(it, 30, (quantum) => (quantum * QUANTUM < 5 ? 1.6 : 0.5));
    expect(changes.map(({ rung }) => rung)).toEqual([1, 0]);
    expect((changes[1].quantum * QUANTUM - 5) / 1).toBeLessThan(3);
  });

  it('does not take one long pause of the machine for an overload', () => {
    expect(simulate(governor(), 20, (quantum) => (quantum % 500 === 499 ? 200 : 1))).toEqual([]);
  });

  it('changes at most once a second, whatever the load does, and ever more rarely where it hovers', () => {
    fc.assert(
      fc.property(fc.integer(), fc.double({ min: 0.5, max: 3, noNaN: true }), fc.boolean(), (seed, level, told) => {
        const next = random(seed);
        const it = governor(told ? { rungCosts: COSTS } : {});
        const changes = simulate(it, 60, () => level * 2 * next());
        for (const [index, { quantum }] of changes.slice(1).entries()) {
          expect((quantum - changes[index].quantum) * QUANTUM).toBeGreaterThanOrEqual(1);
        }
        expect(changes.length).toBeLessThan(12);
      }),
      { numRuns: 40 },
    );
  });

  it('gets slower to try again each time trying was wrong', () => {
    const it = governor();
    // Cheap whenever it is on rung 1, dear whenever it is on rung 0: costs that tell lies.
    let changes = 0;
    for (let quantum = 0; quantum < 120 / QUANTUM; quantum++) {
      const before = it.rung;
      it.observe((before === 0 ? 0.4 : 0.01) * QUANTUM);
      if (it.rung !== before) changes++;
    }
    expect(changes).toBeLessThan(16);
  });

  it('tells mean, median, 99th percentile and worst of the last 1024 quanta', () => {
    const it = governor();
    expect(it.figures()).toEqual({ quanta: 0, mean: 0, median: 0, percentile99: 0, worst: 0 });
    for (let quantum = 0; quantum < 3000; quantum++) it.observe((quantum % 1024) * 1e-4 * QUANTUM);
    const { quanta, mean, median, percentile99, worst } = it.figures();
    expect(quanta).toBe(3000);
    expect(mean).toBeCloseTo(0.05115, 6);
    expect(median).toBeCloseTo(0.0512, 6);
    expect(percentile99).toBeCloseTo(0.1013, 4);
    expect(worst).toBeCloseTo(0.1023, 6);
  });

  it('refuses options that make no sense', () => {
    expect(() => governor({ load: 0 })).toThrow(RangeError);
    expect(() => governor({ rungs: 0 })).toThrow(RangeError);
    expect(() => governor({ rungCosts: [1, Number.NaN, 1] })).toThrow();
    expect(() => governor({ resolution: 'fine' as 'mean' })).toThrow(/quantum, mean/);
  });
});
