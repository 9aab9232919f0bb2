import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import type { ResamplerOptions } from '../../src/resample/options.js';
import { Resampler } from '../../src/resample/resampler.js';
import { SamplesPort } from '../../src/stage/port.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load();
});

const noise = (frames: number) => Float32Array.from({ length: frames }, (_, n) => ((n * n * 31) % 997) / 997 - 0.5);

const KINDS: readonly ResamplerOptions[] = [
  { from: 44100, to: 48000 },
  { from: 48000, to: 44100, quality: 'archive' },
  { from: 44100, to: 47999, quality: 'voice' },
  { from: 48000, to: 48000, minRatio: 0.9, maxRatio: 1.1 },
  { from: 48000, to: 48000 },
  { from: 44100, to: 48000, phase: 'minimum' },
  { from: 44100, to: 47999, quality: 'voice', phase: 'minimum' },
  { from: 48000, to: 48000, minRatio: 0.9, maxRatio: 1.1, phase: 'minimum' },
  { from: 48000, to: 44100, quality: 'archive', phase: 'intermediate' },
  { from: 48000, to: 44101, quality: 'medium', phase: 'intermediate' },
  { from: 44100, to: 48000, mode: 'offline' },
  { from: 44100, to: 48000, mode: 'offline', phase: 'minimum' },
];

