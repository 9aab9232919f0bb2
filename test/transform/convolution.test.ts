import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { DisposedError, EngineMemoryError } from '../../src/engine/errors.js';
import type { FramesFormat } from '../../src/stage/format.js';
import { SamplesPort } from '../../src/stage/port.js';
import { Convolver, type ConvolverOptions, convolve } from '../../src/transform/convolution.js';
import { convolveAt } from '../reference/fft.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load({ memory: 32 * 2 ** 20 });
});

const framesOf = (channels: number): FramesFormat => ({
  kind: 'frames',
  sampleRate: { numerator: 48000, denominator: 1 },
  channels,
  sample: 'f32',
});

function noise(length: number, seed: number): Float32Array {
  let state = (seed * 2654435761) >>> 0 || 1;
  return Float32Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 31 - 1;
  });
}

function joined(parts: Float32Array[][]): Float32Array[] {
  return parts[0].map((_, channel) => {
    const plane = new Float32Array(parts.reduce((sum, planes) => sum + planes[channel].length, 0));
    let at = 0;
    for (const planes of parts) {
      plane.set(planes[channel], at);
      at += planes[channel].length;
    }
    return plane;
  });
}

function run(convolver: Convolver, planes: Float32Array[], cuts: number[] = []): Float32Array[] {
  const parts: Float32Array[][] = [];
  let from = 0;
  for (const cut of cuts) {
    parts.push(convolver.process(planes.map((plane) => plane.subarray(from, from + cut))));
    from = Math.min(planes[0].length, from + cut);
  }
  parts.push(convolver.process(planes.map((plane) => plane.subarray(from))));
  parts.push(convolver.flush());
  return joined(parts);
}

const peakOf = (values: Float32Array) => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** The largest error at some frames, relative to the largest value of the output, or to what the caller says. */
function errorOf(
  y: Float32Array,
  x: Float32Array,
  h: Float32Array,
  frames: Iterable<number>,
  scale = peakOf(y),
): number {
  let largest = 0;
  for (const frame of frames) largest = Math.max(largest, Math.abs(y[frame] - convolveAt(x, h, frame)));
  return scale === 0 ? largest : largest / scale;
}

/** All frames of a short signal; of a long one some two hundred, the ends and the middle among them. */
function framesToCheck(length: number): number[] {
  if (length <= 2000) return Array.from({ length }, (_, frame) => frame);
  const step = Math.floor(length / 199);
  return [0, 1, length - 1, ...Array.from({ length: 199 }, (_, index) => index * step + (index % 7))];
}

const make = (filter: ConvolverOptions['filter'], options: Partial<ConvolverOptions> = {}) =>
  new Convolver(engine, { input: framesOf(1), filter, ...options });

