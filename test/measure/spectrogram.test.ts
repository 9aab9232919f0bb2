import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fft, fitTone, spectrogram, tone } from '../../src/measure/index.js';
import { knownNoise } from './devices.js';

describe('Fft', () => {
  it.each([1, 2, 8, 64, 256])('is the sum it stands for, size %i', (size) => {
    const [x, y] = [knownNoise(size, 3), knownNoise(size, 4)];
    const [re, im] = [x.slice(), y.slice()];
    new Fft(size).forward(re, im);
    for (let k = 0; k < size; k++) {
      let [a, b] = [0, 0];
      for (let n = 0; n < size; n++) {
        const angle = (-2 * Math.PI * ((k * n) % size)) / size;
        a += x[n] * Math.cos(angle) - y[n] * Math.sin(angle);
        b += x[n] * Math.sin(angle) + y[n] * Math.cos(angle);
      }
      expect(re[k]).toBeCloseTo(a, 10);
      expect(im[k]).toBeCloseTo(b, 10);
    }
  });

  it('is undone by its inverse', () => {
    const fft = new Fft(512);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), (seed) => {
        const [x, y] = [knownNoise(512, seed), knownNoise(512, seed + 1)];
        const [re, im] = [x.slice(), y.slice()];
        fft.forward(re, im);
        fft.inverse(re, im);
        for (let i = 0; i < 512; i++) expect(Math.abs(re[i] - x[i]) + Math.abs(im[i] - y[i])).toBeLessThan(1e-13);
      }),
      { numRuns: 10 },
    );
  });

  it('refuses other sizes', () => {
    for (const size of [0, 3, -8, 1.5, Number.NaN, 2 ** 27]) expect(() => new Fft(size)).toThrow(RangeError);
    expect(() => new Fft(8).forward(new Float64Array(8), new Float64Array(4))).toThrow('8 values');
  });
});

describe('fitTone', () => {
  it('divides a sum of two tones and a constant into the one known and the rest', () => {
    const x = tone(5000, 0.1, 0.9, 1).map((value, i) => value + 0.001 * Math.sin(2 * Math.PI * 0.23 * i) + 0.01);
    const fit = fitTone(x, 0.1);
    expect(fit.amplitude).toBeCloseTo(0.9, 6);
    expect(fit.tonePower).toBeCloseTo(0.405, 6);
    expect(fit.residualPower).toBeCloseTo(0.5e-6 + 1e-4, 8);
  });

  it('fits a constant and an alternation, where a sine vanishes', () => {
    expect(fitTone(new Float64Array(100).fill(0.5), 0)).toMatchObject({ amplitude: 0.5, residualPower: 0 });
    expect(fitTone(tone(100, 0.5, 0.5, Math.PI / 2), 0.5).residualPower).toBeLessThan(1e-25);
  });
});

describe('spectrogram', () => {
  const peakOf = (s: ReturnType<typeof spectrogram>, column: number) => {
    const levels = s.decibels.subarray(column * s.bins, (column + 1) * s.bins);
    const bin = levels.indexOf(levels.reduce((a, b) => Math.max(a, b)));
    return { bin, level: levels[bin] };
  };

  it.each([
    ['hann', 100],
    ['hann', 7],
    [12, 333],
    [0, 64],
  ] as const)('reads a sine of amplitude 1 (window %s) as 0 dB in bin %i', (window, bin) => {
    const s = spectrogram(tone(20000, bin / 1024), { sampleRate: 1024, window });
    expect(s.hertzPerBin).toBe(1);
    const { bin: found, level } = peakOf(s, s.columns >> 1);
    expect(found).toBe(bin);
    expect(level).toBeCloseTo(0, 3);
  });

  it('reads a constant and an alternation at their size', () => {
    for (const [frequency, bin] of [
      [0, 0],
      [0.5, 128],
    ]) {
      const s = spectrogram(tone(4000, frequency, 1, Math.PI / 2), { sampleRate: 8000, windowFrames: 256 });
      expect(s.decibels[(s.columns >> 1) * s.bins + bin]).toBeCloseTo(0, 3);
    }
  });

  it('hides nothing that is 85 dB softer and seven bins away', () => {
    const x = tone(8192, 100.37 / 1024, 1).map((value, i) => value + 1e-4 * Math.sin((2 * Math.PI * 300 * i) / 1024));
    const s = spectrogram(x, { sampleRate: 1024 });
    const column = (s.columns >> 1) * s.bins;
    expect(s.decibels[column + 300]).toBeCloseTo(-80, 0);
    for (let bin = 107; bin < 290; bin++) expect(s.decibels[column + bin]).toBeLessThan(-85);
  });

  it('stands where the sound is', () => {
    const x = new Float64Array(48000);
    x.set(tone(4800, 0.1), 24000);
    const s = spectrogram(x, { sampleRate: 48000 });
    const loud = Array.from({ length: s.columns }, (_, column) => peakOf(s, column).level > -6.1);
    expect(loud.indexOf(true) * s.secondsPerColumn).toBeCloseTo(0.5, 2);
    expect((loud.lastIndexOf(true) + 1) * s.secondsPerColumn).toBeCloseTo(0.6, 2);
    expect(s.durationSeconds).toBe(1);
  });

  it('has at most the columns asked for, covers the recording, and averages power', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20000 }), fc.integer({ min: 1, max: 60 }), (frames, maxColumns) => {
        const s = spectrogram(new Float32Array(frames), { sampleRate: 100, windowFrames: 64, maxColumns });
        expect(s.columns).toBeLessThanOrEqual(maxColumns);
        expect(s.decibels.length).toBe(s.columns * s.bins);
        expect(s.columns * s.secondsPerColumn).toBeGreaterThanOrEqual(s.durationSeconds - 1e-9);
      }),
    );
    const half = new Float64Array(65536);
    half.set(tone(32768, 0.125));
    const s = spectrogram(half, { sampleRate: 1, windowFrames: 64, maxColumns: 1, hopFrames: 16 });
    expect(s.decibels[8]).toBeCloseTo(-3.01, 1);
  });

  it('shows silence as minus infinity and refuses what it cannot do', () => {
    expect(spectrogram(new Float32Array(100), { sampleRate: 100 }).decibels[0]).toBe(-Infinity);
    const x = new Float32Array(10);
    expect(() => spectrogram(x, { sampleRate: 0 })).toThrow('sampleRate');
    expect(() => spectrogram(x, { sampleRate: 1, windowFrames: 100 })).toThrow(RangeError);
    expect(() => spectrogram(x, { sampleRate: 1, hopFrames: 0 })).toThrow('hopFrames');
    expect(() => spectrogram(x, { sampleRate: 1, maxColumns: 0 })).toThrow('maxColumns');
    expect(() => spectrogram(x, { sampleRate: 1, window: 50 })).toThrow('window');
  });
});
