/** The offline mode: the stream's figures and its contract, in blocks. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { aliasRejection, bandwidth, imageRejection, ripple, signalToNoise } from '../../src/measure/resampler.js';
import { backlog, chunkInvariance, impulse, lengths } from '../../src/measure/resampler-timing.js';
import type { ResamplerOptions } from '../../src/resample/options.js';
import { Resampler } from '../../src/resample/resampler.js';
import { stageLatency } from '../../src/stage/latency.js';
import type { Plane } from '../../src/stage/port.js';
import { toNumber } from '../../src/stage/rational.js';
import { benchOf } from './_bench.js';
import { promises } from './_promises.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load({ memory: 64 * 2 ** 20 });
});

const mode = 'offline';

/** A sweep from 0 Hz to beyond half the input rate, with an onset in its first frame and none at its end. */
const sweep = (frames: number) =>
  Float32Array.from({ length: frames }, (_, n) => 0.7 * Math.cos(((Math.PI * n) / frames) * (n / 2 + 1)));

describe.each([
  ['voice', 48000, 16000],
  ['high', 44100, 48000],
  ['archive', 48000, 44100],
  ['archive', 16000, 48000],
  ['reference', 48000, 44100],
] as const)('offline %s, %i to %i Hz', (quality, from, to) => {
  it('keeps what the preset promises', () => {
    const promise = promises[quality];
    const device = benchOf(engine, { from, to, quality, mode });
    expect(signalToNoise(device, { frames: 8192 }).decibels).toBeGreaterThan(promise.signalToNoise);
    expect(ripple(device, { frames: 4096 })).toBeLessThan(promise.ripple);
    expect(bandwidth(device).tenthDecibel).toBeGreaterThanOrEqual(promise.tenthDecibel ?? 0);
    const reject = from > to ? aliasRejection : imageRejection;
    expect(reject(device, { frames: 16384 }).decibels).toBeGreaterThan(promise.rejection);
    expect(Math.abs(impulse(device).offsetFrames)).toBeLessThan(1e-6);
    device.dispose();
  });
});

const PAIRS = [
  [44100, 48000],
  [48000, 44100],
  [48000, 16000],
  [96000, 48000],
  [44100, 88200],
  [192000, 16000],
  [1000, 3000],
  [8000, 125],
  [100, 25600],
  [44100, 47999],
  [48000, 44099],
] as const;

it.each(PAIRS)('gives what the stream gives from %i to %i Hz, from the first frame to the last', (from, to) => {
  const input = sweep(9000);
  // The two filters' stop bands differ, and lie 148 dB down.
  const stream = benchOf(engine, { from, to, quality: 'archive' });
  const offline = benchOf(engine, { from, to, quality: 'archive', mode });
  const expected = stream.run(input);
  const output = offline.run(input);
  expect(output.length).toBe(expected.length);
  let error = 0;
  for (let k = 0; k < output.length; k++) error = Math.max(error, Math.abs(output[k] - expected[k]));
  expect(error).toBeLessThan(4e-7);
  stream.dispose();
  offline.dispose();
});

it.each(['minimum', 'intermediate'] as const)('gives what the stream gives in %s phase', (phase) => {
  for (const [from, to] of [PAIRS[0], PAIRS[1], PAIRS[2], [96000, 44100]] as const) {
    const input = sweep(4000);
    const stream = benchOf(engine, { from, to, phase });
    const offline = benchOf(engine, { from, to, phase, mode });
    const expected = stream.run(input);
    const output = offline.run(input);
    expect(output.length).toBe(expected.length);
    let error = 0;
    for (let k = 0; k < output.length; k++) error = Math.max(error, Math.abs(output[k] - expected[k]));
    // The stream's own sums are float32 here.
    expect(error, `${from} to ${to}`).toBeLessThan(2e-6);
    stream.dispose();
    offline.dispose();
  }
});

it('gives exact lengths, and the same bits for every chunking', () => {
  for (const [from, to] of [PAIRS[0], PAIRS[2], PAIRS[3], PAIRS[9]]) {
    const device = benchOf(engine, { from, to, mode });
    for (const { inputFrames, outputFrames, expectedFrames } of lengths(device, [0, 1, 2, 3, 7, 10, 147, 160, 44100])) {
      expect(outputFrames, `${inputFrames} frames from ${from} to ${to}`).toBe(expectedFrames);
    }
    for (const { chunk, firstDifference } of chunkInvariance(device)) {
      expect(firstDifference, `chunks of ${chunk}`).toBeNull();
    }
    device.dispose();
  }
});

