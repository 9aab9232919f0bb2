import { describe, expect, it } from 'vitest';
import {
  axisTicks,
  filterResponse,
  linePlot,
  type ResamplerUnderTest,
  sweep,
  tickText,
} from '../../src/measure/index.js';

/** Doubling by straight lines: its filter is a triangle, its gain sinc². */
const straight: ResamplerUnderTest = {
  from: 1000,
  to: 2000,
  sample: 'f64',
  run: (input) =>
    Float64Array.from({ length: 2 * input.length }, (_, k) =>
      k % 2 === 0 ? input[k / 2] : (input[(k - 1) / 2] + (input[(k + 1) / 2] ?? 0)) / 2,
    ),
  stream: () => {
    throw new Error('not needed');
  },
};

describe('filterResponse', () => {
  it('finds the filter between the rates, and its gain', () => {
    const { seconds, values, topHertz, decibelsAt } = filterResponse(straight);
    expect(topHertz).toBe(1000);
    const peak = values.indexOf(1);
    expect([...values.slice(peak - 1, peak + 2)]).toEqual([0.5, 1, 0.5]);
    expect(seconds[peak]).toBe(0);
    // Two points a frame make 1/2 + cos(πf/from)/2 of the triangle.
    for (const hertz of [0, 100, 300, 500]) {
      expect(decibelsAt(hertz)).toBeCloseTo(20 * Math.log10(0.5 + 0.5 * Math.cos((Math.PI * hertz) / 1000)), 9);
    }
  });
});

describe('sweep', () => {
  it('rises linearly to half the rate', () => {
    const values = sweep(4096, 1);
    const crossings = (first: number, last: number) => {
      let count = 0;
      for (let n = first + 1; n < last; n++) if (values[n] * values[n - 1] < 0) count++;
      return count;
    };
    // Half-way it has a quarter of a cycle a frame: a sign change in every second frame.
    expect(crossings(1948, 2148)).toBeGreaterThan(95);
    expect(crossings(1948, 2148)).toBeLessThan(105);
    expect(crossings(3900, 4096)).toBeGreaterThan(185);
  });
});

describe('linePlot', () => {
  it('draws no figure that is not finite, and cuts off what lies beyond the frame', () => {
    const svg = linePlot({
      left: 80,
      top: 40,
      width: 400,
      height: 200,
      title: 'a < b',
      x: { low: 0, high: 4, label: 'x' },
      y: { low: -100, high: 0, label: 'y' },
      curves: [{ x: [0, 1, 2, 3, 4], y: [0, -Infinity, Number.NaN, -1e9, -50] }],
    });
    expect(svg).toContain('a &lt; b');
    expect(svg).not.toMatch(/NaN|Infinity|e\+/);
  });

  it('puts ticks on round values, small ones as powers of ten', () => {
    expect(axisTicks(-180, 10, 6)).toEqual([-150, -100, -50, 0]);
    expect([tickText(-5e-7), tickText(0), tickText(22.05)]).toEqual(['−5e−7', '0', '22.05']);
  });
});
