import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { DisposedError, EngineMemoryError } from '../../src/engine/errors.js';
import { Fft, fft, inverseFft } from '../../src/transform/fft.js';
import { referenceComplexFft, referenceRealFft, relativeError } from '../reference/fft.js';
import { LARGEST_LOG } from './_noise.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load({ memory: 256 * 2 ** 20 });
});

/** Deterministic noise in [−1, 1). */
function noise(length: number, seed = 1): Float64Array {
  let state = seed >>> 0 || 1;
  return Float64Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 31 - 1;
  });
}

const SAMPLES = ['f32', 'f64'] as const;
const TYPES = ['real', 'complex'] as const;
type Sample = (typeof SAMPLES)[number];
type Type = (typeof TYPES)[number];

const boundOf = (sample: Sample, size: number) => (sample === 'f32' ? 3e-7 : 1e-15) * Math.max(1, Math.log2(size));
const arrayOf = (sample: Sample, values: ArrayLike<number>) =>
  sample === 'f32' ? Float32Array.from(values) : Float64Array.from(values);
const signalOf = (sample: Sample, type: Type, size: number, seed?: number) =>
  arrayOf(sample, noise(type === 'real' ? size : 2 * size, seed));

/** An Fft of either precision, with the types of the arrays loosened. */
function make(options: { size: number; type: Type; sample: Sample; order?: 'natural' | 'internal'; scale?: Scale }) {
  return new Fft<Sample>(engine, options) as unknown as Fft<'f64'>;
}
type Scale = 'none' | 'orthonormal' | 'inverse';
type Values = Float64Array<ArrayBuffer>;

const sizes = Array.from({ length: 16 }, (_, index) => 2 ** (index + 1));
const cases = SAMPLES.flatMap((sample) => TYPES.map((type) => ({ sample, type })));

