import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { DisposedError, EngineMemoryError } from '../../src/engine/errors.js';
import type { ResamplerOptions } from '../../src/resample/options.js';
import { presets } from '../../src/resample/presets.js';
import { Resampler } from '../../src/resample/resampler.js';
import { stageLatency } from '../../src/stage/latency.js';
import { SamplesPort } from '../../src/stage/port.js';
import { multiply, ratio, toNumber } from '../../src/stage/rational.js';
import type { StagePeriod } from '../../src/stage/stage.js';
import { resampleReference } from '../reference/resampler.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load();
});

/** Noise of amplitude 0.5 from a xorshift generator (Marsaglia, 2003). */
function noise(frames: number, seed = 1): Float32Array {
  let state = Math.imul(seed, 0x9e3779b9) | 1;
  return Float32Array.from({ length: frames }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state / 2 ** 32;
  });
}

function join(parts: Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The whole stream: `cuts` are the sizes of the first chunks, the rest comes as one. */
function run(resampler: Resampler, planes: Float32Array[], cuts: readonly number[] = []): Float32Array[] {
  const pieces: Float32Array[][] = [];
  let at = 0;
  for (const cut of [...cuts, planes[0].length]) {
    pieces.push(resampler.process(planes.map((plane) => plane.subarray(at, at + cut))));
    at = Math.min(planes[0].length, at + cut);
  }
  pieces.push(resampler.flush());
  return planes.map((_, channel) => join(pieces.map((piece) => piece[channel])));
}

function using<T>(options: ResamplerOptions, work: (resampler: Resampler) => T): T {
  const resampler = new Resampler(engine, options);
  try {
    return work(resampler);
  } finally {
    resampler.dispose();
  }
}

const resampleOnce = (options: ResamplerOptions, ...planes: Float32Array[]) =>
  using({ channels: planes.length, ...options }, (resampler) => run(resampler, planes));

/** The bits, so that −0, NaN and rounding all count. */
const bits = (plane: Float32Array) => Array.from(new Uint32Array(plane.buffer, plane.byteOffset, plane.length));

const PAIRS = [
  [44100, 48000],
  [48000, 44100],
  [48000, 16000],
] as const;

/** Any two rates with small terms: rising, falling and equal. */
const anyPair = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }));

