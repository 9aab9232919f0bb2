import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Engine, Resampler, SamplesPort } from '../../src/index.js';
import { ResamplerLadder } from '../../src/pipeline/_resampler-ladder.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load();
});

const QUALITIES = ['archive', 'high', 'medium', 'voice'];
const ladder = (from = 44100, to = 48000, maxInput = 128) =>
  new ResamplerLadder(engine, { from, to, channels: 2, maxInput }, QUALITIES);
const sine = (frames: number, rate: number, hertz = 1000, from = 0) =>
  Float32Array.from({ length: frames }, (_, index) => Math.sin((2 * Math.PI * hertz * (from + index)) / rate));

/** Runs a signal through in quanta; `at` maps a quantum to the rung asked for there. */
function run(
  stage: ResamplerLadder,
  planes: Float32Array[],
  quantum: number,
  at: Record<number, number> = {},
): number[][] {
  const input = new SamplesPort(engine, { capacity: stage.maxInput, channels: 2 });
  const output = new SamplesPort(engine, { capacity: stage.maxOutput, channels: 2 });
  const out: number[][] = [[], []];
  const take = (count: number) => {
    for (const [channel, plane] of out.entries()) for (let i = 0; i < count; i++) plane.push(output.planes[channel][i]);
    return count;
  };
  for (let from = 0, turn = 0; from < planes[0].length; from += quantum, turn++) {
    if (turn in at) stage.setRung(at[turn]);
    input.count = Math.min(quantum, planes[0].length - from);
    for (const [channel, plane] of input.planes.entries())
      plane.set(planes[channel].subarray(from, from + input.count));
    take(stage.processInto(input, output));
  }
  while (take(stage.flushInto(output)) > 0);
  input.dispose();
  output.dispose();
  return out;
}

/** The same from one resampler. */
function plain(quality: string, planes: Float32Array[], from = 44100, to = 48000): number[][] {
  const resampler = new Resampler(engine, { from, to, channels: 2, quality: quality as 'high' });
  const parts = [resampler.process(planes), resampler.flush()];
  resampler.dispose();
  return planes.map((_, channel) => parts.flatMap((part) => [...part[channel]]));
}

describe('resamplers of several qualities behind one door', () => {
  it('give on each rung the very bits of that quality, as late as the slowest', () => {
    const planes = [sine(3000, 44100), sine(3000, 44100, 333)];
    for (const [rung, quality] of QUALITIES.entries()) {
      const stage = ladder();
      stage.setRung(rung);
      stage.reset();
      expect(run(stage, planes, 100)).toEqual(plain(quality, planes));
      const slowest = new Resampler(engine, { from: 44100, to: 48000, channels: 2, quality: 'archive' });
      expect(stage.latency).toEqual(slowest.latency);
      for (let k = 1; k < 400; k++) expect(stage.inputNeeded(k)).toBe(slowest.inputNeeded(k));
      stage.dispose();
      slowest.dispose();
    }
  });

  it('give each frame as soon as the slowest would, and no sooner', () => {
    for (const rung of QUALITIES.keys()) {
      const stage = ladder(48000, 16000);
      stage.setRung(rung);
      stage.reset();
      const input = new SamplesPort(engine, { capacity: 128, channels: 2 });
      const output = new SamplesPort(engine, { capacity: stage.maxOutput, channels: 2 });
      input.count = 1;
      for (let fed = 1, out = 0; fed < 1500; fed++) {
        out += stage.processInto(input, output);
        expect(stage.inputNeeded(out)).toBeLessThanOrEqual(fed);
        expect(stage.inputNeeded(out + 1)).toBeGreaterThan(fed);
      }
      for (const part of [stage, input, output]) part.dispose();
    }
  });

  it('change without a click: a sine stays what the best quality makes of it, to −80 dBFS', () => {
    for (const [from, to] of [
      [44100, 48000],
      [48000, 16000],
      [48000, 44100],
    ]) {
      const planes = [sine(30000, from), sine(30000, from, 440)];
      const stage = ladder(from, to);
      const changed = run(stage, planes, 128, { 20: 3, 60: 0, 61: 2, 120: 1, 180: 3 });
      stage.dispose();
      const wanted = plain('archive', planes, from, to);
      expect(changed.map(({ length }) => length)).toEqual(wanted.map(({ length }) => length));
      const edge = 400; // at a stream's ends the qualities ring differently
      for (const [channel, plane] of changed.entries()) {
        const errors = plane.map((value, k) => Math.abs(value - wanted[channel][k])).slice(edge, -edge);
        expect(errors.reduce((a, b) => Math.max(a, b))).toBeLessThan(1e-4);
      }
    }
  });

  it('are on the rung asked for after some milliseconds', () => {
    const planes = [sine(12000, 44100), sine(12000, 44100, 333)];
    const stage = ladder();
    const changed = run(stage, planes, 128, { 10: 3 });
    stage.dispose();
    const voice = plain('voice', planes);
    expect(changed[0].slice(3500)).toEqual(voice[0].slice(3500));
    expect(changed[0].slice(0, 1300)).toEqual(plain('archive', planes)[0].slice(0, 1300));
  });

  it('keep the length, and end as the rung does that runs, whenever a change is under way', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4000 }),
        fc.integer({ min: 1, max: 128 }),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 3 })), { maxLength: 5 }),
        (frames, quantum, changes) => {
          const planes = [sine(frames, 44100), sine(frames, 44100, 333)];
          const stage = ladder();
          const out = run(stage, planes, quantum, Object.fromEntries(changes));
          expect(out.map(({ length }) => length)).toEqual(Array(2).fill(Math.ceil((frames * 160) / 147)));
          // The stream after a flush starts afresh, on the rung asked for last.
          expect(run(stage, planes, quantum)).toEqual(plain(QUALITIES[stage.rung], planes));
          stage.dispose();
        },
      ),
      { numRuns: 25 },
    );
  });

  it('count what is not finite once, and give all memory back', () => {
    const { free } = engine.memory;
    const stage = ladder();
    run(stage, [Float32Array.of(1, Number.NaN, 2), Float32Array.of(Number.POSITIVE_INFINITY, 0, 0)], 3);
    expect(stage.faults).toBe(2);
    stage.dispose();
    expect(engine.memory.free).toBe(free);
    const small = engine.fresh({ memory: 65536 });
    const before = small.memory.free;
    expect(() => new ResamplerLadder(small, { from: 44100, to: 48000, channels: 2 }, QUALITIES)).toThrow(/memory/);
    expect(small.memory.free).toBe(before);
  });
});