describe.each(cases)('Fft, $type $sample', ({ sample, type }) => {
  const reference = type === 'real' ? referenceRealFft : referenceComplexFft;

  it.each(sizes)('is within 3e-7·log2 n (f32), 1e-15·log2 n (f64) of the definition at size %i', (size) => {
    const transform = make({ size, type, sample });
    const x = signalOf(sample, type, size) as Values;
    const spectrum = transform.forward(x);
    expect(relativeError(spectrum, reference(x))).toBeLessThan(boundOf(sample, size));
    expect(relativeError(transform.inverse(spectrum), x)).toBeLessThan(boundOf(sample, size));
    transform.dispose();
  });

  it.each(LARGEST_LOG === 20 ? [2 ** 20] : [])('is so at size %i', () => {
    if (type === 'complex' && sample === 'f64') return; // covered by the real one, which runs the same passes
    const size = 2 ** 20;
    const transform = make({ size, type, sample });
    const x = signalOf(sample, type, size) as Values;
    const spectrum = transform.forward(x);
    expect(relativeError(transform.inverse(spectrum), x)).toBeLessThan(boundOf(sample, size));
    // Single bins, by the definition.
    for (const k of [0, 1, 2, 777, size / 4 + 3, size / 2 - 1, size / 2]) {
      let [re, im] = [0, 0];
      for (let n = 0; n < size; n++) {
        const angle = (2 * Math.PI * ((k * n) % size)) / size;
        const [xRe, xIm] = type === 'real' ? [x[n], 0] : [x[2 * n], x[2 * n + 1]];
        re += xRe * Math.cos(angle) + xIm * Math.sin(angle);
        im += xIm * Math.cos(angle) - xRe * Math.sin(angle);
      }
      const scale = Math.sqrt(size / 3);
      expect(Math.abs(spectrum[2 * k] - re) / scale).toBeLessThan(10 * boundOf(sample, size));
      expect(Math.abs(spectrum[2 * k + 1] - im) / scale).toBeLessThan(10 * boundOf(sample, size));
    }
    transform.dispose();
  });

  it('gives inverse∘forward = identity for every order and scale, at every size', () => {
    for (const size of sizes.slice(0, 12)) {
      for (const order of ['natural', 'internal'] as const) {
        for (const scale of ['none', 'orthonormal', 'inverse'] as const) {
          const transform = make({ size, type, sample, order, scale });
          const x = signalOf(sample, type, size, size + 7) as Values;
          const back = transform.inverse(transform.forward(x));
          expect(relativeError(back, x), `${size} ${order} ${scale}`).toBeLessThan(2 * boundOf(sample, size));
          transform.dispose();
        }
      }
    }
  });

  it('keeps energy where the scale is orthonormal (Parseval)', () => {
    for (const size of [2, 8, 64, 2048]) {
      const transform = make({ size, type, sample, scale: 'orthonormal' });
      const x = signalOf(sample, type, size, 3) as Values;
      const spectrum = transform.forward(x);
      const energy = x.reduce((sum, value) => sum + value * value, 0);
      let spectral = spectrum.reduce((sum, value) => sum + value * value, 0);
      if (type === 'real') {
        // Bins 1 to n/2 − 1 stand for their mirror images, too.
        spectral = 2 * spectral - spectrum[0] ** 2 - spectrum[1] ** 2 - spectrum[size] ** 2 - spectrum[size + 1] ** 2;
      }
      expect(Math.abs(spectral / energy - 1)).toBeLessThan(4 * boundOf(sample, size));
      transform.dispose();
    }
  });

  it('multiplies by 1/n for scale inverse and 1/√n for orthonormal', () => {
    for (const size of [4, 32, 512]) {
      const x = signalOf(sample, type, size, 9) as Values;
      const plain = reference(x);
      for (const [scale, factor] of [
        ['inverse', 1 / size],
        ['orthonormal', 1 / Math.sqrt(size)],
      ] as const) {
        const transform = make({ size, type, sample, scale });
        const expected = plain.map((value) => value * factor);
        expect(relativeError(transform.forward(x), expected)).toBeLessThan(2 * boundOf(sample, size));
        transform.dispose();
      }
    }
  });

  it('is linear', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 2 ** 31 }),
        fc.double({ min: -4, max: 4, noNaN: true }),
        (log, seed, factor) => {
          const size = 2 ** log;
          const transform = make({ size, type, sample });
          const [x, y] = [signalOf(sample, type, size, seed), signalOf(sample, type, size, seed ^ 0x5555)] as Values[];
          const mixed = arrayOf(
            sample,
            x.map((value, index) => value + factor * y[index]),
          ) as Values;
          const [fx, fy, fm] = [transform.forward(x), transform.forward(y), transform.forward(mixed)];
          const error = fm.map((value, index) => value - fx[index] - factor * fy[index]);
          const norm = Math.hypot(...fx) + Math.abs(factor) * Math.hypot(...fy);
          expect(Math.hypot(...error) / norm).toBeLessThan(2 * boundOf(sample, size));
          transform.dispose();
        },
      ),
      { numRuns: 30 },
    );
  });

  it('turns an impulse at m into exp(−2πi·km/n) (shift theorem)', () => {
    for (const size of [2, 4, 8, 16, 32, 64, 256, 1024]) {
      const transform = make({ size, type, sample });
      for (const m of new Set([0, 1, size / 2, size - 1])) {
        const x = arrayOf(sample, new Float64Array(type === 'real' ? size : 2 * size)) as Values;
        x[type === 'real' ? m : 2 * m] = 1;
        const spectrum = transform.forward(x);
        const bins = type === 'real' ? size / 2 + 1 : size;
        for (let k = 0; k < bins; k++) {
          const angle = (2 * Math.PI * ((k * m) % size)) / size;
          expect(Math.abs(spectrum[2 * k] - Math.cos(angle))).toBeLessThan(boundOf(sample, size));
          expect(Math.abs(spectrum[2 * k + 1] + Math.sin(angle))).toBeLessThan(boundOf(sample, size));
        }
      }
      transform.dispose();
    }
  });

  it.each(['natural', 'internal'] as const)('makes circular convolution of products in %s order', (order) => {
    for (const size of [2, 4, 8, 16, 32, 64, 128, 512]) {
      const transform = make({ size, type, sample, order });
      const [x, y] = [signalOf(sample, type, size, 21), signalOf(sample, type, size, 22)] as Values[];
      const product = transform.inverse(transform.multiply(transform.forward(x), transform.forward(y)));
      const expected = new Float64Array(x.length);
      for (let a = 0; a < size; a++) {
        for (let b = 0; b < size; b++) {
          const at = (a + b) % size;
          if (type === 'real') expected[at] += x[a] * y[b];
          else {
            expected[2 * at] += x[2 * a] * y[2 * b] - x[2 * a + 1] * y[2 * b + 1];
            expected[2 * at + 1] += x[2 * a] * y[2 * b + 1] + x[2 * a + 1] * y[2 * b];
          }
        }
      }
      expect(relativeError(product, expected), `size ${size}`).toBeLessThan(3 * boundOf(sample, size));
      transform.dispose();
    }
  });

  it('has in internal order the values of natural order, another way round', () => {
    for (const size of [4, 64, 256]) {
      const [natural, internal] = [make({ size, type, sample }), make({ size, type, sample, order: 'internal' })];
      const x = signalOf(sample, type, size, 5) as Values;
      const [a, b] = [natural.forward(x), internal.forward(x)];
      expect(b.length).toBe(x.length);
      const sorted = (values: Iterable<number>) => Float64Array.from([...values].map(Math.abs)).sort();
      // Of a real signal the two zeros are left out.
      const kept = type === 'real' ? [...a.subarray(0, 1), ...a.subarray(2, size + 1)] : [...a];
      expect([...sorted(b)]).toEqual([...sorted(kept)]);
      natural.dispose();
      internal.dispose();
    }
  });

  it('gives the same bits at its real-time door and with an out array', () => {
    for (const size of [4, 32, 128]) {
      const transform = make({ size, type, sample });
      const x = signalOf(sample, type, size, 11) as Values;
      const expected = transform.forward(x);
      const out = arrayOf(sample, new Float64Array(expected.length)) as Values;
      expect(transform.forward(x, out)).toBe(out);
      expect(out).toEqual(expected);
      transform.buffer.set(x);
      transform.run();
      expect(transform.spectrum.slice()).toEqual(expected);
      transform.runInverse();
      expect(transform.buffer.slice()).toEqual(transform.inverse(expected));
      const other = make({ size, type, sample });
      other.spectrum.set(expected);
      transform.spectrum.set(expected);
      transform.runMultiply(other);
      expect(transform.spectrum.slice()).toEqual(transform.multiply(expected, expected));
      transform.dispose();
      other.dispose();
    }
  });

  it('gives all memory back', () => {
    const { free } = engine.memory;
    for (const size of [2, 8, 32, 4096]) {
      const first = make({ size, type, sample });
      const second = make({ size, type, sample, order: 'internal' });
      second.multiply(second.forward(signalOf(sample, type, size) as Values), second.spectrum.slice());
      first.dispose();
      first.dispose();
      second.dispose();
    }
    expect(engine.memory.free).toBe(free);
  });
});

