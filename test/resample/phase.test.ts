/** Minimum and intermediate phase: the magnitude of the linear-phase filters, with other delays. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { aliasRejection, bandwidth, imageRejection, ripple, signalToNoise } from '../../src/measure/resampler.js';
import { backlog, chunkInvariance, impulse, lengths } from '../../src/measure/resampler-timing.js';
import { fitTone, tone } from '../../src/measure/tone.js';
import type { ResamplerOptions } from '../../src/resample/options.js';
import { Resampler } from '../../src/resample/resampler.js';
import { type Bench, benchOf } from './_bench.js';
import { promises } from './_promises.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load();
});

describe.each([
  ['minimum', 'high', 44100, 48000],
  ['minimum', 'archive', 48000, 44100],
  ['minimum', 'reference', 48000, 44100],
  ['intermediate', 'high', 44100, 48000],
  ['intermediate', 'archive', 48000, 16000],
] as const)('%s phase, %s, %i to %i Hz', (phase, quality, from, to) => {
  const promise = promises[quality];
  let device: Bench;
  beforeAll(() => {
    device = benchOf(engine, { from, to, quality, phase });
  });
  afterAll(() => device.dispose());

  it('keeps the figures of the linear-phase preset', () => {
    expect(signalToNoise(device, { frames: 8192 }).decibels).toBeGreaterThan(promise.signalToNoise);
    expect(ripple(device)).toBeLessThan(promise.ripple);
    expect(bandwidth(device).tenthDecibel).toBeGreaterThanOrEqual(promise.tenthDecibel ?? 0);
    const rejection = (from > to ? aliasRejection : imageRejection)(device, { frames: 16384 });
    expect(rejection.decibels).toBeGreaterThan(promise.rejection);
  });

  it('is as late as it reports, gives exact lengths, and the same bits for every chunking', () => {
    const { latencySeconds, jitterFrames } = backlog(device, { frames: 3000 });
    expect(latencySeconds).toBeCloseTo(device.latencySeconds, 15);
    expect(jitterFrames).toBeLessThanOrEqual(1);
    for (const { firstDifference } of chunkInvariance(device)) expect(firstDifference).toBeNull();
    for (const row of lengths(device, [0, 1, 2, 147, 1000])) expect(row.outputFrames).toBe(row.expectedFrames);
  });

  it('rings before an impulse hardly, or not at all', () => {
    const { preRinging } = impulse(device);
    if (phase === 'minimum') expect(preRinging).toBe(-Infinity);
    else expect(preRinging).toBeLessThan(-19);
  });
});

describe('a minimum-phase filter of 100 dB from 44.1 to 48 kHz', () => {
  const quality = { passband: 0.9, stopband: 1, attenuationDecibels: 100 };
  const options = { from: 44100, to: 48000, quality, phase: 'minimum' } as const;

  it('delays 1 kHz by at most 0.15 ms, at no latency', () => {
    const resampler = new Resampler(engine, options);
    expect(resampler.groupDelaySeconds(1000)).toBeGreaterThan(0);
    expect(resampler.groupDelaySeconds(1000)).toBeLessThanOrEqual(0.15e-3);
    expect(resampler.latencyFrames).toBe(0);
    expect(resampler.latency).toEqual({ numerator: 0, denominator: 1 });
    resampler.dispose();
  });

  it('has the magnitude that the linear-phase filter of these figures has', () => {
    const [minimum, linear] = [benchOf(engine, options), benchOf(engine, { ...options, phase: 'linear' })];
    expect(imageRejection(minimum, { frames: 8192 }).decibels).toBeGreaterThan(
      imageRejection(linear, { frames: 8192 }).decibels - 1,
    );
    expect(ripple(minimum, { frames: 4096 })).toBeLessThan(1e-3);
    expect(bandwidth(minimum)).toEqual(bandwidth(linear));
    minimum.dispose();
    linear.dispose();
  });
});

/** Tones, as shares of the Nyquist frequency: more of them in `npm run test:long`, which sets PALEY_LONG. */
const PLACES = process.env.PALEY_LONG ? [0.1, 0.3, 0.7, 0.89] : [0.3, 0.89];

