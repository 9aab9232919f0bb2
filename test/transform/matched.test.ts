import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { DisposedError } from '../../src/engine/errors.js';
import {
  Butterfly,
  ButterflyStage,
  Dct,
  DctStage,
  dct,
  Haar,
  HaarStage,
  haar,
  InverseButterflyStage,
  InverseDctStage,
  InverseHaarStage,
} from '../../src/transform/index.js';
import { dft } from '../reference/fft.js';
import { relativeError, walshByMatrix } from '../reference/fwht.js';
import { dctMatrix, haarMatrix, multiplyVector } from '../reference/matched.js';
import { noise, sameBits } from './_noise.js';

let engine: Engine;
let free: number;
beforeAll(async () => {
  engine = await Engine.load();
  free = engine.memory.free;
});
afterAll(() => {
  expect(engine.memory.free).toBe(free);
});

const frames = {
  kind: 'frames',
  sampleRate: { numerator: 48000, denominator: 1 },
  channels: 1,
  sample: 'f32',
} as const;

describe('Dct', () => {
  it('equals the matrix of cosines at every size up to 512, in both precisions', () => {
    for (let n = 2; n <= 512; n *= 2) {
      const x = noise(n, n);
      const expected = multiplyVector(dctMatrix(n), x);
      expect(relativeError(dct(engine, x), expected)).toBeLessThan(3e-7 * Math.log2(n) + 1e-7);
      expect(relativeError(dct(engine, Float64Array.from(x)), expected)).toBeLessThan(1e-15 * Math.log2(n) + 1e-15);
    }
  });

  it('gives back what it transformed, short or long, and keeps energy', () => {
    for (const n of [2, 4, 1024, 2 ** 15]) {
      const transform = new Dct(engine, { size: n, sample: 'f64', batch: 2 });
      const x = Float64Array.from(noise(2 * n, 3));
      const y = transform.forward(x);
      expect(Math.abs(y.reduce((a, b) => a + b * b, 0) / x.reduce((a, b) => a + b * b, 0) - 1)).toBeLessThan(1e-12);
      expect(relativeError(transform.inverse(y), x)).toBeLessThan(1e-14);
      transform.buffer.set(x);
      transform.run();
      expect(sameBits(transform.buffer, y)).toBe(true);
      transform.runInverse();
      expect(relativeError(transform.buffer, x)).toBeLessThan(1e-14);
      transform.dispose();
    }
  });

  it('is without a factor the plain sum of cosines, and its inverse undoes that, too', () => {
    const x = Float64Array.from(noise(16));
    const y = dct(engine, x, { scale: 'none' });
    const k = 5;
    expect(y[k]).toBeCloseTo(
      x.reduce((sum, value, i) => sum + value * Math.cos((Math.PI * k * (2 * i + 1)) / 32), 0),
      12,
    );
    expect(y[0]).toBeCloseTo(
      x.reduce((a, b) => a + b),
      12,
    );
    expect(relativeError(dct(engine, y, { scale: 'none', inverse: true }), x)).toBeLessThan(1e-15);
  });

  it('refuses bad input', () => {
    expect(() => new Dct(engine, { size: 12 })).toThrow(/size expected a power of two/);
    expect(() => new Dct(engine, { size: 8, scale: 'inverse' as 'none' })).toThrow(RangeError);
    expect(() => new Dct(engine, { size: 8, batch: 0 })).toThrow(/batch/);
    expect(() => dct(engine, [1, 2] as unknown as Float32Array)).toThrow(TypeError);
    const transform = new Dct(engine, { size: 8 });
    expect(() => transform.forward(new Float64Array(8) as unknown as Float32Array)).toThrow(TypeError);
    expect(() => transform.forward(new Float32Array(7))).toThrow(/x expected 8 values, got 7/);
    transform.dispose();
    expect(() => transform.run()).toThrow(DisposedError);
  });
});

