import { describe, expect, it } from 'vitest';
import { aliasRejection, bandwidth, imageRejection, ripple, signalToNoise } from '../../src/measure/index.js';
import { analyticDevice, holdingDevice } from './devices.js';

const short = { frames: 8192 };

describe('signalToNoise', () => {
  it('finds nothing wrong with a resampler that is exact', () => {
    expect(signalToNoise(analyticDevice(44100, 48000), short).decibels).toBeGreaterThan(180);
    expect(signalToNoise(analyticDevice(48000, 16000), short).decibels).toBeGreaterThan(180);
  });

  it('reads the noise that was added', () => {
    const { decibels } = signalToNoise(analyticDevice(44100, 48000, { noise: 1e-4 }), short);
    expect(decibels).toBeCloseTo(10 * Math.log10(0.405 / (1e-8 / 3)), 0);
  });

  it('reads the rounding of the output to float32', () => {
    const { decibels } = signalToNoise(analyticDevice(44100, 48000, { float32: true }), short);
    expect(decibels).toBeGreaterThan(145);
    expect(decibels).toBeLessThan(156);
  });

  it('reads what holding each frame does, by formula', () => {
    // Three equal frames for one: the tone keeps sin 3a / 3 sin a of its amplitude, and the power stays.
    const a = (Math.PI * 0.9 * 8000) / 48000;
    const kept = (Math.sin(3 * a) / (3 * Math.sin(a))) ** 2;
    const { decibels, frequency } = signalToNoise(holdingDevice(16000, 48000), short);
    expect(frequency).toBe(0.9);
    expect(decibels).toBeCloseTo(10 * Math.log10(kept / (1 - kept)), 1);
  });

  it('counts a constant offset as noise', () => {
    const device = analyticDevice(16000, 48000);
    const offset = { ...device, run: (input: Float32Array | Float64Array) => device.run(input).map((v) => v + 0.001) };
    expect(signalToNoise(offset, short).decibels).toBeCloseTo(10 * Math.log10(0.405 / 1e-6), 1);
  });
});

describe('ripple and bandwidth', () => {
  it('read a known gain', () => {
    const device = analyticDevice(44100, 48000, { gain: (f) => 1 + 0.01 * Math.cos(20 * Math.PI * f) });
    expect(ripple(device, { frames: 4096 })).toBeCloseTo(20 * Math.log10(1.01 / 0.99), 6);
    expect(ripple(analyticDevice(48000, 44100), { frames: 4096 })).toBeLessThan(1e-9);
  });

  it('find where a slope passes −0.1 and −3 dB, wherever it begins', () => {
    const gain = (f: number) => 10 ** (-Math.max(0, (f - 0.8) / 0.061) / 20);
    const device = analyticDevice(44100, 48000, { gain });
    // −0.1 dB at 0.8061, −3 dB at 0.983: the grid frequencies just below.
    expect(bandwidth(device, { frames: 4096 })).toEqual({ tenthDecibel: 0.805, threeDecibels: 0.9825 });
    const louder = analyticDevice(48000, 16000, { gain: (f) => 7 * gain(f) });
    expect(bandwidth(louder, { frames: 8192 })).toEqual({ tenthDecibel: 0.805, threeDecibels: 0.9825 });
  });

  it('end at 0.9975 where nothing falls', () => {
    const full = { tenthDecibel: 0.9975, threeDecibels: 0.9975 };
    expect(bandwidth(analyticDevice(16000, 48000), { frames: 4096 })).toEqual(full);
  });
});

describe('aliasRejection', () => {
  const leaking = (leakPhase: number) => analyticDevice(48000, 44100, { leak: () => 1e-4, leakPhase });

  it.each([0, 0.4, Math.PI / 2, 2])('takes the worst phase at the Nyquist frequency itself (turn %f)', (turn) => {
    const { decibels, frequency } = aliasRejection(leaking(turn), short);
    expect(frequency).toBe(1);
    expect(decibels).toBeCloseTo(80 - 10 * Math.log10(2), 2);
  });

  it('reads a leak elsewhere as it is', () => {
    expect(aliasRejection(leaking(0.4), { ...short, start: 1.05 }).decibels).toBeCloseTo(80, 1);
  });

  it('finds a leak that lands on 0 Hz', () => {
    const device = analyticDevice(48000, 16000, { leak: (f) => (Math.abs(f - 2) < 0.01 ? 1e-3 : 1e-6) });
    const { decibels, frequency } = aliasRejection(device, short);
    expect(frequency).toBe(2);
    expect(decibels).toBeCloseTo(60 - 10 * Math.log10(2), 2);
  });

  it('is nothing without a filter', () => {
    expect(aliasRejection(holdingDevice(48000, 16000), { ...short, start: 1.05 }).decibels).toBeLessThan(0.1);
    expect(aliasRejection(holdingDevice(48000, 16000), short).decibels).toBeLessThan(-2.9);
  });

  it('is without bound where nothing leaks', () => {
    expect(aliasRejection(analyticDevice(48000, 16000), short).decibels).toBe(Infinity);
  });

  it('refuses rates that do not fall and a start outside the band', () => {
    expect(() => aliasRejection(analyticDevice(44100, 48000))).toThrow(RangeError);
    expect(() => aliasRejection(analyticDevice(48000, 44100), { start: 1.1 })).toThrow('start');
  });
});

describe('imageRejection', () => {
  it('reads a known image', () => {
    expect(imageRejection(analyticDevice(44100, 96000, { image: 1e-5 }), short).decibels).toBeCloseTo(100, 1);
  });

  it('does not take the loss of the tone for an image', () => {
    const device = analyticDevice(16000, 48000, { image: 1e-3, gain: () => 0.5 });
    expect(imageRejection(device, short).decibels).toBeCloseTo(60, 1);
  });

  it('refuses rates that do not rise', () => {
    expect(() => imageRejection(analyticDevice(48000, 44100))).toThrow(RangeError);
  });
});

describe('a broken device', () => {
  it('does not pass for a perfect one', () => {
    const device = analyticDevice(48000, 16000);
    const giving = (frames: number, value: number) => ({ ...device, run: () => new Float64Array(frames).fill(value) });
    expect(() => aliasRejection(giving(100, 0), short)).toThrow('expected to give about 2731 frames, got 100');
    expect(aliasRejection(giving(2731, Number.NaN), short).decibels).toBeNaN();
    expect(signalToNoise(giving(2731, 0), short).decibels).toBeNaN();
  });
});
