/** The figures that `high` promises, by the protocol of docs/MEASURING.md. */
import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import {
  aliasRejection,
  bandwidth,
  imageRejection,
  type ResamplerUnderTest,
  ripple,
  signalToNoise,
} from '../../src/measure/resampler.js';
import { backlog, chunkInvariance, impulse } from '../../src/measure/resampler-timing.js';
import { Resampler } from '../../src/resample/resampler.js';
import { toNumber } from '../../src/stage/rational.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load();
});

/** One resampler used again and again: flush and reset start a new stream each time. */
function benchOf(from: number, to: number): ResamplerUnderTest & { latencySeconds: number; latencyFrames: number } {
  const resampler = new Resampler(engine, { from, to });
  const process = (input: Float32Array | Float64Array) => resampler.process([input as Float32Array])[0];
  const flush = () => resampler.flush()[0];
  return {
    from,
    to,
    latencySeconds: toNumber(resampler.latency),
    latencyFrames: resampler.latencyFrames,
    run(input) {
      resampler.reset();
      const [body, end] = [process(input), flush()];
      const whole = new Float32Array(body.length + end.length);
      whole.set(body);
      whole.set(end, body.length);
      return whole;
    },
    stream() {
      resampler.reset();
      return { process, flush };
    },
  };
}

describe.each([
  [44100, 48000],
  [48000, 44100],
  [48000, 16000],
])('high, %i to %i Hz', (from, to) => {
  let device: ReturnType<typeof benchOf>;
  beforeAll(() => {
    device = benchOf(from, to);
  });

  it('has an SNR of 130 dB up to 0.9 of the lower Nyquist frequency', () => {
    expect(signalToNoise(device).decibels).toBeGreaterThan(130);
  });

  it('has a ripple below 1e-5 dB and loses 0.1 dB only beyond 95 %', () => {
    expect(ripple(device)).toBeLessThan(1e-5);
    expect(bandwidth(device).tenthDecibel).toBeGreaterThanOrEqual(0.95);
  });

  it('rejects aliases or images by 130 dB from 1.00 of the lower Nyquist frequency', () => {
    expect((from > to ? aliasRejection(device) : imageRejection(device)).decibels).toBeGreaterThan(130);
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

it('is as late as it reports at other rates', () => {
  for (const [from, to] of [
    [16000, 48000],
    [44100, 96000],
    [96000, 44100],
    [100, 30],
  ]) {
    const device = benchOf(from, to);
    expect(backlog(device, { frames: 1500 }).latencySeconds).toBeCloseTo(device.latencySeconds, 15);
  }
});
