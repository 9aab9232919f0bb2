import { beforeAll, describe, expect, it } from 'vitest';
import { groupDelaySeconds, minimumPhase } from '../../src/resample/minimum-phase.js';

/** A low pass by Kaiser's window, with Math's functions: −6 dB at `cutoff` half cycles of the input rate. */
function kaiserLowPass(attenuation: number, halfWidth: number, cutoff: number, up: number): Float64Array {
  const bessel = (x: number) => {
    let [term, sum] = [1, 1];
    for (let k = 1; term > 1e-18 * sum; k++) {
      term *= (x / 2 / k) ** 2;
      sum += term;
    }
    return sum;
  };
  const beta = 0.1102 * (attenuation - 8.7);
  const middle = up * halfWidth;
  const values = Float64Array.from({ length: 2 * middle + 1 }, (_, i) => {
    const x = (Math.PI * cutoff * (i - middle)) / up;
    return (x === 0 ? 1 : Math.sin(x) / x) * bessel(beta * Math.sqrt(1 - ((i - middle) / middle) ** 2));
  });
  const sum = values.reduce((total, value) => total + value, 0);
  return values.map((value) => (value * up) / sum);
}

/** |H| at a frequency in half cycles of the input rate. */
function gainAt(coefficients: Float64Array, up: number, frequency: number): number {
  let [re, im] = [0, 0];
  for (let n = 0; n < coefficients.length; n++) {
    const angle = (Math.PI * frequency * n) / up;
    re += coefficients[n] * Math.cos(angle);
    im += coefficients[n] * Math.sin(angle);
  }
  return Math.hypot(re, im) / up;
}

const decibels = (gain: number) => 20 * Math.log10(gain);
const grid = (low: number, high: number, count: number) =>
  Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));

describe.each([
  ['100 dB, 44.1 → 48 kHz', 100, 64, 0.9495, 160, 1e-5],
  ['149 dB at eight points a frame', 149, 200, 0.9745, 8, 1e-5],
  ['184 dB at four points a frame', 184, 440, 0.986, 4, 1e-7],
] as const)('a minimum-phase filter of %s', (_, attenuation, halfWidth, cutoff, up, ripple) => {
  let linear: Float64Array;
  let minimum: Float64Array;
  beforeAll(() => {
    linear = kaiserLowPass(attenuation, halfWidth, cutoff, up);
    minimum = minimumPhase(linear, { attenuationDecibels: attenuation });
  });

  it('has the magnitude of the linear-phase one: the pass band to its ripple, the stop band to a decibel', () => {
    expect(minimum.length).toBe(linear.length);
    for (const frequency of grid(0.001, 0.9, 40)) {
      const [a, b] = [gainAt(minimum, up, frequency), gainAt(linear, up, frequency)];
      expect(Math.abs(decibels(a / b)), `at ${frequency}`).toBeLessThan(ripple);
    }
    const highest = (filter: Float64Array) =>
      Math.max(...grid(1, 1.1, 120).map((frequency) => decibels(gainAt(filter, up, frequency))));
    expect(highest(minimum)).toBeLessThan(highest(linear) + 1);
  });

  it('has at every instant had more of its energy than any filter of that magnitude', () => {
    let [early, late, whole] = [0, 0, 0];
    for (let n = 0; n < linear.length; n++) {
      early += minimum[n] ** 2;
      late += linear[n] ** 2;
      expect(early).toBeGreaterThanOrEqual(late * (1 - 1e-6));
      whole = early;
    }
    let first = 0;
    let count = 0;
    while (first < 0.9 * whole) first += minimum[count++] ** 2;
    expect(count / up).toBeLessThan(40);
  });
});

describe('groupDelaySeconds', () => {
  it('of a symmetric filter is half its length at every frequency', () => {
    const filter = Float64Array.of(1, 2, 5, 2, 1);
    for (const frequency of [0, 10, 33]) expect(groupDelaySeconds(filter, 100, frequency)).toBeCloseTo(0.02, 12);
  });
});

describe('minimumPhase', () => {
  it('turns a delayed echo into a prompt one: zeros outside the circle come in', () => {
    // 1 + 2z⁻¹ has its zero at −2; the same magnitude with the zero at −1/2 is 2 + z⁻¹.
    const prompt = minimumPhase(Float64Array.of(1, 2), { attenuationDecibels: 200 });
    expect(prompt[0]).toBeCloseTo(2, 9);
    expect(prompt[1]).toBeCloseTo(1, 9);
  });

  it('refuses what has no magnitude to keep', () => {
    const options = { attenuationDecibels: 100 };
    expect(() => minimumPhase(new Float64Array(0), options)).toThrow(/coefficients expected 1 to/);
    expect(() => minimumPhase(new Float64Array(8), options)).toThrow(/not all of them zero/);
    expect(() => minimumPhase(Float64Array.of(1, Number.NaN), options)).toThrow(RangeError);
    expect(() => minimumPhase([1, 2] as unknown as Float64Array, options)).toThrow(TypeError);
    expect(() => minimumPhase(Float64Array.of(1), { attenuationDecibels: 300 })).toThrow(/attenuationDecibels/);
  });
});
