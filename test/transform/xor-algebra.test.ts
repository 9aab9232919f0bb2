import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { DisposedError } from '../../src/engine/errors.js';
import {
  InverseXorFilterStage,
  solveXorCirculant,
  XorFilter,
  XorFilterStage,
  xorConvolve,
  xorCorrelate,
} from '../../src/transform/index.js';
import { relativeError } from '../reference/fwht.js';
import { solveDense, xorConvolution } from '../reference/matched.js';
import { noise } from './_noise.js';

let engine: Engine;
let free: number;
beforeAll(async () => {
  engine = await Engine.load();
  free = engine.memory.free;
});
afterAll(() => {
  expect(engine.memory.free).toBe(free);
});

const doubles = (length: number, seed: number) => Float64Array.from(noise(length, seed));
/** A kernel whose spectrum stays away from zero: its first value outweighs the others. */
function kernelOf(length: number, seed: number): Float64Array {
  const kernel = doubles(length, seed);
  kernel[0] = 1 + kernel.reduce((sum, value) => sum + Math.abs(value), 0);
  return kernel;
}

describe('XOR algebra', () => {
  it('convolves and correlates as the sums say', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 8 }), fc.nat(1000), (log, seed) => {
        const [a, b] = [doubles(2 ** log, seed + 1), doubles(2 ** log, seed + 2)];
        const sums = xorConvolution(a, b);
        expect(relativeError(xorConvolve(engine, a, b), sums)).toBeLessThan(1e-13);
        expect(
          relativeError(
            xorCorrelate(engine, a, b),
            sums.map((sum) => sum / a.length),
          ),
        ).toBeLessThan(1e-13);
        expect(relativeError(xorConvolve(engine, Float32Array.from(a), Float32Array.from(b)), sums)).toBeLessThan(1e-5);
      }),
      { numRuns: 40 },
    );
  });

  it('solves a system of 256 as an elimination does, to 1e-10', () => {
    for (const [seed, kernel] of [kernelOf(256, 3), doubles(256, 4), doubles(256, 5)].entries()) {
      const y = doubles(256, seed + 20);
      const matrix = Array.from({ length: 256 }, (_, i) => Float64Array.from({ length: 256 }, (_, j) => kernel[i ^ j]));
      expect(relativeError(solveXorCirculant(engine, kernel, y), solveDense(matrix, y))).toBeLessThan(1e-10);
    }
  });

  it('undoes a convolution, and tells how far errors may grow', () => {
    const filter = new XorFilter(engine, { kernel: kernelOf(64, 9) });
    const x = doubles(64, 10);
    expect(relativeError(filter.solve(filter.convolve(x)), x)).toBeLessThan(1e-14);
    const out = new Float64Array(64);
    expect(filter.convolve(x, out)).toBe(out);
    expect(filter.condition).toBeGreaterThan(1);
    expect(filter.condition).toBeLessThan(1000);
    filter.dispose();
    expect(() => filter.convolve(x)).toThrow(DisposedError);
  });

  it('refuses a singular kernel unless it is regularised', () => {
    const singular = [1, 1, 0, 0];
    expect(() => solveXorCirculant(engine, singular, new Float64Array(4))).toThrow(/zero at 1/);
    const filter = new XorFilter(engine, { kernel: singular, regularisation: 1e-6 });
    expect(filter.condition).toBe(Infinity);
    // Of the solutions the one that has nothing where the kernel has nothing: the shortest.
    const solved = filter.solve(Float64Array.of(2, 2, 4, 4));
    for (const [i, value] of [1, 1, 2, 2].entries()) expect(solved[i]).toBeCloseTo(value, 9);
    filter.dispose();
  });

  it('refuses bad input', () => {
    expect(() => new XorFilter(engine, { kernel: [1, 2, 3] })).toThrow(RangeError);
    expect(() => new XorFilter(engine, { kernel: [1, Number.NaN] })).toThrow(/kernel\[1\] expected a finite number/);
    expect(() => new XorFilter(engine, { kernel: 3 as never })).toThrow(TypeError);
    expect(() => new XorFilter(engine, { kernel: [1, 0], regularisation: -1 })).toThrow(/regularisation/);
    expect(() => xorConvolve(engine, new Float64Array(4), new Float64Array(2))).toThrow(/b expected 4 values/);
    expect(() => xorConvolve(engine, [1] as never, [1] as never)).toThrow(TypeError);
  });

  it('runs on a stream and back', () => {
    const input = { kind: 'frames', sampleRate: { numerator: 1, denominator: 1 }, channels: 2, sample: 'f32' } as const;
    const kernel = kernelOf(32, 6);
    const forward = new XorFilterStage(engine, { input, kernel });
    const backward = new InverseXorFilterStage(engine, { input: forward.output, kernel });
    const planes = [noise(64, 1), noise(64, 2)];
    const blocks = forward.process(planes);
    expect(relativeError(blocks[1].slice(32), xorConvolution(planes[1].slice(32), kernel))).toBeLessThan(1e-6);
    expect(relativeError(backward.process(blocks)[0], planes[0])).toBeLessThan(1e-6);
    const singular = () =>
      new InverseXorFilterStage(engine, { input: forward.output, kernel: new Float64Array(32).fill(1) });
    expect(singular).toThrow(RangeError);
    expect(() => new InverseXorFilterStage(engine, { input: forward.output, kernel: [2, 1] })).toThrow(/input.size/);
    forward.dispose();
    backward.dispose();
  });
});
