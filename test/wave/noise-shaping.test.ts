import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { fixedFilter } from '../../src/wave/_noise-shaping.js';
import { surveyWave, WaveDecoder, WaveEncoder, type WaveEncoderOptions } from '../../src/wave/index.js';
import {
  bandDecibels,
  inverseBandDecibels,
  inverseDecibels,
  inverseGain,
  thresholdOfHearing,
  thresholdWeightedDecibels,
} from '../reference/noise-spectrum.js';
import { makeRandom, signalToNoise, toFloats, voice } from './_signals.js';

const engine = await Engine.load();
const SHAPINGS = ['fixed', 'adaptive'] as const;

function roundTrip(planes: Float32Array[], options: Omit<WaveEncoderOptions, 'channels'>) {
  const encoder = new WaveEncoder(engine, { channels: planes.length, stateCheck: true, ...options });
  const packets = [...encoder.process(planes), ...encoder.flush()];
  const decoder = new WaveDecoder(engine, encoder.config);
  const decoded = decoder.process(packets).map((plane) => plane.subarray(0, planes[0].length));
  expect([decoder.faults, decoder.concealedFrames]).toEqual([0, 0]);
  encoder.dispose();
  decoder.dispose();
  return { packets, decoded, errors: decoded.map((plane, c) => plane.map((value, n) => value - planes[c][n])) };
}

/** White noise through 1/(1 − a1·z^−1 − a2·z^−2 …), about as loud as `loudness` of full scale. */
function resonance(frames: number, seed: number, coefficients: number[], loudness = 0.1): Float32Array {
  const random = makeRandom(seed);
  const past = coefficients.map(() => 0);
  const values = Float64Array.from({ length: frames }, () => {
    const value = coefficients.reduce((sum, a, j) => sum + a * past[j], random());
    past.unshift(value);
    past.pop();
    return value;
  });
  const power = values.reduce((sum, value) => sum + value ** 2, 0) / frames;
  return Float32Array.from(values, (value) =>
    Math.max(-1, Math.min(1 - 2 ** -15, (value * loudness) / Math.sqrt(power))),
  );
}

/** The most that two curves differ by, apart from their means. */
function distance(a: Float64Array, b: Float64Array): number {
  const offset = a.reduce((sum, value, band) => sum + value - b[band], 0) / a.length;
  return a.reduce((most, value, band) => Math.max(most, Math.abs(value - b[band] - offset)), 0);
}

describe('the fixed filter', () => {
  it('follows the threshold of hearing up to 12 dB above its least, at every rate', () => {
    for (const sampleRate of [4000, 8000, 11025, 16000, 22050, 32000, 44100, 48000, 96000, 192000]) {
      const filter = fixedFilter(sampleRate);
      expect(filter).toHaveLength(16);
      const frequencies = Float64Array.from({ length: 200 }, (_, i) => (i + 0.5) / 400);
      const threshold = frequencies.map((f) => thresholdOfHearing(Math.max(20, f * sampleRate)));
      const least = Math.min(...threshold);
      const wanted = threshold.map((value) => Math.min(value, least + 12));
      const found = frequencies.map((f) => inverseDecibels(filter, f));
      const apart = found.reduce((sum, value, i) => sum + Math.abs(value - wanted[i]), 0) / 200;
      const meanWanted = wanted.reduce((sum, value) => sum + value, 0) / 200;
      // Monic and of minimum phase: 0 dB on average.
      expect(Math.abs(found.reduce((sum, value) => sum + value, 0) / 200)).toBeLessThan(0.05);
      expect(apart).toBeGreaterThan(0);
      const misfit = found.reduce((sum, value, i) => sum + Math.abs(value - wanted[i] + meanWanted), 0) / 200;
      expect([sampleRate, misfit < 1]).toEqual([sampleRate, true]);
      expect(10 * Math.log10(inverseGain(filter))).toBeLessThan(3);
    }
  });
});

