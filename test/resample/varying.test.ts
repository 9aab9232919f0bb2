import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { fitTone } from '../../src/measure/tone.js';
import { DriftCorrector } from '../../src/resample/drift-corrector.js';
import type { RatioChange, ResamplerOptions } from '../../src/resample/options.js';
import { Resampler } from '../../src/resample/resampler.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load();
});

interface Change extends RatioChange {
  readonly ratio: number;
  readonly atFrame: number;
  readonly overFrames: number;
}

/** Resamples `input`, asking for each change as soon as the one before it has begun. */
function run(options: ResamplerOptions, input: Float32Array, changes: readonly Change[], chunk = 64): number[] {
  const resampler = new Resampler(engine, options);
  const output: number[] = [];
  let next = 0;
  const ask = () => {
    if (next === changes.length || (next > 0 && output.length <= changes[next - 1].atFrame)) return;
    const { ratio, ...when } = changes[next++];
    resampler.setRatio(ratio, when);
  };
  ask();
  for (let at = 0; at < input.length; at += chunk) {
    output.push(...resampler.process([input.subarray(at, at + chunk)])[0]);
    ask();
  }
  output.push(...resampler.flush()[0]);
  resampler.dispose();
  return output;
}

/** The instants of the outputs in input frames, by the definition: each is 1/ratio after the one before. */
function instants(start: number, changes: readonly Change[], count: number): number[] {
  const places: number[] = [];
  let [first, last, begin, length] = [start, start, 0, 0];
  let next = 0;
  const ratioAt = (k: number) => (k - begin < length ? first + ((last - first) * (k - begin)) / length : last);
  let place = 0;
  for (let k = 0; k < count; k++) {
    if (next < changes.length && changes[next].atFrame === k) {
      const { ratio, overFrames } = changes[next++];
      [first, last, begin, length] = [ratioAt(k), ratio, k, overFrames];
    }
    places.push(place);
    place += 1 / ratioAt(k);
  }
  return places;
}

const tone = (frames: number, cyclesPerFrame: number, amplitude = 0.9) =>
  Float32Array.from({ length: frames }, (_, n) => amplitude * Math.sin(2 * Math.PI * ((n * cyclesPerFrame) % 1)));

const decibels = (power: number) => 10 * Math.log10(power);

/** Power of the output less a tone at the outputs' instants, over that tone's own, away from the ends. */
function residual(output: readonly number[], places: readonly number[], cyclesPerFrame: number, amplitude: number) {
  let rest = 0;
  let count = 0;
  for (let k = 1000; k < output.length - 1000; k++, count++) {
    rest += (output[k] - amplitude * Math.sin(2 * Math.PI * ((places[k] * cyclesPerFrame) % 1))) ** 2;
  }
  return rest / count;
}