const RATIOS: readonly (ResamplerOptions & { from: number; to: number })[] = [
  { from: 44100, to: 48000 },
  { from: 48000, to: 16000, quality: 'voice' },
  { from: 44100, to: 47999, quality: 'archive' },
  { from: 48000, to: 44101, quality: 'reference' },
  { from: 48000, to: 48000, minRatio: 0.8, maxRatio: 1.25 },
];

describe.each(RATIOS)('any ratio: %o', (options) => {
  it('in minimum phase gives frame k with the input frame at or next before its instant', () => {
    const resampler = new Resampler(engine, { ...options, quality: 'voice', phase: 'minimum' });
    let come = 0;
    for (let i = 0; i < 400; i++) {
      come += resampler.process([Float32Array.of(i === 0 ? 1 : 0)])[0].length;
      // All whose instants come before the next input frame's.
      expect(come).toBe(Math.ceil(((i + 1) * options.to) / options.from));
    }
    expect(resampler.flush()[0].length).toBe(0);
    resampler.dispose();
  });

  it.each(['linear', 'intermediate', 'minimum'] as const)(
    'in %s phase puts a tone where its group delay says',
    (phase) => {
      const device = benchOf(engine, { ...options, phase });
      const resampler = new Resampler(engine, { ...options, phase });
      const nyquist = Math.min(options.from, options.to) / 2;
      const frames = 12000;
      /** The phase in turns that a tone at a frequency comes with. */
      const phaseAt = (hertz: number) => {
        const exact = tone(frames, hertz / options.from, 0.9);
        const output = device.run(device.sample === 'f64' ? exact : Float32Array.from(exact));
        const first = Math.floor(output.length / 2);
        const length = Math.floor(output.length / 4);
        let [re, im] = [0, 0];
        for (let n = 0; n < length; n++) {
          const angle = (2 * Math.PI * hertz * (first + n)) / options.to;
          const value = output[first + n] * (1 - Math.cos((2 * Math.PI * (n + 0.5)) / length));
          re += value * Math.cos(angle);
          im -= value * Math.sin(angle);
        }
        return Math.atan2(im, re) / (2 * Math.PI);
      };
      for (const place of PLACES) {
        const hertz = place * nyquist;
        const apart = 0.0005 * nyquist;
        const turns = phaseAt(hertz + apart) - phaseAt(hertz - apart);
        const measured = -(turns - Math.round(turns)) / (2 * apart);
        expect(Math.abs(measured - resampler.groupDelaySeconds(hertz)) * 2 * nyquist).toBeLessThan(0.01);
      }
      device.dispose();
      resampler.dispose();
    },
  );
});