describe('noiseShaping', () => {
  it("'none' gives the packets there were without the option", () => {
    const planes = [toFloats(voice(3000, 1)), toFloats(voice(3000, 2))];
    for (const effort of [1, 3]) {
      const options = { sampleRate: 16000, effort };
      expect(roundTrip(planes, { ...options, noiseShaping: 'none' }).packets).toEqual(
        roundTrip(planes, options).packets,
      );
    }
  });

  it("'fixed' leaves an error of the spectrum 1/|W|², and without it the error is white", () => {
    const plane = resonance(24000, 3, [0.5]);
    for (const [effort, predictor] of [
      [1, 'full'],
      [2, 'lite'],
      [3, 'full'],
    ] as const) {
      const options = { sampleRate: 44100, step: 12, effort, predictor };
      const shaped = bandDecibels(roundTrip([plane], { ...options, noiseShaping: 'fixed' }).errors[0], 24);
      const plain = bandDecibels(roundTrip([plane], options).errors[0], 24);
      const expected = inverseBandDecibels(fixedFilter(44100), 24);
      expect(distance(shaped, expected)).toBeLessThan(1);
      expect(distance(plain, new Float64Array(24))).toBeLessThan(1.5);
    }
  });

  it("'adaptive' leaves an error of the spectrum 1/|A(z/γ)|², A being the signal's predictor, and γ such that the error grows by at most 4 dB", () => {
    for (const coefficients of [[1.5, -0.8], [-0.9], [0.6, -0.3, 0.5]]) {
      const plane = resonance(24000, 4, coefficients);
      let filter: number[] = [];
      for (let gamma = 0.8; ; gamma *= 0.9) {
        filter = coefficients.map((a, j) => -a * gamma ** (j + 1));
        if (inverseGain(filter) <= 10 ** 0.4) break;
      }
      const options = { sampleRate: 8000, step: 12, keyInterval: 64, noiseShaping: 'adaptive' } as const;
      const expected = inverseBandDecibels(filter, 16);
      expect(Math.max(...expected) - Math.min(...expected)).toBeGreaterThan(6);
      for (const effort of [1, 3]) {
        const { errors } = roundTrip([plane], { ...options, effort });
        // A search finds errors that are not quite white in W: those that make the next samples cheap.
        expect(distance(bandDecibels(errors[0], 16), expected)).toBeLessThan(effort === 1 ? 1 : 3);
      }
    }
  });

  it('shapes the error of every channel, also where differences are coded and other channels help', () => {
    const left = resonance(24000, 5, [0.9]);
    const noise = resonance(24000, 6, [], 0.002);
    const other = resonance(24000, 8, [0.3], 0.01);
    const planes = [left, left.map((value, n) => value + noise[n]), left.map((value, n) => 0.7 * value + other[n])];
    const expected = inverseBandDecibels(fixedFilter(48000), 24);
    const { errors } = roundTrip(planes, { sampleRate: 48000, step: 12, keyInterval: 16, noiseShaping: 'fixed' });
    for (const error of errors) expect(distance(bandDecibels(error, 24), expected)).toBeLessThan(1.2);
  });

  it("at equal bits 'fixed' lowers the error as the ear weighs it at its threshold", () => {
    const plane = toFloats(voice(20000, 9));
    const options = { sampleRate: 32000, bitsPerSample: 3.2, keyInterval: 256 };
    const [plain, shaped] = (['none', 'fixed'] as const).map((noiseShaping) => {
      const setting = { ...options, noiseShaping };
      const { errors, packets } = roundTrip([plane], { ...setting, plan: surveyWave(engine, [plane], setting) });
      expect(packets.reduce((sum, { length }) => sum + 8 * length, 0)).toBeLessThanOrEqual(3.2 * 20000);
      return thresholdWeightedDecibels(errors[0], 32000);
    });
    expect(shaped).toBeLessThan(plain - 2);
  });

  it("at equal bits 'adaptive' lowers the error where the signal is weakest", () => {
    const plane = resonance(20000, 10, [1.6, -0.9]);
    const signal = bandDecibels(plane, 16);
    const options = { sampleRate: 8000, bitsPerSample: 2.5, keyInterval: 256 };
    const [plain, shaped] = (['none', 'adaptive'] as const).map((noiseShaping) => {
      const setting = { ...options, noiseShaping };
      const { errors } = roundTrip([plane], { ...setting, plan: surveyWave(engine, [plane], setting) });
      const noise = bandDecibels(errors[0], 16);
      return noise.reduce((most, value, band) => Math.max(most, value - signal[band]), -Infinity);
    });
    expect(shaped).toBeLessThan(plain - 2);
  });

  it('never runs away: at any step and rate the error is at most 12 dB above what it is without', {
    timeout: 30_000,
  }, () => {
    fc.assert(
      fc.property(
        fc.record({
          kind: fc.constantFrom('voice', 'clipped', 'impulses', 'start', 'noise', 'ends', 'square', 'tone'),
          seed: fc.nat(1e6),
          noiseShaping: fc.constantFrom(...SHAPINGS),
          constant: fc.constantFrom(
            ...[1, 1.5, 2, 3.2, 6].map((bitsPerSample) => ({ bitsPerSample })),
            ...[1, 30, 500, 5000].map((step) => ({ step })),
          ),
          effort: fc.constantFrom(1, 2),
          predictor: fc.constantFrom('full' as const, 'lite' as const),
          framesPerPacket: fc.constantFrom(64, 128, 256),
          channels: fc.integer({ min: 1, max: 2 }),
          sampleRate: fc.constantFrom(8000, 48000),
        }),
        ({ kind, seed, channels, noiseShaping, constant, ...rest }) => {
          const random = makeRandom(seed + 1);
          const period = 3 + Math.floor(60 * Math.abs(random()));
          const held = (value: number) => Math.max(-1, Math.min(1 - 2 ** -15, value));
          const spoken = toFloats(voice(3000, seed));
          const plane = spoken.map((value, n) => {
            if (kind === 'square') return n % period < period / 2 ? -1 : 1 - 2 ** -15;
            if (kind === 'clipped') return held(30 * value);
            if (kind === 'impulses') return n % (20 * period) === 0 ? 0.99 : 0;
            if (kind === 'start') return n < 1500 ? 0 : held(0.9 * random());
            if (kind === 'tone') return 0.9 * Math.sin((2 * Math.PI * n) / period);
            if (kind === 'noise') return 0.5 * random();
            return kind === 'ends' ? (random() > 0 ? -1 : 1 - 2 ** -15) : value;
          });
          const planes = [plane, plane.map((value, n) => held(0.8 * value + 0.1 * random() * spoken[n]))];
          const options = { ...rest, ...constant };
          const ratio = (setting: Omit<WaveEncoderOptions, 'channels'>) =>
            signalToNoise(planes.slice(0, channels), roundTrip(planes.slice(0, channels), setting).decoded);
          const plain = Math.min(ratio(options), 60);
          // Where a waveform repeats without noise, the first packets behind a key are all of the error, and chance.
          const most = kind === 'tone' || kind === 'square' ? 24 : 12;
          expect(ratio({ ...options, noiseShaping })).toBeGreaterThan(plain - most);
        },
      ),
      { numRuns: Number(process.env.RUNS ?? 60) },
    );
  });

  it('gives the same packets however the input is cut, and after a flush and a reset', () => {
    const planes = [toFloats(voice(2000, 21)), toFloats(voice(2000, 22))];
    for (const noiseShaping of SHAPINGS) {
      const options = { sampleRate: 16000, channels: 2, noiseShaping, keyInterval: 4 };
      const encoder = new WaveEncoder(engine, options);
      const whole = [...encoder.process(planes), ...encoder.flush()];
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < 2000; at += 77)
        pieces.push(...encoder.process(planes.map((plane) => plane.subarray(at, at + 77))));
      expect([...pieces, ...encoder.flush()]).toEqual(whole);
      encoder.process(planes);
      encoder.reset();
      expect([...encoder.process(planes), ...encoder.flush()]).toEqual(whole);
      encoder.dispose();
    }
  });

  it('is refused where every sample is held, where no ear hears, and where there is no such one', () => {
    const make = (options: object) => () =>
      new WaveEncoder(engine, { sampleRate: 8000, ...options } as WaveEncoderOptions).dispose();
    expect(make({ noiseShaping: 'fixed', lossless: true })).toThrow(
      /^noiseShaping expected 'none' .*lossless.*'fixed'/,
    );
    expect(make({ noiseShaping: 'adaptive', maxError: 2 })).toThrow(RangeError);
    expect(make({ noiseShaping: 'fixed', sampleRate: 1000 })).toThrow(/4000 Hz, got 1000/);
    expect(make({ noiseShaping: 'loud' })).toThrow(/noiseShaping expected one of none, fixed, adaptive/);
    expect(make({ noiseShaping: 1 })).toThrow(TypeError);
    for (const options of [
      { sampleRate: 1000, noiseShaping: 'adaptive' },
      { lossless: true, noiseShaping: 'none' },
    ]) {
      expect(make(options)).not.toThrow();
    }
  });
});