describe('a varying ratio', () => {
  const varying = { from: 48000, to: 48000, quality: 'archive', minRatio: 0.5, maxRatio: 2 } as const;

  it('ramps from 1 to 1.5 in a second with a residual below -110 dB of the tone', () => {
    const changes = [{ ratio: 1.5, overFrames: 48000, atFrame: 2000 }];
    const output = run({ ...varying, minRatio: 1 }, tone(60000, 1000 / 48000), changes);
    const power = residual(output, instants(1, changes, output.length), 1000 / 48000, 0.9);
    expect(decibels(power / (0.9 ** 2 / 2))).toBeLessThan(-140);
  });

  it('steps by 100 ppm up and down every 128 frames with a residual below -120 dBFS', () => {
    const changes = Array.from({ length: 150 }, (_, i) => ({
      ratio: i % 2 === 0 ? 1.0001 : 0.9999,
      overFrames: 0,
      atFrame: 500 + 128 * i,
    }));
    const output = run({ ...varying, minRatio: 0.99 }, tone(20000, 997 / 48000), changes, 16);
    const power = residual(output, instants(1, changes, output.length), 997 / 48000, 0.9);
    expect(decibels(power)).toBeLessThan(-140);
  });

  it('rejects what lies above the band at every ratio of a sweep below 1', () => {
    const changes = [{ ratio: 0.5, overFrames: 8000, atFrame: 200 }];
    // Above the lowest and below the highest cutoff: it fades out on the way, and must not fold back.
    const output = run(varying, tone(16000, 0.5 * 0.9), changes);
    const places = instants(1, changes, output.length);
    for (let k = 200; k < 8000; k += 128) {
      const ratio = 1 - (0.5 * (k - 200)) / 8000;
      if (ratio > 0.9 * 0.97) continue;
      const power = output.slice(k, k + 128).reduce((sum, value) => sum + value ** 2, 0) / 128;
      if (ratio < 0.9 * 0.99) expect(decibels(power), `output ${k} at input ${places[k]}`).toBeLessThan(-130);
    }
  });

  it('keeps its figures at a ratio it has been moved to', () => {
    for (const ratio of [0.5, 0.7, 0.9999, 1.0006, 1.9999]) {
      const input = tone(12000, 0.2 * Math.min(1, ratio));
      const output = run({ ...varying }, input, [{ ratio, overFrames: 300, atFrame: 50 }]);
      const middle = Float64Array.from(output).subarray(2000, output.length - 1000);
      const fit = fitTone(middle, (0.2 * Math.min(1, ratio)) / ratio);
      expect(decibels(fit.tonePower / fit.residualPower), `ratio ${ratio}`).toBeGreaterThan(144);
    }
  });

  it('gives as many frames as have their instant before the end of the input', () => {
    const change = fc.record({
      ratio: fc.double({ min: 0.5, max: 2, noNaN: true }),
      overFrames: fc.integer({ min: 0, max: 400 }),
      atFrame: fc.integer({ min: 0, max: 400 }),
    });
    fc.assert(
      fc.property(change, fc.integer({ min: 0, max: 700 }), (only, frames) => {
        const output = run({ ...varying, quality: 'voice' }, new Float32Array(frames), [only]);
        const places = instants(1, [only], frames * 2 + 3);
        // Where an instant is within rounding of the end either count is right.
        const sharp = places.every((place) => Math.abs(place - frames) > 1e-9 || only.atFrame >= frames);
        if (sharp) expect(output.length).toBe(places.filter((place) => place < frames).length);
      }),
      { numRuns: 100 },
    );
  });

  it('takes no instant on the very end of the input for one before it', () => {
    for (const [from, to] of [
      [2, 3],
      [3, 1],
      [44100, 48000],
      [48000, 44100],
    ]) {
      for (const periods of [1, 7, 40]) {
        const frames = new Float32Array((periods * from) / (from > 3 ? 300 : 1));
        const bounds = { minRatio: to / from / 1.1, maxRatio: 2 };
        const nominal = run({ from, to, quality: 'voice', ...bounds }, frames, []);
        expect(nominal.length, `${from} to ${to}`).toBe((frames.length * to) / from);
      }
    }
    // A ratio set later is the float64 that was given: those that are whole fractions are exact.
    for (const ratio of [1.5, 0.75, 1.25, 2, 0.5, 3]) {
      const options = { from: 1, to: 1, quality: 'voice', minRatio: 0.5, maxRatio: 3 } as const;
      const output = run(options, new Float32Array(600), [{ ratio, overFrames: 0, atFrame: 0 }]);
      expect(output.length, `ratio ${ratio}`).toBe(600 * ratio);
    }
  });

  it('gives the same bits however the input is cut, the changes being at stated frames', () => {
    const input = tone(3000, 0.0371);
    const changes = [
      { ratio: 1.7, overFrames: 300, atFrame: 100 },
      { ratio: 0.6, overFrames: 0, atFrame: 1500 },
    ];
    const whole = run(varying, input, changes, 50);
    for (const chunk of [1, 7, 64, 127]) expect(run(varying, input, changes, chunk)).toEqual(whole);
  });

  it('has one latency whatever the ratio, and inputNeeded always suffices', () => {
    const resampler = new Resampler(engine, varying);
    const seconds = resampler.latency.numerator / resampler.latency.denominator;
    expect(seconds).toBe(400 / 48000);
    expect(resampler.period).toBeUndefined();
    const one = [new Float32Array(1)];
    let come = 0;
    for (let fed = 1; fed < 3000; fed++) {
      if (fed === 900) resampler.setRatio(0.5, { overFrames: 700 });
      come += resampler.process(one)[0].length;
      expect(resampler.inputNeeded(come + 1)).toBeGreaterThanOrEqual(fed);
    }
    resampler.dispose();
  });

  it('starts at its nominal ratio again after flush and reset', () => {
    const input = tone(1500, 0.031);
    const resampler = new Resampler(engine, varying);
    const stream = () => [...resampler.process([input])[0], ...resampler.flush()[0]];
    const fresh = stream();
    resampler.setRatio(1.4);
    expect(stream().length).toBe(2100);
    expect(stream()).toEqual(fresh);
    resampler.setRatio(0.7, { atFrame: 10 });
    resampler.reset();
    expect(stream()).toEqual(fresh);
    resampler.dispose();
  });

  it('refuses ratios out of bounds, frames that are past, and a resampler made without bounds', () => {
    const fixed = new Resampler(engine, { from: 2, to: 3 });
    expect(() => fixed.setRatio(1.5)).toThrow('setRatio expected a resampler made with minRatio or maxRatio');
    fixed.dispose();
    const resampler = new Resampler(engine, varying);
    expect(() => resampler.setRatio(0.4)).toThrow('ratio expected a number from 0.5 to 2, got 0.4');
    expect(() => resampler.setRatio(Number.NaN)).toThrow(RangeError);
    expect(() => resampler.setRatio(Float64Array.of(2.1))).toThrow('ratio[0] expected a number from 0.5 to 2, got 2.1');
    expect(() => resampler.setRatio(new Float64Array(0))).toThrow('ratio[0] expected');
    expect(() => resampler.setRatio('1' as unknown as number)).toThrow(TypeError);
    resampler.process([new Float32Array(1000)]);
    expect(() => resampler.setRatio(1, { atFrame: 100 })).toThrow('atFrame');
    expect(() => resampler.setRatio(1, { overFrames: -1 })).toThrow('overFrames');
    resampler.dispose();
    expect(() => resampler.setRatio(1)).toThrow('was used after dispose()');
    expect(() => new Resampler(engine, { from: 1, to: 2, minRatio: 3 })).toThrow('minRatio');
    expect(() => new Resampler(engine, { from: 1, to: 2, maxRatio: 1 })).toThrow('maxRatio');
  });
});