describe('Haar', () => {
  it('equals the matrix of steps at every size up to 256', () => {
    for (let n = 1; n <= 256; n *= 2) {
      const x = Float64Array.from(noise(n, n));
      expect(relativeError(haar(x), multiplyVector(haarMatrix(n), x))).toBeLessThan(1e-15);
    }
  });

  it('gives back what it transformed, whatever the levels', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 }), fc.nat(), (log, pick) => {
        const levels = pick % (log + 1);
        const x = Float64Array.from(noise(2 ** log, pick + 1));
        const transform = new Haar({ size: x.length, levels });
        expect(relativeError(transform.inverse(transform.forward(x)), x)).toBeLessThan(1e-14);
      }),
    );
    expect(haar(Float64Array.of(5, 3, 1, 1), { levels: 1 })[0]).toBeCloseTo(8 / Math.SQRT2, 14);
  });

  it('has in its stages the bits of its plain arithmetic, at every size and level', () => {
    for (let n = 1; n <= 1024; n *= 2) {
      for (let levels = 0; levels <= Math.log2(n); levels++) {
        const forward = new HaarStage(engine, { input: frames, size: n, levels });
        const backward = new InverseHaarStage(engine, { input: forward.output, levels });
        const x = noise(3 * n, n + levels);
        const plain = new Haar({ size: n, levels });
        const blocks = [0, 1, 2].map((block) => x.slice(block * n, (block + 1) * n));
        const [y] = forward.process([x]);
        expect(sameBits(y, Float32Array.from(blocks.flatMap((block) => [...plain.forward(block)])))).toBe(true);
        const [z] = backward.process([x]);
        expect(sameBits(z, Float32Array.from(blocks.flatMap((block) => [...plain.inverse(block)])))).toBe(true);
        for (const stage of [forward, backward]) stage.dispose();
      }
    }
  });

  it('refuses bad input', () => {
    expect(() => new Haar({ size: 3 })).toThrow(RangeError);
    expect(() => new Haar({ size: 8, levels: 4 })).toThrow(/levels expected a whole number from 0 to 3/);
    expect(() => haar([1, 2] as unknown as Float32Array)).toThrow(TypeError);
    expect(() => new Haar({ size: 4 }).forward(new Float32Array(4), new Float32Array(3))).toThrow(/out expected 4/);
  });
});

