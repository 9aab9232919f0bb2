/** Every preset's promises at every pair of the protocol, and at ratios that no table of phases holds. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { aliasRejection, bandwidth, imageRejection, ripple, signalToNoise } from '../../src/measure/resampler.js';
import { backlog, chunkInvariance, impulse, lengths } from '../../src/measure/resampler-timing.js';
import { PHASES } from '../../src/resample/options.js';
import { QUALITIES } from '../../src/resample/presets.js';
import { type Bench, benchOf } from './_bench.js';
import { PROTOCOL_PAIRS, promises } from './_promises.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load();
});

const PAIRS = [...PROTOCOL_PAIRS, [44100, 47999], [48000, 44099], [48000, 48029]] as const;

const CASES = PHASES.flatMap((phase) =>
  QUALITIES.flatMap((quality) => PAIRS.map(([from, to]) => [phase, quality, from, to] as const)),
);

describe.each(CASES)('%s phase, %s, %i to %i Hz', (phase, quality, from, to) => {
  const promise = promises[quality];
  let device: Bench;
  beforeAll(() => {
    device = benchOf(engine, { from, to, quality, phase });
  });
  afterAll(() => device.dispose());

  it('keeps its figures', () => {
    expect(signalToNoise(device).decibels).toBeGreaterThan(promise.signalToNoise);
    expect(ripple(device)).toBeLessThan(promise.ripple);
    const { tenthDecibel, threeDecibels } = bandwidth(device);
    expect(tenthDecibel).toBeGreaterThanOrEqual(promise.tenthDecibel ?? 0);
    expect(threeDecibels).toBeGreaterThanOrEqual(promise.threeDecibels ?? 0);
    const { decibels } = (from > to ? aliasRejection : imageRejection)(device);
    expect(decibels).toBeGreaterThan(promise.rejection);
  });

  it('keeps its place, its latency and its lengths', () => {
    // Only linear phase has every frequency in its place.
    if (phase === 'linear') expect(Math.abs(impulse(device).offsetFrames)).toBeLessThan(1e-6);
    expect(backlog(device).latencySeconds).toBeCloseTo(device.latencySeconds, 15);
    for (const { chunk, firstDifference } of chunkInvariance(device)) {
      expect(firstDifference, `chunks of ${chunk}`).toBeNull();
    }
    for (const { outputFrames, expectedFrames } of lengths(device)) expect(outputFrames).toBe(expectedFrames);
  });
});