describe('DriftCorrector', () => {
  /** A buffer filled by a clock off by `partsPerMillion` and emptied by an exact one, a second of 375 blocks at a time. */
  function simulate(partsPerMillion: number, seconds: number) {
    const corrector = new DriftCorrector({ targetFrames: 1024, sampleRate: 48000, timeConstantSeconds: 5 });
    let fill = 1024;
    let ratio = 1;
    let worst = 0;
    for (let block = 0; block < seconds * 375; block++) {
      fill += 128 * (1 + partsPerMillion * 1e-6) * ratio - 128;
      ratio = corrector.update(fill, 128 / 48000);
      worst = Math.max(worst, Math.abs(fill - 1024));
    }
    return { fill, ratio, worst };
  }

  it('finds the ratio of two clocks and brings the buffer back to its target', () => {
    for (const partsPerMillion of [-300, -20, 100, 500]) {
      const { fill, ratio, worst } = simulate(partsPerMillion, 120);
      expect(Math.abs(fill - 1024)).toBeLessThan(0.01);
      expect(ratio * (1 + partsPerMillion * 1e-6)).toBeCloseTo(1, 8);
      // Critically damped: the largest excursion is d·τ/e seconds, of 48,000 frames each.
      expect(worst).toBeLessThan(1.05 * Math.abs(partsPerMillion) * 1e-6 * (5 / Math.E) * 48000);
    }
  });

  it('is down to a tenth after four time constants, and swings through by 14 % at most', () => {
    const options = { targetFrames: 1000, sampleRate: 1000, timeConstantSeconds: 1, maxDeviation: 0.5 };
    const corrector = new DriftCorrector(options);
    let fill = 1100;
    let least = fill;
    for (let step = 0; step < 4000; step++) {
      fill += corrector.update(fill, 0.001) - 1;
      least = Math.min(least, fill);
    }
    expect(Math.abs(fill - 1000)).toBeLessThan(10);
    expect(least).toBeGreaterThan(1000 - 14);
  });

  it('steers a resampler as setRatio with what update gives does', () => {
    const options = { from: 1, to: 1, minRatio: 0.9, maxRatio: 1.1, quality: 'voice' } as const;
    const [steered, set] = [new Resampler(engine, options), new Resampler(engine, options)];
    const [first, second] = [0, 1].map(
      () => new DriftCorrector({ targetFrames: 100, sampleRate: 1000, maxDeviation: 0.1 }),
    );
    const input = Float32Array.from({ length: 50 }, (_, i) => Math.sin(i));
    for (let block = 0; block < 20; block++) {
      const fill = 100 + 7 * Math.sin(block);
      first.steer(steered, fill, 0.05, { overFrames: 30 });
      set.setRatio(second.update(fill, 0.05), { overFrames: 30 });
      expect(steered.process([input])).toEqual(set.process([input]));
    }
    steered.dispose();
    set.dispose();
  });

  it('stays within its limit, and recovers from it at once', () => {
    const corrector = new DriftCorrector({ targetFrames: 100, sampleRate: 48000, ratio: 2, maxDeviation: 0.01 });
    for (let i = 0; i < 1000; i++) expect(corrector.update(1e6, 1)).toBe(2 * 0.99);
    expect(corrector.update(100, 0.1)).toBe(2);
    corrector.reset();
    expect(corrector.update(100, 1)).toBe(2);
  });

  it('refuses options and fills that make no sense', () => {
    expect(() => new DriftCorrector({ targetFrames: -1, sampleRate: 1 })).toThrow('targetFrames');
    expect(() => new DriftCorrector({ targetFrames: 1, sampleRate: 0 })).toThrow('sampleRate');
    expect(() => new DriftCorrector({ targetFrames: 1, sampleRate: 1, maxDeviation: 0 })).toThrow('maxDeviation');
    const corrector = new DriftCorrector({ targetFrames: 1, sampleRate: 1 });
    expect(() => corrector.update(Number.NaN, 1)).toThrow('fillFrames');
    expect(() => corrector.update(1, -1)).toThrow('elapsedSeconds');
  });
});