describe('Resampler', () => {
  it('agrees with a windowed sinc summed in float64 to float32 accuracy', () => {
    for (const [from, to] of [...PAIRS, [3, 7], [7, 3], [1, 2], [5, 4]]) {
      const input = noise(1500);
      const [output] = resampleOnce({ from, to }, input);
      const halfWidth = using({ from, to }, (resampler) => resampler.inputNeeded(1) - 1);
      const last = Math.min(output.length, 180);
      for (const [first, end] of [
        [0, last],
        [output.length - 30, output.length],
      ]) {
        const expected = resampleReference({ from, to, halfWidth, ...presets.high }, input, first, end);
        let error = 0;
        let power = 0;
        expected.forEach((value, index) => {
          error += (output[first + index] - value) ** 2;
          power += value ** 2;
        });
        expect(Math.sqrt(error / power), `${from} to ${to}, frames ${first} to ${end}`).toBeLessThan(3e-7);
      }
    }
  });

  it('gives exactly ceil(n·to/from) frames for every n of the protocol', () => {
    const lengths = [0, 1, 2, 3, 7, 10, 147, 160, 1000, 4096, 44100];
    for (const [from, to] of [...PAIRS, [16000, 48000], [1000, 1001]]) {
      using({ from, to }, (resampler) => {
        for (const frames of lengths) {
          const [output] = run(resampler, [new Float32Array(frames)]);
          expect(output.length, `${frames} frames from ${from} to ${to}`).toBe(Math.ceil((frames * to) / from));
        }
      });
    }
    const long = new Float32Array(1_000_001);
    expect(resampleOnce({ from: 48000, to: 16000 }, long)[0].length).toBe(333_334);
    expect(resampleOnce({ from: 44100, to: 48000 }, long)[0].length).toBe(1_088_437);
  });

  it('gives ceil(n·to/from) frames for any two rates', () => {
    fc.assert(
      fc.property(anyPair, fc.integer({ min: 0, max: 500 }), ([from, to], frames) => {
        const [output] = resampleOnce({ from, to }, noise(frames));
        expect(output.length).toBe(Math.ceil((frames * to) / from));
      }),
      { numRuns: 60 },
    );
  });

  it('gives the same bits for chunks of 1, 7, 64, 127, 128, 480 and 1000 frames', () => {
    const input = noise(4000);
    for (const [from, to] of PAIRS) {
      const whole = bits(resampleOnce({ from, to }, input)[0]);
      for (const chunk of [1, 7, 64, 127, 128, 480, 1000]) {
        const cuts = Array.from({ length: Math.floor(input.length / chunk) }, () => chunk);
        const [output] = using({ from, to }, (resampler) => run(resampler, [input], cuts));
        expect(bits(output), `chunks of ${chunk}, ${from} to ${to}`).toEqual(whole);
      }
    }
  });

  it('gives the same bits however two channels are cut, at any rates and any maxInput', () => {
    fc.assert(
      fc.property(
        anyPair,
        fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 8 }),
        fc.integer({ min: 1, max: 400 }),
        ([from, to], cuts, maxInput) => {
          const planes = [noise(1000, 3), noise(1000, 4)];
          const whole = resampleOnce({ from, to }, ...planes);
          const cut = using({ from, to, channels: 2, maxInput }, (resampler) => run(resampler, planes, cuts));
          expect(cut.map(bits)).toEqual(whole.map(bits));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('treats every channel like a mono stream, to the bit', () => {
    const planes = Array.from({ length: 5 }, (_, channel) => noise(900, channel + 1));
    for (const [from, to] of PAIRS) {
      for (const quality of ['high', 'archive'] as const) {
        const together = resampleOnce({ from, to, quality }, ...planes);
        planes.forEach((plane, channel) => {
          expect(bits(together[channel])).toEqual(bits(resampleOnce({ from, to, quality }, plane)[0]));
        });
      }
    }
  });

  it('comes out exactly as late as inputNeeded says, fed one frame at a time', () => {
    fc.assert(
      fc.property(anyPair, ([from, to]) => {
        using({ from, to }, (resampler) => {
          const one = [new Float32Array(1)];
          let come = 0;
          const wrong: number[] = [];
          for (let fed = 0; fed <= 700; fed++) {
            // What has come is all that `fed` frames suffice for, and nothing more.
            if (resampler.inputNeeded(come) > fed || resampler.inputNeeded(come + 1) <= fed) wrong.push(fed);
            come += resampler.process(one)[0].length;
          }
          expect(wrong).toEqual([]);
        });
      }),
      { numRuns: 25 },
    );
  });

  it('reports the latency that its map gives, and the same in output frames', () => {
    for (const [from, to, seconds] of [
      [44100, 48000, ratio(152, 44100)],
      [48000, 44100, ratio(168, 48000)],
      [48000, 16000, ratio(456, 48000)],
      [{ numerator: 1000, denominator: 3 }, 100, ratio(512 * 3, 1000)],
      [0.1, 0.3, ratio(1520, 1)],
    ] as const) {
      using({ from, to }, (resampler) => {
        expect(resampler.latency).toEqual(seconds);
        expect(stageLatency(resampler)).toEqual(seconds);
        const frames = multiply(seconds, resampler.output.sampleRate);
        expect(resampler.latencyFrames).toBeCloseTo(toNumber(frames), 9);
      });
    }
  });

  it('repeats after a period to the bit, so that it drifts in no number of hours', () => {
    // A signal that repeats with the ratio's own period gives an output that repeats with it, once the filter is full.
    for (const [from, to] of PAIRS) {
      using({ from, to }, (resampler) => {
        const { input, output } = resampler.period as StagePeriod;
        const period = noise(input);
        const repeats = Math.ceil(1200 / input) + 3;
        const [plane] = resampler.process([join(Array.from({ length: repeats }, () => period))]);
        const warm = Math.ceil(resampler.latencyFrames);
        expect(plane.length).toBeGreaterThan(warm + 2 * output);
        expect(bits(plane.slice(warm + output))).toEqual(bits(plane.slice(warm, plane.length - output)));
      });
    }
  });

  it('counts a year of frames exactly', () => {
    for (const [from, to] of PAIRS) {
      using({ from, to }, (resampler) => {
        const halfWidth = resampler.inputNeeded(1) - 1;
        for (const hours of [1, 24, 24 * 366]) {
          for (const extra of [0, 1, 146, 159]) {
            const k = hours * 3600 * to + extra;
            const expected = (BigInt(k) * BigInt(from)) / BigInt(to) + BigInt(halfWidth) + 1n;
            expect(BigInt(resampler.inputNeeded(k + 1))).toBe(expected);
          }
        }
        expect(resampler.inputNeeded(0)).toBe(0);
      });
    }
  });

  it('copies equal rates to the bit, with no latency', () => {
    const planes = [noise(777, 1), Float32Array.of(-0, 1e-45, ...noise(775, 2))];
    using({ from: 48000, to: { numerator: 96000, denominator: 2 }, channels: 2, maxInput: 100 }, (resampler) => {
      expect(resampler.process(planes).map(bits)).toEqual(planes.map(bits));
      expect(resampler.flush()).toEqual([new Float32Array(0), new Float32Array(0)]);
      expect(resampler.latency).toEqual({ numerator: 0, denominator: 1 });
      expect(resampler.latencyFrames).toBe(0);
      expect([0, 1, 5].map((count) => resampler.inputNeeded(count))).toEqual([0, 1, 5]);
    });
  });

  it('replaces NaN and infinities by zero, counts them, and lets them reach nothing else', () => {
    const clean = noise(2000);
    const dirty = clean.slice();
    [5, 700, 1999].forEach((frame, index) => {
      clean[frame] = 0;
      dirty[frame] = [Number.NaN, Infinity, -Infinity][index];
    });
    for (const to of [48000, 44100]) {
      using({ from: 44100, to }, (resampler) => {
        expect(bits(run(resampler, [dirty])[0])).toEqual(bits(resampleOnce({ from: 44100, to }, clean)[0]));
        expect(resampler.faults).toBe(3);
      });
    }
  });

  it('starts a new stream after flush and after reset, as a fresh one would', () => {
    const input = noise(1000);
    for (const [from, to] of PAIRS) {
      const fresh = bits(resampleOnce({ from, to }, input)[0]);
      using({ from, to }, (resampler) => {
        run(resampler, [noise(333, 9)]);
        expect(resampler.flush()).toEqual([new Float32Array(0)]);
        expect(resampler.flush()).toEqual([new Float32Array(0)]);
        expect(bits(run(resampler, [input])[0])).toEqual(fresh);
        resampler.process([noise(450, 9)]);
        resampler.reset();
        expect(bits(run(resampler, [input])[0])).toEqual(fresh);
      });
    }
  });

  it('gives through the real-time door what the convenient one gives, at most maxOutput frames a call', () => {
    for (const [from, to] of [...PAIRS, [1, 20], [20, 1]]) {
      const planes = [noise(640, 1), noise(640, 2), noise(640, 3)];
      using({ from, to, channels: 3, maxInput: 32 }, (resampler) => {
        const input = new SamplesPort(engine, { capacity: 32, channels: 3 });
        const output = new SamplesPort(engine, { capacity: resampler.maxOutput, channels: 3 });
        const pieces: Float32Array[][] = [];
        const take = (count: number) => {
          expect(count).toBe(output.count);
          expect(count).toBeLessThanOrEqual(resampler.maxOutput);
          pieces.push(output.planes.map((plane) => plane.slice(0, count)));
        };
        for (let at = 0; at < 640; at += 32) {
          planes.forEach((plane, channel) => {
            input.planes[channel].set(plane.subarray(at, at + 32));
          });
          input.count = 32;
          take(resampler.processInto(input, output));
        }
        for (let count = resampler.flushInto(output); count > 0; count = resampler.flushInto(output)) take(count);
        const whole = planes.map((_, channel) => join(pieces.map((piece) => piece[channel])));
        expect(whole.map(bits)).toEqual(resampleOnce({ from, to }, ...planes).map(bits));
        input.dispose();
        output.dispose();
      });
    }
  });

  it('keeps a constant constant at the widest ratios', () => {
    for (const [from, to, frames] of [
      [1, 256, 700],
      [256, 1, 120_000],
    ]) {
      const [output] = resampleOnce({ from, to }, new Float32Array(frames).fill(0.5));
      const middle = output.subarray(Math.floor(output.length * 0.4), Math.floor(output.length * 0.6));
      expect(middle.length).toBeGreaterThan(0);
      const error = middle.reduce((worst, value) => Math.max(worst, Math.abs(value - 0.5)), 0);
      expect(error).toBeLessThan(1e-6);
    }
  });

  it('names itself by its rates', () => {
    using({ from: 44100, to: 48000 }, ({ name }) => expect(name).toBe('resample 44100→48000 Hz'));
    using({ from: 1000 / 3, to: 0.5 * 1000 }, ({ name }) => expect(name).toBe('resample 1000/3→500 Hz'));
  });
});

describe('Resampler memory', () => {
  it('gives all memory back, and shares the table of equal designs', () => {
    const { free } = engine.memory;
    const first = new Resampler(engine, { from: 44100, to: 48000 });
    const afterFirst = engine.memory.free;
    const second = new Resampler(engine, { from: 22050, to: 24000 });
    expect(free - afterFirst).toBeGreaterThan(160 * 304 * 4);
    expect(afterFirst - engine.memory.free).toBeLessThan(160 * 304 * 4);
    const other = new Resampler(engine, { from: 48000, to: 44100 });
    first.process([noise(100)]);
    first.dispose();
    first.dispose();
    // The second one's table has outlived its maker.
    expect(bits(run(second, [noise(500)])[0])).toEqual(bits(resampleOnce({ from: 22050, to: 24000 }, noise(500))[0]));
    second.dispose();
    other.dispose();
    expect(engine.memory.free).toBe(free);
  });

  it('leaves the memory as it was when there is not enough for it', () => {
    const small = engine.fresh({ memory: 2 ** 18 });
    const { free } = small.memory;
    expect(() => new Resampler(small, { from: 44100, to: 48000, maxInput: 2 ** 15 })).toThrow(EngineMemoryError);
    expect(() => new Resampler(small, { from: 44100, to: 96000 })).toThrow(EngineMemoryError);
    expect(small.memory.free).toBe(free);
  });

  it('throws after dispose', () => {
    const resampler = new Resampler(engine, { from: 2, to: 3 });
    const port = new SamplesPort(engine, { capacity: resampler.maxOutput, channels: 1 });
    resampler.dispose();
    expect(() => resampler.process([noise(10)])).toThrow(DisposedError);
    expect(() => resampler.flush()).toThrow(DisposedError);
    expect(() => resampler.reset()).toThrow(DisposedError);
    expect(() => resampler.processInto(port, port)).toThrow(DisposedError);
    expect(() => resampler.flushInto(port)).toThrow(DisposedError);
    port.dispose();
  });
});

describe('Resampler arguments', () => {
  const make = (options: object) => () => new Resampler(engine, options as ResamplerOptions).dispose();

  it.each([
    [{}, TypeError, 'from expected a number'],
    [{ from: 44100 }, TypeError, 'to expected a number'],
    [{ from: '44100', to: 48000 }, TypeError, 'from expected a number'],
    [{ from: 0, to: 48000 }, RangeError, 'from expected a rate above 0'],
    [{ from: 44100, to: -1 }, RangeError, 'to expected a rate above 0'],
    [{ from: Number.NaN, to: 48000 }, RangeError, 'from expected a finite number'],
    [{ from: 2e9, to: 2e9 }, RangeError, 'from expected a rate from 0.000001 to 1000000000 Hz, got 2000000000'],
    [{ from: 48000, to: 100 }, RangeError, '1/256 to 256 times the input rate 48000 Hz, got 100'],
    [{ from: 100, to: 48000 }, RangeError, '1/256 to 256 times the input rate 100 Hz, got 48000'],
    [{ from: 1, to: 2, channels: 0 }, RangeError, 'channels expected a whole number from 1 to 64, got 0'],
    [{ from: 1, to: 2, channels: 65 }, RangeError, 'channels'],
    [{ from: 1, to: 2, maxInput: 0 }, RangeError, 'maxInput'],
    [
      { from: 1, to: 2, quality: 'best' },
      RangeError,
      "quality expected one of voice, medium, high, archive, reference, got 'best'",
    ],
    [{ from: 1, to: 2, phase: 'zero' }, RangeError, "phase expected one of linear, intermediate, minimum, got 'zero'"],
    [{ from: 1, to: 2, mode: 'block' }, RangeError, "mode expected one of stream, offline, got 'block'"],
    [{ from: 1, to: 2, sampleRate: 3 }, TypeError, "no option 'sampleRate'"],
  ])('refuses %o', (options, type, message) => {
    const { free } = engine.memory;
    expect(make(options)).toThrow(type);
    expect(make(options)).toThrow(message);
    expect(engine.memory.free).toBe(free);
  });

  it('refuses planes and ports that do not fit', () => {
    using({ from: 2, to: 3, channels: 2, maxInput: 64 }, (resampler) => {
      const port = (capacity: number, channels: number, on = engine) => new SamplesPort(on, { capacity, channels });
      const input = port(128, 2);
      const output = port(resampler.maxOutput, 2);
      expect(() => resampler.process([noise(10)])).toThrow('planes expected 2 planes, got 1');
      expect(() => resampler.process([noise(10), noise(11)])).toThrow(RangeError);
      expect(() => resampler.process([[1], [2]] as unknown as Float32Array[])).toThrow(TypeError);
      input.count = 65;
      expect(() => resampler.processInto(input, output)).toThrow('input.count expected 0 to maxInput, 64, got 65');
      input.count = 64;
      expect(() => resampler.processInto(input, port(resampler.maxOutput - 1, 2))).toThrow(RangeError);
      expect(() => resampler.processInto(port(64, 1), output)).toThrow(TypeError);
      expect(() => resampler.processInto(input, port(resampler.maxOutput, 2, engine.fresh()))).toThrow(TypeError);
      // What was refused left no trace.
      const planes = [noise(64, 1), noise(64, 2)];
      expect(run(resampler, planes).map(bits)).toEqual(resampleOnce({ from: 2, to: 3 }, ...planes).map(bits));
    });
  });
});