describe('Butterfly', () => {
  it('reproduces the Fourier transform to machine precision up to 1024', () => {
    for (let n = 1; n <= 1024; n *= 2) {
      const x = Float64Array.from(noise(2 * n, n));
      const re = Float64Array.from({ length: n }, (_, i) => x[2 * i]);
      const im = Float64Array.from({ length: n }, (_, i) => x[2 * i + 1]);
      const expected = dft({ re, im });
      const fft = Butterfly.fft(n);
      const y = fft.forward(x);
      const both = Float64Array.from({ length: 2 * n }, (_, i) => (i % 2 === 0 ? expected.re : expected.im)[i >> 1]);
      // Half a unit of the last place for every stage.
      expect(relativeError(y, both)).toBeLessThan(2 ** -53 * (1 + Math.log2(n)));
      expect(relativeError(fft.inverse(y), x)).toBeLessThan(2 ** -51 * (1 + Math.log2(n)));
      expect(fft.stages).toBe(Math.log2(n));
    }
  });

  it('is the Walsh–Hadamard transform', () => {
    for (const n of [1, 2, 64, 256]) {
      const x = Float64Array.from(noise(n, n));
      expect(relativeError(Butterfly.fwht(n).forward(x), walshByMatrix(x, 'natural'))).toBeLessThan(1e-15);
    }
  });

  it('chains Givens rotations in their order, keeps lengths and turns back', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(6), fc.nat(6), fc.double({ min: -2, max: 2, noNaN: true })), { maxLength: 12 }),
        (turns) => {
          const rotations = turns
            .filter(([first, second]) => first !== second)
            .map(([first, second, halfTurns]) => ({ first, second, halfTurns }));
          const x = Float64Array.from(noise(7, turns.length + 1));
          const expected = x.slice();
          for (const { first, second, halfTurns } of rotations) {
            const [a, b] = [expected[first], expected[second]];
            const [c, s] = [Math.cos(Math.PI * halfTurns), Math.sin(Math.PI * halfTurns)];
            expected[first] = c * a - s * b;
            expected[second] = s * a + c * b;
          }
          const chain = Butterfly.givens(7, rotations);
          expect(relativeError(chain.forward(x), expected)).toBeLessThan(1e-14);
          expect(relativeError(chain.inverse(chain.forward(x)), x)).toBeLessThan(1e-14);
        },
      ),
    );
  });

  it('refuses factors that are none', () => {
    const make = (factor: unknown, more = {}) => new Butterfly({ points: 4, factors: [factor as never], ...more });
    expect(() => make(undefined)).toThrow(TypeError);
    expect(() => make({ pairs: [0, 1, 2], entries: [1, 0, 0, 1] })).toThrow(/two indices a pair/);
    expect(() => make({ pairs: [0, 4], entries: [1, 0, 0, 1] })).toThrow(
      /pairs\[1\] expected a whole number from 0 to 3/,
    );
    expect(() => make({ pairs: [0, 0], entries: [1, 0, 0, 1] })).toThrow(/no other pair/);
    expect(() => make({ pairs: [0, 1], entries: [1, 0, 0] })).toThrow(/4 numbers a pair/);
    expect(() => make({ pairs: [0, 1], entries: [1, 0, 0, Number.NaN] })).toThrow(/finite/);
    expect(() => make({ pairs: [], entries: [] }, { permutation: [0, 1, 1, 2] })).toThrow(/not named before/);
    expect(() => make({ pairs: [0, 1], entries: [1, 1, 1, 1] }).inverse(new Float64Array(4))).toThrow(/inverse/);
    expect(() => Butterfly.givens(2, [{ first: 0, second: 1, halfTurns: Number.NaN }])).toThrow(RangeError);
  });
});

describe('the stages', () => {
  it('give block by block what the plain functions give, however the input is cut', () => {
    const x = noise(100, 5);
    const padded = new Float32Array(112);
    padded.set(x);
    const butterfly = Butterfly.givens(16, [
      { first: 0, second: 9, halfTurns: 0.3 },
      { first: 9, second: 4, halfTurns: 1.1 },
    ]);
    const stages = [
      [new DctStage(engine, { input: frames, size: 16 }), (block: Float32Array) => dct(engine, block)],
      [
        new HaarStage(engine, { input: frames, size: 16, levels: 2 }),
        (block: Float32Array) => haar(block, { levels: 2 }),
      ],
      [new ButterflyStage(engine, { input: frames, butterfly }), (block: Float32Array) => butterfly.forward(block)],
    ] as const;
    for (const [stage, plain] of stages) {
      const out: number[] = [];
      for (let at = 0, cut = 1; at < x.length; at += cut, cut = (cut * 5) % 23) {
        out.push(...stage.process([x.subarray(at, Math.min(x.length, at + cut))])[0]);
      }
      out.push(...stage.flush()[0]);
      const expected = Float32Array.from({ length: 112 });
      for (let from = 0; from < 112; from += 16) expected.set(plain(padded.slice(from, from + 16)), from);
      expect(Float32Array.from(out)).toEqual(expected);
      stage.dispose();
    }
  });

  it('refuse what does not fit', () => {
    const blocks = { kind: 'blocks', blockRate: { numerator: 1, denominator: 1 }, channels: 1, size: 12 } as const;
    expect(() => new DctStage(engine, { input: frames, size: 12 })).toThrow(RangeError);
    expect(() => new InverseDctStage(engine, { input: blocks })).toThrow(/input.size expected a power of two/);
    expect(() => new InverseButterflyStage(engine, { input: blocks, butterfly: Butterfly.fwht(8) })).toThrow(
      /input.size/,
    );
    expect(() => new ButterflyStage(engine, { input: frames, butterfly: {} as Butterfly })).toThrow(/a Butterfly/);
  });
});