describe('Convolver', () => {
  it.each([1, 2, 127, 128, 129, 1000, 12345, 100_000])('equals direct convolution to 1e-6 with %i taps', (taps) => {
    const h = noise(taps, taps);
    const x = noise(taps > 50_000 ? 120_000 : 5000, 3);
    const convolver = make(h);
    const [y] = run(convolver, [x]);
    expect(y.length).toBe(x.length);
    expect(errorOf(y, x, h, framesToCheck(y.length))).toBeLessThan(1e-6);
    convolver.dispose();
  });

  it('does so where all products have one sign, and to 1e-6·Σ|h|·max|x| where the filter cancels nearly everything', () => {
    for (const taps of [300, 20_000]) {
      const h = new Float32Array(taps).fill(1);
      const convolver = make(h);
      const positive = Float32Array.from({ length: 30_000 }, (_, frame) => 1 + 0.1 * Math.sin(frame));
      const [sum] = run(convolver, [positive]);
      expect(errorOf(sum, positive, h, framesToCheck(sum.length))).toBeLessThan(1e-6);
      const sine = Float32Array.from({ length: 30_000 }, (_, frame) => Math.sin(frame * 0.05));
      const [rest] = run(convolver, [sine]);
      expect(errorOf(rest, sine, h, framesToCheck(rest.length), taps)).toBeLessThan(1e-6);
      convolver.dispose();
    }
  });

  it.each([16, 32, 256, 1024, 4096])('does so with partitions of %i', (partition) => {
    for (const taps of [1, partition - 1, partition, partition + 1, 3 * partition + 5]) {
      const [h, x] = [noise(taps, 5), noise(2 * partition + 77, 6)];
      const convolver = make(h, { partition, tail: true });
      const [y] = run(convolver, [x]);
      expect(y.length).toBe(x.length + taps - 1);
      expect(errorOf(y, x, h, framesToCheck(y.length))).toBeLessThan(1e-6);
      convolver.dispose();
    }
  });

  it('gives the same bits however the input is cut, for any filter, stream after stream', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 600 }),
        fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 12 }),
        fc.integer({ min: 1, max: 200 }),
        fc.boolean(),
        (taps, cuts, maxInput, tail) => {
          const [h, x] = [noise(taps, taps + 1), noise(900, 8)];
          const [whole, pieces] = [make(h, { tail }), make(h, { tail, maxInput })];
          const [expected] = run(whole, [x]);
          expect(expected.length).toBe(tail ? 900 + taps - 1 : 900);
          expect(run(pieces, [x], cuts)[0]).toEqual(expected);
          expect(run(pieces, [x], Array(7).fill(1))[0]).toEqual(expected);
          pieces.process([noise(333, 1)]);
          pieces.reset();
          expect(run(pieces, [x])[0]).toEqual(expected);
          expect(errorOf(expected, x, h, framesToCheck(900))).toBeLessThan(1e-6);
          whole.dispose();
          pieces.dispose();
        },
      ),
      { numRuns: 40 },
    );
  });

  it('reports the latency that is measured: partition − 1 frames', () => {
    const convolver = make(noise(1000, 1), { partition: 64 });
    expect(convolver.latency).toEqual({ numerator: 21, denominator: 16000 }); // 63/48000
    expect(convolver.period).toEqual({ input: 64, output: 64 });
    let [fed, come, most] = [0, 0, 0];
    for (let frame = 0; frame < 500; frame++) {
      fed++;
      const given = convolver.process([new Float32Array(1)])[0].length;
      for (let k = come; k < come + given; k++) {
        most = Math.max(most, fed - 1 - k);
        expect(convolver.inputNeeded(k + 1)).toBe(fed);
      }
      come += given;
    }
    expect(most).toBe(63);
    expect(convolver.inputNeeded(0)).toBe(0);
    convolver.dispose();
  });

  it('has a filter of its own for each channel, of any length, or one for all', () => {
    const planes = [noise(700, 1), noise(700, 2), noise(700, 3)];
    const filters = [noise(1, 4), noise(500, 5), noise(129, 6)];
    const each = new Convolver(engine, { input: framesOf(3), filter: filters });
    const all = new Convolver(engine, { input: framesOf(3), filter: filters[1] });
    const [separate, shared] = [run(each, planes), run(all, planes)];
    for (const channel of [0, 1, 2]) {
      expect(errorOf(separate[channel], planes[channel], filters[channel], framesToCheck(700))).toBeLessThan(1e-6);
      expect(errorOf(shared[channel], planes[channel], filters[1], framesToCheck(700))).toBeLessThan(1e-6);
    }
    expect(separate[1]).toEqual(shared[1]);
    each.dispose();
    all.dispose();
  });

  it('flushes twice without a word, and an empty stream to nothing', () => {
    const convolver = make(noise(300, 1), { tail: true });
    expect(convolver.flush()[0].length).toBe(0);
    expect(run(convolver, [noise(10, 1)])[0].length).toBe(309);
    expect(convolver.flush()[0].length).toBe(0);
    convolver.dispose();
  });

  it('counts NaN and infinities, and takes them for zero', () => {
    const h = noise(200, 2);
    const x = noise(600, 9);
    const damaged = x.slice();
    damaged[100] = Number.NaN;
    damaged[400] = Number.NEGATIVE_INFINITY;
    x[100] = 0;
    x[400] = 0;
    const convolver = make(h);
    const [y] = run(convolver, [damaged]);
    expect(convolver.faults).toBe(2);
    expect(y).toEqual(run(convolver, [x])[0]);
    convolver.dispose();
  });

  it('writes no more than maxOutput frames, into a port just that large', () => {
    const convolver = make(noise(50, 1), { partition: 16, maxInput: 21 });
    expect(convolver.maxOutput).toBe(32);
    const input = new SamplesPort(engine, { capacity: 21, channels: 1 });
    const output = new SamplesPort(engine, { capacity: convolver.maxOutput, channels: 1 });
    let most = 0;
    for (let call = 0; call < 50; call++) {
      input.count = call % 3 === 0 ? 15 : 21;
      most = Math.max(most, convolver.processInto(input, output));
    }
    expect(most).toBe(32);
    for (const disposable of [convolver, input, output]) disposable.dispose();
  });

  it('refuses wrong options, filters and ports, and use after dispose; gives all memory back', async () => {
    const { free } = engine.memory;
    const bad = (options: unknown) => () => new Convolver(engine, options as ConvolverOptions);
    const [input, filter] = [framesOf(2), Float32Array.of(1)];
    expect(bad({ input, filter: [1, 2] })).toThrow('filter[0] expected a Float32Array, got 1');
    expect(bad({ input, filter: [filter] })).toThrow(RangeError);
    expect(bad({ input, filter: 'echo' })).toThrow(TypeError);
    expect(bad({ input, filter: new Float32Array(0) })).toThrow('filter expected 1 to 4194304 taps');
    expect(bad({ input, filter: Float32Array.of(1, Number.NaN) })).toThrow(
      'filter[1] expected a finite number, got NaN',
    );
    expect(bad({ input, filter, partition: 100 })).toThrow(RangeError);
    expect(bad({ input, filter, partition: 8 })).toThrow(RangeError);
    expect(bad({ input, filter, tail: 1 })).toThrow(TypeError);
    expect(bad({ input, filter, maxInput: 0 })).toThrow(RangeError);
    expect(bad({ input, filter, taps: 1 })).toThrow("ConvolverOptions has no option 'taps'");
    expect(bad({ filter })).toThrow(TypeError);
    expect(bad({ input: { ...input, sample: 'f64' }, filter })).toThrow(TypeError);
    const convolver = new Convolver(engine, { input, filter });
    const [one, two] = [
      new SamplesPort(engine, { capacity: 128, channels: 1 }),
      new SamplesPort(engine, { capacity: 128, channels: 2 }),
    ];
    expect(() => convolver.processInto(one, two)).toThrow(TypeError);
    expect(() => convolver.processInto(two, two)).toThrow(RangeError);
    one.dispose();
    two.dispose();
    convolver.dispose();
    expect(() => convolver.process([filter, filter])).toThrow(DisposedError);
    expect(() => convolver.reset()).toThrow(DisposedError);
    expect(engine.memory.free).toBe(free);
    const small = await Engine.load({ memory: 2 ** 16 * 4 });
    const freeOfSmall = small.memory.free;
    for (let taps = 100; taps < 100_000; taps += 3500) {
      try {
        new Convolver(small, { input, filter: new Float32Array(taps), partition: 1024 }).dispose();
      } catch (error) {
        expect(error).toBeInstanceOf(EngineMemoryError);
      }
      expect(small.memory.free).toBe(freeOfSmall);
    }
  });
});

describe('convolve', () => {
  it('is the whole convolution, x.length + h.length − 1 values', () => {
    for (const [length, taps] of [
      [1, 1],
      [3, 2],
      [10, 1000],
      [5000, 33],
      [300, 9000],
    ]) {
      const [x, h] = [noise(length, 1), noise(taps, 2)];
      const y = convolve(engine, x, h);
      expect(y.length).toBe(length + taps - 1);
      expect(errorOf(y, x, h, framesToCheck(y.length))).toBeLessThan(1e-6);
    }
    expect(convolve(engine, new Float32Array(0), Float32Array.of(1, 2)).length).toBe(0);
  });

  it('refuses what is no signal or no filter', () => {
    expect(() => convolve(engine, [1] as never, Float32Array.of(1))).toThrow('x expected a Float32Array');
    expect(() => convolve(engine, Float32Array.of(1), new Float32Array(0))).toThrow(RangeError);
  });
});
