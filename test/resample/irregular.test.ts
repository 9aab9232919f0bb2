import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IrregularResampler, type RegularFrames } from '../../src/resample/irregular.js';

/** Uniform noise between −1 and 1 (Park and Miller, 1988). */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return (2 * state) / 2147483647 - 1;
  };
}

/** Stamps at 100 Hz that miss their place by up to 10 % of an interval. */
function jittered(count: number, jitter = 0.1, rate = 100, seed = 12345): Float64Array {
  const random = noise(seed);
  return Float64Array.from({ length: count }, (_, i) => (i + (i === 0 ? 0 : jitter * random())) / rate);
}

const join = (...parts: RegularFrames[]) => parts.flatMap(({ planes }) => [...planes[0]]);

function run(options: ConstructorParameters<typeof IrregularResampler>[0], stamps: Float64Array, values: Float64Array) {
  const resampler = new IrregularResampler(options);
  return join(resampler.process(stamps, [values]), resampler.flush());
}

const decibels = (power: number, reference: number) => 10 * Math.log10(power / reference);
const power = (values: ArrayLike<number>, first = 0, last = values.length) => {
  let sum = 0;
  for (let i = first; i < last; i++) sum += values[i] ** 2;
  return sum / (last - first);
};

describe('IrregularResampler', () => {
  it('brings a 10 Hz sine back from 100 Hz samples with 10 % jitter, 30 dB better than nearest or linear', () => {
    const stamps = jittered(1200);
    const signal = (seconds: number) => Math.sin(2 * Math.PI * 10 * seconds + 0.3);
    const values = stamps.map(signal);
    const ours = run({ nominalRate: 100, to: 100 }, stamps, values);
    const errors = { ours: 0, nearest: 0, linear: 0 };
    for (let k = 100; k < 1100; k++) {
      const seconds = k / 100;
      const after = stamps.findIndex((stamp) => stamp >= seconds);
      const share = (seconds - stamps[after - 1]) / (stamps[after] - stamps[after - 1]);
      const linear = values[after - 1] * (1 - share) + values[after] * share;
      const nearest = share < 0.5 ? values[after - 1] : values[after];
      errors.ours += (ours[k] - signal(seconds)) ** 2;
      errors.linear += (linear - signal(seconds)) ** 2;
      errors.nearest += (nearest - signal(seconds)) ** 2;
    }
    expect(decibels(errors.linear, errors.ours)).toBeGreaterThan(30);
    expect(decibels(errors.nearest, errors.ours)).toBeGreaterThan(30);
    expect(decibels(errors.ours, 500)).toBeLessThan(-70);
  });

  it('does not fold what lies above the new Nyquist frequency', () => {
    const stamps = jittered(900);
    const random = noise(99);
    // White from 12.5 to 50 Hz: many sines of random phase.
    const sines = Array.from({ length: 150 }, (_, i) => [12.5 + (i + 0.5) / 4, Math.PI * random()]);
    const values = stamps.map((seconds) =>
      sines.reduce((sum, [hertz, phase]) => sum + Math.sin(2 * Math.PI * hertz * seconds + phase), 0),
    );
    const output = run({ nominalRate: 100, to: 25 }, stamps, values);
    expect(decibels(power(output, 60, output.length - 60), power(values))).toBeLessThan(-50);
    const inBand = run(
      { nominalRate: 100, to: 25 },
      stamps,
      stamps.map((seconds) => Math.sin(2 * Math.PI * 5 * seconds)),
    );
    for (let k = 60; k < inBand.length - 60; k++) {
      expect(Math.abs(inBand[k] - Math.sin((2 * Math.PI * 5 * k) / 25))).toBeLessThan(5e-3);
    }
  });

  it('keeps a constant, to the last frame of short pieces as well', () => {
    for (const count of [1, 2, 3, 10, 100]) {
      const stamps = jittered(count);
      const output = run({ nominalRate: 100, to: 130 }, stamps, new Float64Array(count).fill(9.81));
      expect(output.length).toBe(Math.floor(stamps[count - 1] * 130 + 1e-9) + 1);
      for (const value of output) expect(value).toBeCloseTo(9.81, 9);
    }
  });

  it('reports a gap, invents nothing in it, and lets nothing from beyond it in', () => {
    const stamps = jittered(400).map((stamp, i) => (i < 200 ? stamp : stamp + 0.5));
    const one = stamps.map((_, i) => (i < 200 ? 1 : 1000));
    const resampler = new IrregularResampler({ nominalRate: 100, to: 100, maxGapSeconds: 0.1 });
    const body = resampler.process(stamps, [one]);
    const output = join(body, resampler.flush());
    const [gap, ...others] = body.gaps;
    expect(others).toEqual([]);
    expect([gap.startSeconds, gap.endSeconds]).toEqual([stamps[199], stamps[200]]);
    output.forEach((value, k) => {
      const inside = k >= gap.firstFrame && k < gap.firstFrame + gap.frames;
      expect(Number.isNaN(value)).toBe(inside);
      expect(inside).toBe(k / 100 > stamps[199] && k / 100 < stamps[200]);
      if (!inside) expect(value).toBeCloseTo(k < gap.firstFrame ? 1 : 1000, 6);
    });
    expect(gap.frames).toBeGreaterThan(45);
  });

  it('bridges what is no longer than the gap allowed', () => {
    const all = jittered(600);
    const stamps = all.filter((_, i) => i % 50 !== 25);
    const signal = (seconds: number) => Math.sin(2 * Math.PI * 10 * seconds);
    const output = run({ nominalRate: 100, to: 100 }, stamps, stamps.map(signal));
    for (let k = 100; k < 500; k++) expect(Math.abs(output[k] - signal(k / 100))).toBeLessThan(0.01);
  });

  it('gives the same bits however the input is cut, and at the real-time door', () => {
    const stamps = jittered(120, 0.4);
    const random = noise(5);
    const values = stamps.map(random);
    const options = { nominalRate: 100, to: 80 };
    const whole = run(options, stamps, values);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 8 }), (cuts) => {
        const resampler = new IrregularResampler(options);
        const parts: RegularFrames[] = [];
        let at = 0;
        for (const cut of [...cuts, stamps.length]) {
          parts.push(resampler.process(stamps.subarray(at, at + cut), [values.subarray(at, at + cut)]));
          expect(parts[parts.length - 1].firstFrame).toBe(join(...parts.slice(0, -1)).length);
          at = Math.min(stamps.length, at + cut);
        }
        expect(join(...parts, resampler.flush())).toEqual(whole);
      }),
      { numRuns: 10 },
    );
    const resampler = new IrregularResampler(options);
    const output: number[] = [];
    const frame = new Float64Array(1);
    stamps.forEach((stamp, i) => {
      resampler.push(stamp, values.subarray(i, i + 1));
      while (resampler.next(frame)) output.push(frame[0]);
    });
    expect([...output, ...join(resampler.flush())]).toEqual(whole);
  });

  it('gives a frame as soon as a stamp lies its latency behind it, and not before', () => {
    const stamps = jittered(300);
    const resampler = new IrregularResampler({ nominalRate: 100, to: 100 });
    let come = 0;
    for (let i = 0; i < stamps.length; i++) {
      come += resampler.process(stamps.subarray(i, i + 1), [new Float64Array(1)]).planes[0].length;
      if (come > 0) expect((come - 1) / 100 + resampler.latencySeconds).toBeLessThanOrEqual(stamps[i] + 1e-12);
      expect(come / 100 + resampler.latencySeconds).toBeGreaterThan(stamps[i] - 1e-12);
    }
  });

  it('keeps channels apart', () => {
    const stamps = jittered(200);
    const a = stamps.map((seconds) => Math.sin(2 * Math.PI * 7 * seconds));
    const b = stamps.map((seconds) => Math.cos(2 * Math.PI * 3 * seconds));
    const resampler = new IrregularResampler({ nominalRate: 100, to: 50, channels: 2 });
    const [body, end] = [resampler.process(stamps, [a, b]), resampler.flush()];
    [a, b].forEach((plane, channel) => {
      expect([...body.planes[channel], ...end.planes[channel]]).toEqual(
        run({ nominalRate: 100, to: 50 }, stamps, plane),
      );
    });
  });

  it('refuses stamps that run backwards, and then has taken nothing', () => {
    const resampler = new IrregularResampler({ nominalRate: 100, to: 100 });
    const two = () => [new Float64Array(2)];
    expect(() => resampler.process(Float64Array.of(0.01, 0), two())).toThrow(
      /stamps\[1\] expected a time after .* 0\.01 s/,
    );
    expect(() => resampler.process(Float64Array.of(0.01, 0.01), two())).toThrow(RangeError);
    expect(() => resampler.process(Float64Array.of(0, Number.NaN), two())).toThrow(/finite/);
    expect(() => resampler.process(Float64Array.of(0, 1e300), two())).toThrow(/flush begins a new grid/);
    expect(resampler.startSeconds).toBeNaN();
    resampler.process(Float64Array.of(5, 5.01), two());
    expect(() => resampler.process(Float64Array.of(5.01), [new Float64Array(1)])).toThrow(RangeError);
    resampler.flush();
    expect(resampler.process(Float64Array.of(1), [new Float64Array(1)]).firstFrame).toBe(0);
    expect(resampler.flush().planes[0].length).toBe(1);
    expect(resampler.flush().planes[0].length).toBe(0);
  });

  it('counts them at the real-time door, with values that are not finite, and goes on', () => {
    const stamps = jittered(100);
    const options = { nominalRate: 100, to: 100 };
    const resampler = new IrregularResampler(options);
    const value = new Float64Array(1);
    for (const stamp of stamps) {
      resampler.push(stamp, value.fill(stamp));
      resampler.push(stamp - 0.001, value.fill(7));
      resampler.push(Number.NaN, value);
      resampler.push(1e300, value);
      resampler.push(stamp + 0.001, value.fill(Number.NaN));
    }
    expect(resampler.faults).toBe(400);
    expect(join(resampler.flush())).toEqual(run(options, stamps, stamps));
  });

  it('refuses options out of range', () => {
    const make = (options: object) => () => new IrregularResampler({ nominalRate: 100, to: 100, ...options });
    expect(make({ to: 5 })).toThrow(/to expected .* times the nominal rate/);
    expect(make({ nominalRate: -1 })).toThrow(RangeError);
    expect(make({ maxGapSeconds: 0.001 })).toThrow(/maxGapSeconds/);
    expect(make({ channels: 65 })).toThrow(RangeError);
    expect(make({ rate: 3 })).toThrow(/has no option 'rate'/);
  });
});
