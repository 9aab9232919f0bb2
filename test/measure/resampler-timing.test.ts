import { describe, expect, it } from 'vitest';
import { backlog, chunkInvariance, impulse, lengths } from '../../src/measure/index.js';
import { holdingDevice, pulseDevice, streamed } from './devices.js';

describe('backlog', () => {
  it.each([
    [44100, 48000, 40],
    [48000, 44100, 40],
    [48000, 16000, 101],
    [16000, 48000, 0],
  ])('reads the latency of a filter, %i to %i Hz, %i frames ahead', (from, to, ahead) => {
    const needs = (k: number) => Math.ceil((k * from) / to) + ahead;
    let latest = -Infinity;
    for (let k = 0; k < 1000; k++) latest = Math.max(latest, needs(k) * to - k * from);
    const result = backlog(streamed(from, to, needs), { frames: 2000 });
    expect(result.latencySeconds).toBe(latest / (from * to));
    expect(result.latencyFrames).toBe(latest / from);
    expect(result.inputFrame / from - result.outputFrame / to).toBeCloseTo(result.latencySeconds, 15);
    expect(result.jitterFrames).toBeLessThanOrEqual(Math.ceil(to / from));
  });

  it('reads a block of 128 frames as 127', () => {
    const result = backlog(streamed(48000, 48000, (k) => 128 * Math.floor(k / 128) + 127));
    expect(result.latencySeconds).toBe(127 / 48000);
    expect(result).toMatchObject({ backlogFrames: 127, jitterFrames: 127, outputFrame: 0, inputFrame: 127 });
  });

  it('reads nothing where nothing waits', () => {
    const result = backlog(streamed(100, 100, (k) => k));
    expect(result).toMatchObject({ latencySeconds: 0, backlogFrames: 0, jitterFrames: 0 });
  });

  it('refuses to judge a stream that has given nothing yet', () => {
    expect(() =>
      backlog(
        streamed(100, 100, (k) => k + 5000),
        { frames: 1000 },
      ),
    ).toThrow('frames');
  });
});

describe('impulse', () => {
  it.each([0, 0.3, -1.7])('finds a pulse %f frames off its place', (off) => {
    const gauss = (t: number) => Math.exp(-((t - off) ** 2) / (2 * 2.5 ** 2));
    expect(impulse(pulseDevice(44100, 48000, gauss)).offsetFrames).toBeCloseTo(off, 8);
    expect(impulse(pulseDevice(48000, 16000, (t) => -gauss(t))).offsetFrames).toBeCloseTo(off, 8);
  });

  it('reads the ringing before the main lobe of an ideal low pass, and its absence', () => {
    const sinc = (t: number) => (t === 0 ? 1 : Math.sin((Math.PI * t) / 4) / ((Math.PI * t) / 4));
    // Each side of a sinc's main lobe holds 4.86 % of the energy.
    expect(impulse(pulseDevice(8000, 32000, sinc)).preRinging).toBeCloseTo(10 * Math.log10(0.0486), 0);
    const late = (t: number) => (t < 0 ? 0 : t * Math.exp(-t / 3));
    expect(impulse(pulseDevice(8000, 32000, late)).preRinging).toBeLessThan(-60);
  });
});

describe('lengths', () => {
  it('sets what comes beside what should', () => {
    const inputs = [0, 1, 2, 147, 160, 1000];
    for (const row of lengths(holdingDevice(44100, 48000), inputs)) expect(row.outputFrames).toBe(row.expectedFrames);
    const expected = lengths(holdingDevice(48000, 44100), inputs).map((row) => row.expectedFrames);
    expect(expected).toEqual([0, 1, 2, 136, 147, 919]);
    const flooring = {
      ...holdingDevice(48000, 44100),
      run: (x: { length: number }) => new Float32Array(x.length * 0.9),
    };
    expect(lengths(flooring, [1000])).toEqual([{ inputFrames: 1000, outputFrames: 900, expectedFrames: 919 }]);
  });
});

describe('chunkInvariance', () => {
  const good = holdingDevice(44100, 48000);

  it('passes what does not depend on the cut', () => {
    const results = chunkInvariance(good);
    expect(results.map(({ chunk }) => chunk)).toEqual([1, 7, 64, 127, 128, 480, 1000, 'random']);
    for (const { firstDifference } of results) expect(firstDifference).toBeNull();
  });

  it('finds what is forgotten at the seams, lost at the end, added, or only of another sign of zero', () => {
    const after = (frame: number, change: (value: number) => number) => ({
      ...good,
      stream() {
        const inner = good.stream();
        let come = 0;
        return {
          process: (chunk: Float32Array | Float64Array) =>
            inner.process(chunk).map((value) => (come++ === frame ? change(value) : value)),
          flush: () => inner.flush(),
        };
      },
    });
    expect(
      chunkInvariance(
        after(777, (value) => value + 1e-12),
        [64],
      )[0].firstDifference,
    ).toBe(777);
    const restarting = { ...good, stream: () => ({ process: good.run, flush: () => new Float64Array(0) }) };
    expect(chunkInvariance(restarting, [147])[0].firstDifference).toBe(null);
    expect(chunkInvariance(restarting, [128])[0].firstDifference).toBe(141);
    const extra = { ...good, stream: () => ({ ...good.stream(), flush: () => new Float64Array(3) }) };
    expect(chunkInvariance(extra, [1000])[0].firstDifference).toBe(5443);
    const losing = {
      ...good,
      stream: () => ({ process: () => new Float64Array(0), flush: () => new Float64Array(0) }),
    };
    expect(chunkInvariance(losing, [1000])[0].firstDifference).toBe(0);
    const zeros = { ...good, run: () => Float64Array.of(0), stream: () => restarting.stream() };
    const negative = {
      ...zeros,
      stream: () => ({ process: () => new Float64Array(0), flush: () => Float64Array.of(-0) }),
    };
    expect(chunkInvariance(negative, [7])[0].firstDifference).toBe(0);
  });
});