describe('streams', () => {
  it.each(KINDS)('are continued by a clone to the bit: %o', (options) => {
    const input = noise(1500);
    const resampler = new Resampler(engine, options);
    const whole = [...resampler.process([input])[0], ...resampler.flush()[0]];
    const head = resampler.process([input.subarray(0, 777)])[0];
    const twin = resampler.clone();
    resampler.process([noise(50)]);
    resampler.dispose();
    const tail = [...twin.process([input.subarray(777)])[0], ...twin.flush()[0]];
    expect([...head, ...tail]).toEqual(whole);
    twin.dispose();
    expect(() => resampler.clone()).toThrow('was used after dispose()');
  });

  it('clones keep a change of ratio that is under way', () => {
    const resampler = new Resampler(engine, { from: 1, to: 1, minRatio: 0.5, maxRatio: 2, quality: 'voice' });
    resampler.setRatio(1.5, { overFrames: 500, atFrame: 20 });
    resampler.process([noise(300)]);
    const twin = resampler.clone();
    expect(twin.process([noise(900)])).toEqual(resampler.process([noise(900)]));
    expect(twin.flush()).toEqual(resampler.flush());
    twin.dispose();
    resampler.dispose();
  });

  it('join without a gap: two pieces of a recording fed one after the other are the recording', () => {
    const input = noise(4000);
    for (const options of KINDS) {
      const resampler = new Resampler(engine, options);
      const whole = [...resampler.process([input])[0], ...resampler.flush()[0]];
      const joined = [
        ...resampler.process([input.slice(0, 1234)])[0],
        ...resampler.process([input.slice(1234)])[0],
        ...resampler.flush()[0],
      ];
      expect(joined).toEqual(whole);
      resampler.dispose();
    }
  });

  it('are float64 throughout for reference', () => {
    const resampler = new Resampler<Float64Array>(engine, { from: 2, to: 3, quality: 'reference', channels: 2 });
    const planes = [Float64Array.from(noise(500)), new Float64Array(500).fill(1 / 3)];
    const [left, right] = resampler.process(planes);
    expect(left).toBeInstanceOf(Float64Array);
    // A third, to more digits than float32 has.
    expect(Math.abs(right[right.length - 1] - 1 / 3)).toBeLessThan(1e-3);
    resampler.flush();
    const constant = [new Float64Array(2000).fill(1 / 3), new Float64Array(2000)];
    const [middle] = resampler.process(constant);
    expect(Math.abs(middle[1400] - 1 / 3)).toBeLessThan(1e-9);
    expect(() => resampler.process([new Float32Array(4), new Float32Array(4)] as never)).toThrow(
      'planes[0] expected a Float64Array, got Float32Array(4)',
    );
    resampler.dispose();
  });

  it('go through arrays of the caller: planes, interleaved, or from one to the other', () => {
    const [channels, chunk] = [2, 50];
    const planes = [noise(1000), noise(1700).subarray(700)];
    const interleaved = Float32Array.from({ length: 2000 }, (_, i) => planes[i % 2][i >> 1]);
    for (const options of KINDS) {
      const resampler = new Resampler(engine, { ...options, channels, maxInput: chunk });
      const bodies = resampler.process(planes);
      const ends = resampler.flush();
      const whole = bodies.map((body, channel) => [...body, ...ends[channel]]);
      const room = resampler.maxOutput;
      for (const [fromPlanes, toPlanes] of [
        [true, true],
        [true, false],
        [false, true],
        [false, false],
      ]) {
        const output = toPlanes ? [new Float32Array(room), new Float32Array(room)] : new Float32Array(room * 2);
        const come: number[][] = [[], []];
        const take = (count: number) => {
          for (let frame = 0; frame < count; frame++) {
            for (let channel = 0; channel < 2; channel++) {
              come[channel].push(Array.isArray(output) ? output[channel][frame] : output[2 * frame + channel]);
            }
          }
          return count;
        };
        for (let at = 0; at < 1000; at += chunk) {
          const input = fromPlanes
            ? planes.map((plane) => plane.subarray(at, at + chunk))
            : interleaved.subarray(2 * at, 2 * (at + chunk));
          take(resampler.processBuffers(input, output));
        }
        while (take(resampler.flushBuffers(output)) > 0);
        expect(come).toEqual(whole);
      }
      resampler.dispose();
    }
  });

  it('refuse arrays of the caller that do not fit, and give their memory back', () => {
    const { free } = engine.memory;
    const resampler = new Resampler(engine, { from: 2, to: 3, channels: 2, maxInput: 64, quality: 'voice' });
    const room = resampler.maxOutput;
    const output = new Float32Array(2 * room);
    const process =
      (input: unknown, target: unknown = output) =>
      () =>
        resampler.processBuffers(input as never, target as never);
    expect(process(new Float32Array(7))).toThrow('input.length expected a multiple of 2 channels, got 7');
    expect(process(new Float32Array(130))).toThrow('input expected at most maxInput, 64, frames, got 65');
    expect(process(new Float64Array(8))).toThrow('input expected a Float32Array, got Float64Array(8)');
    expect(process([new Float32Array(8)])).toThrow('input.length expected 2 planes, got 1');
    expect(process([new Float32Array(8), new Float32Array(9)])).toThrow('input expected planes of one length');
    expect(process(8)).toThrow(TypeError);
    expect(process(new Float32Array(8), new Float32Array(2 * room - 2))).toThrow('output expected room for maxOutput');
    expect(() => resampler.flushBuffers(new Float32Array(2))).toThrow('output expected room for maxOutput');
    resampler.dispose();
    expect(process(new Float32Array(8))).toThrow('was used after dispose()');
    expect(engine.memory.free).toBe(free);
  });

  it('refuse ports of the other precision', () => {
    const resampler = new Resampler(engine, { from: 2, to: 3, maxInput: 64 });
    const wide = new SamplesPort<Float64Array>(engine, { capacity: 512, channels: 1, sample: 'f64' });
    const port = new SamplesPort(engine, { capacity: 512, channels: 1 });
    expect(wide.planes[0]).toBeInstanceOf(Float64Array);
    expect(() => resampler.processInto(wide, port)).toThrow('expected a port of 1 f32 planes');
    expect(() => resampler.processInto(port, wide)).toThrow(TypeError);
    expect(() => resampler.flushInto(wide)).toThrow(TypeError);
    for (const part of [resampler, wide, port]) part.dispose();
  });
});