describe('phases', () => {
  it('keep their quality at a ratio the resampler has been moved to', () => {
    for (const phase of ['minimum', 'intermediate'] as const) {
      const resampler = new Resampler(engine, {
        from: 48000,
        to: 48000,
        minRatio: 0.5,
        maxRatio: 2,
        quality: 'high',
        phase,
      });
      resampler.setRatio(0.7);
      const input = Float32Array.from(tone(16384, 0.28, 0.9));
      const output = resampler.process([input])[0];
      const fit = fitTone(output, 0.28 / 0.7, Math.floor(output.length / 2), output.length - 500);
      expect(10 * Math.log10(fit.tonePower / fit.residualPower), phase).toBeGreaterThan(130);
      resampler.reset();
      resampler.setRatio(0.7);
      const above = resampler.process([Float32Array.from(tone(16384, 0.36, 0.9))])[0].subarray(4000);
      const power = above.reduce((sum, value) => sum + value * value, 0) / above.length;
      expect(10 * Math.log10(0.405 / power), phase).toBeGreaterThan(130);
      resampler.dispose();
    }
  });

  it('stand side by side on one engine without a mix-up of tables, and give all memory back', () => {
    const { free } = engine.memory;
    const input = Float32Array.from(tone(2000, 0.11, 0.5));
    const phases = ['linear', 'intermediate', 'minimum'] as const;
    const alone = phases.map((phase) => {
      const resampler = new Resampler(engine, { from: 44100, to: 48000, phase });
      const output = resampler.process([input])[0];
      resampler.dispose();
      return output;
    });
    const together = phases.map((phase) => new Resampler(engine, { from: 44100, to: 48000, phase }));
    expect(together.map((resampler) => resampler.process([input])[0])).toEqual(alone);
    for (const resampler of together) resampler.dispose();
    expect(engine.memory.free).toBe(free);
  });

  it('ring the less before an impulse the less of the linear phase is in them', () => {
    // Energy that comes more than ten periods early, over all of it.
    const early = (['linear', 'intermediate', 'minimum'] as const).map((phase) => {
      const device = benchOf(engine, { from: 48000, to: 16000, phase });
      const impulse = new Float32Array(6000);
      impulse[3000] = 1;
      const energies = Array.from(device.run(impulse), (value) => value * value);
      const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
      device.dispose();
      return 10 * Math.log10(sum(energies.slice(0, 990)) / sum(energies));
    });
    expect(early[0]).toBeGreaterThan(-25);
    expect(early[1]).toBeLessThan(-45);
    expect(early[2]).toBe(-Infinity);
  });

  it('settle within settlingFrames after a step', () => {
    for (const phase of ['linear', 'intermediate', 'minimum'] as const) {
      const resampler = new Resampler(engine, { from: 44100, to: 48000, quality: 'archive', phase });
      const step = resampler.process([new Float32Array(2000).fill(0.5)])[0];
      const settled = Math.ceil((resampler.settlingFrames * 48000) / 44100) + 1;
      for (let k = settled; k < step.length; k++) expect(Math.abs(step[k] - 0.5)).toBeLessThan(1e-7);
      // And it does take that long, but for the last few thousandths of a thousandth.
      const early = step.subarray(Math.floor(settled / 8), Math.floor(settled / 2));
      expect(Math.max(...early.map((value) => Math.abs(value - 0.5)))).toBeGreaterThan(1e-7);
      resampler.dispose();
    }
  });

  it('cost no latency in minimum phase, whose quality a latency target then does not bound', () => {
    const options = { from: 44100, to: 48000, quality: { maxLatencySeconds: 1e-6 }, phase: 'minimum' } as const;
    const resampler = new Resampler(engine, options);
    const archive = new Resampler(engine, { ...options, quality: 'archive' });
    expect(resampler.settlingFrames).toBe(archive.settlingFrames);
    const linear = new Resampler(engine, { from: 44100, to: 48000, quality: 'archive' });
    const between = new Resampler(engine, { from: 44100, to: 48000, quality: 'archive', phase: 'intermediate' });
    expect(between.latencyFrames / linear.latencyFrames).toBeLessThan(1.3);
    for (const made of [resampler, archive, linear, between]) made.dispose();
  });

  it('know the delays of the frequencies in the band, and no others', () => {
    const resampler = new Resampler(engine, { from: 48000, to: 16000, phase: 'minimum' });
    expect(resampler.groupDelaySeconds(7600)).toBeGreaterThan(resampler.groupDelaySeconds(0));
    expect(() => resampler.groupDelaySeconds(8001)).toThrow('frequency expected');
    expect(() => resampler.groupDelaySeconds(-1)).toThrow(RangeError);
    resampler.dispose();
    const copying = new Resampler(engine, { from: 8, to: 8, phase: 'minimum' });
    expect([copying.groupDelaySeconds(3), copying.settlingFrames]).toEqual([0, 0]);
    copying.dispose();
  });
});