describe('Fft', () => {
  it('has the same spectrum for a real signal and for one whose imaginary part is zero', () => {
    for (const size of [4, 16, 128, 2048]) {
      const x = noise(size, 17);
      const real = fft(engine, x);
      const complex = fft(
        engine,
        Float64Array.from({ length: 2 * size }, (_, index) => (index % 2 === 0 ? x[index / 2] : 0)),
        { type: 'complex' },
      );
      expect(relativeError(real, complex.subarray(0, size + 2))).toBeLessThan(boundOf('f64', size));
    }
  });

  it('does not read the imaginary parts of the first and the last bin of a real spectrum', () => {
    for (const size of [8, 64]) {
      const spectrum = fft(engine, noise(size, 4));
      const expected = inverseFft(engine, spectrum);
      spectrum[1] = 100;
      spectrum[size + 1] = -100;
      expect(inverseFft(engine, spectrum)).toEqual(expected);
    }
  });

  it('spreads a NaN over its own transform only', () => {
    const transform = new Fft(engine, { size: 64 });
    const x = new Float32Array(64);
    x[3] = Number.NaN;
    expect(transform.forward(x).some(Number.isNaN)).toBe(true);
    expect(transform.forward(new Float32Array(64)).every((value) => value === 0)).toBe(true);
    transform.dispose();
  });

  it('refuses wrong options, arrays and other spectra with the argument named', () => {
    const bad = (options: unknown) => () => new Fft(engine, options as { size: number });
    const { free } = engine.memory;
    expect(bad({ size: 3 })).toThrow(new RangeError('size expected a power of two from 2 to 1048576, got 3'));
    expect(bad({ size: 1 })).toThrow(RangeError);
    expect(bad({ size: 2 ** 21 })).toThrow(RangeError);
    expect(bad({ size: Number.NaN })).toThrow(RangeError);
    expect(bad({ size: '64' })).toThrow(TypeError);
    expect(bad({ size: 64, type: 'reel' })).toThrow("type expected one of real, complex, got 'reel'");
    expect(bad({ size: 64, sample: 'i16' })).toThrow(RangeError);
    expect(bad({ size: 64, order: 'sequency' })).toThrow(RangeError);
    expect(bad({ size: 64, scale: 2 })).toThrow(TypeError);
    expect(bad({ size: 64, sise: 2 })).toThrow("FftOptions has no option 'sise'");
    expect(bad(undefined)).toThrow(TypeError);
    const transform = new Fft(engine, { size: 16 });
    expect(() => transform.forward(new Float32Array(15))).toThrow('x expected 16 values, got 15');
    expect(() => transform.forward(new Float64Array(16) as never)).toThrow(
      'x expected a Float32Array, got Float64Array',
    );
    expect(() => transform.forward(new Float32Array(16), new Float32Array(16))).toThrow(
      'out expected 18 values, got 16',
    );
    expect(() => transform.inverse(new Float32Array(16))).toThrow('X expected 18 values, got 16');
    expect(() => transform.multiply(new Float32Array(18), new Float32Array(16))).toThrow(
      'Y expected 18 values, got 16',
    );
    const other = new Fft(engine, { size: 32 });
    expect(() => transform.runMultiply(other)).toThrow(TypeError);
    expect(() => transform.runMultiply(undefined as never)).toThrow(TypeError);
    other.dispose();
    expect(() => fft(engine, [1, 2] as never)).toThrow(TypeError);
    expect(() => fft(engine, new Float32Array(6))).toThrow(RangeError);
    expect(() => fft(engine, new Float32Array(6), { type: 'complex' })).toThrow(RangeError);
    expect(() => inverseFft(engine, new Float32Array(8))).toThrow(RangeError);
    transform.dispose();
    expect(() => transform.forward(new Float32Array(16))).toThrow(DisposedError);
    expect(() => transform.run()).toThrow(DisposedError);
    expect(() => transform.runInverse()).toThrow(DisposedError);
    expect(engine.memory.free).toBe(free);
  });

  it('says what memory it wanted, and keeps none of it, where the engine is too small', async () => {
    const small = await Engine.load({ memory: 2 ** 16 * 10 });
    const { free } = small.memory;
    for (let size = 2 ** 12; size <= 2 ** 20; size *= 2) {
      for (const type of TYPES) {
        try {
          new Fft(small, { size, type }).dispose();
        } catch (error) {
          expect(error).toBeInstanceOf(EngineMemoryError);
        }
        expect(small.memory.free).toBe(free);
      }
    }
    expect(() => new Fft(small, { size: 2 ** 20 })).toThrow(EngineMemoryError);
  });
});
