/** The figures that the presets promise, by the protocol of docs/MEASURING.md, at the pair of rates that is worst for each. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { aliasRejection, bandwidth, imageRejection, ripple, signalToNoise } from '../../src/measure/resampler.js';
import { backlog, chunkInvariance, impulse } from '../../src/measure/resampler-timing.js';
import { type Bench, benchOf } from './_bench.js';
import { promises } from './_promises.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load();
});

describe.each([
  ['high', 44100, 48000],
  ['high', 48000, 16000],
  ['voice', 48000, 44100],
  ['medium', 96000, 44100],
  ['archive', 48000, 44100],
  ['reference', 48000, 44100],
] as const)('%s, %i to %i Hz', (quality, from, to) => {
  const promise = promises[quality];
  let device: Bench;
  beforeAll(() => {
    device = benchOf(engine, { from, to, quality });
  });
  afterAll(() => device.dispose());

  it(`has an SNR of ${promise.signalToNoise} dB up to 0.9 of the lower Nyquist frequency`, () => {
    expect(signalToNoise(device, { frames: 8192 }).decibels).toBeGreaterThan(promise.signalToNoise);
  });

  it(`has a ripple below ${promise.ripple} dB, and its bandwidth`, () => {
    expect(ripple(device, { frames: 4096 })).toBeLessThan(promise.ripple);
    const { tenthDecibel, threeDecibels } = bandwidth(device);
    expect(tenthDecibel).toBeGreaterThanOrEqual(promise.tenthDecibel ?? 0);
    expect(threeDecibels).toBeGreaterThanOrEqual(promise.threeDecibels ?? 0);
  });

  it(`rejects aliases or images by ${promise.rejection} dB from 1.00 of the lower Nyquist frequency`, () => {
    const measure = from > to ? aliasRejection : imageRejection;
    expect(measure(device, { frames: 16384 }).decibels).toBeGreaterThan(promise.rejection);
  });

  it('puts an impulse within 1e-6 frame of where it belongs', () => {
    expect(Math.abs(impulse(device).offsetFrames)).toBeLessThan(1e-6);
  });

  it('is as late as it reports, and gives the same bits for every chunking', () => {
    const { latencySeconds, latencyFrames, jitterFrames } = backlog(device, { frames: 3000 });
    expect(latencySeconds).toBeCloseTo(device.latencySeconds, 15);
    expect(latencyFrames).toBeCloseTo(device.latencyFrames, 9);
    expect(jitterFrames).toBeLessThanOrEqual(1);
    for (const { chunk, firstDifference } of chunkInvariance(device)) {
      expect(firstDifference, `chunks of ${chunk}`).toBeNull();
    }
  });
});

it('keeps every preset as prompt as promised from 44.1 to 48 kHz', () => {
  for (const [quality, { latencySeconds }] of Object.entries(promises)) {
    const device = benchOf(engine, { from: 44100, to: 48000, quality: quality as keyof typeof promises });
    expect(device.latencySeconds, quality).toBeLessThanOrEqual(latencySeconds);
    device.dispose();
  }
});

it('is as late as it reports at other rates', () => {
  for (const [from, to] of [
    [16000, 48000],
    [44100, 96000],
    [96000, 44100],
    [100, 30],
  ]) {
    const device = benchOf(engine, { from, to });
    expect(backlog(device, { frames: 1500 }).latencySeconds).toBeCloseTo(device.latencySeconds, 15);
    device.dispose();
  }
});