it('is as late as it reports, which is what its map says', () => {
  for (const [from, to] of [PAIRS[0], PAIRS[2], PAIRS[3], PAIRS[6]]) {
    const resampler = new Resampler(engine, { from, to, quality: 'voice', mode });
    expect(resampler.latency).toEqual(stageLatency(resampler));
    expect(resampler.latencyFrames).toBeCloseTo(toNumber(resampler.latency) * to, 6);
    let come = 0;
    const one = [new Float32Array(1)];
    const wrong: number[] = [];
    for (let fed = 1; fed <= 5000; fed++) {
      come += resampler.process(one)[0].length;
      if (resampler.inputNeeded(come) > fed || resampler.inputNeeded(come + 1) <= fed) wrong.push(fed);
    }
    expect(wrong).toEqual([]);
    resampler.dispose();
  }
  const device = benchOf(engine, { from: 44100, to: 48000, quality: 'voice', mode });
  expect(backlog(device, { frames: 60000 }).latencySeconds).toBeLessThanOrEqual(device.latencySeconds + 1e-12);
  device.dispose();
});

it('reports a latency that no rate and no quality exceeds, and some reach', () => {
  const rate = fc.integer({ min: 1, max: 400 });
  fc.assert(
    fc.property(rate, rate, (from, to) => {
      fc.pre(from !== to && from <= 16 * to && to <= 16 * from);
      const resampler = new Resampler(engine, { from, to, quality: 'voice', mode });
      if (resampler.period !== undefined && resampler.period.output < 2 ** 20) {
        expect(resampler.latency).toEqual(stageLatency(resampler));
      }
      resampler.dispose();
    }),
    { numRuns: 40 },
  );
});

it('treats channels alike, replaces what is not finite, and can be cloned, reset and used again', () => {
  const options: ResamplerOptions = { from: 44100, to: 48000, channels: 3, mode, maxInput: 1000 };
  const resampler = new Resampler(engine, options);
  const planes = [0.3, 0.5, 0.7].map((gain) => sweep(10000).map((value) => gain * value));
  planes[1][77] = Number.NaN;
  planes[2][5000] = Number.NEGATIVE_INFINITY;
  const join = (parts: Float32Array[][]) => planes.map((_, c) => parts.flatMap((part) => [...part[c]]));
  const first = resampler.process(planes.map((plane) => plane.subarray(0, 6000)));
  const twin = resampler.clone();
  const rest = planes.map((plane) => plane.subarray(6000));
  const whole = join([first, resampler.process(rest), resampler.flush()]);
  expect(join([first, twin.process(rest), twin.flush()])).toEqual(whole);
  expect(resampler.faults).toBe(2);
  expect(resampler.flush().map((plane) => plane.length)).toEqual([0, 0, 0]);
  const again = join([resampler.process(planes), resampler.flush()]);
  expect(again).toEqual(whole);
  const single = benchOf(engine, { from: 44100, to: 48000, mode });
  expect([...single.run(planes[0])]).toEqual(whole[0]);
  expect([...single.run(planes[1].map((value) => (Number.isNaN(value) ? 0 : value)))]).toEqual(whole[1]);
  for (const part of [resampler, twin, single]) part.dispose();
});

it('copies where the rates are equal, streams where the filter is too long, and refuses a ratio that varies', () => {
  const { free } = engine.memory;
  const copy = new Resampler(engine, { from: 48000, to: 48000, mode });
  expect(copy.latencyFrames).toBe(0);
  expect(copy.process([sweep(10)])[0]).toEqual(sweep(10));
  copy.dispose();
  const quality = { passband: 0.998, stopband: 1, attenuationDecibels: 100 };
  const long = new Resampler(engine, { from: 25600, to: 101, quality, mode });
  expect(toNumber(long.latency)).toBeLessThan(200);
  long.dispose();
  expect(() => new Resampler<Plane>(engine, { from: 1, to: 2, minRatio: 1, mode })).toThrow(
    "mode expected 'stream' where minRatio or maxRatio lets the ratio vary, got 'offline'",
  );
  expect(engine.memory.free).toBe(free);
});
