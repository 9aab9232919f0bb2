import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { DisposedError } from '../../src/engine/errors.js';
import { type FwhtOrder, WalshSpectrum, type WalshSpectrumOptions } from '../../src/transform/index.js';
import { naturalIndex, walshByRecursion } from '../reference/fwht.js';
import { LARGEST_LOG, noise, sameBits } from './_noise.js';

const ORDERS: FwhtOrder[] = ['natural', 'dyadic', 'sequency'];

let engine: Engine;
let free: number;
beforeAll(async () => {
  engine = await Engine.load({ memory: 32 * 2 ** 20 });
  free = engine.memory.free;
});
afterAll(() => {
  expect(engine.memory.free).toBe(free);
});

function spectrumOf(bits: number[], order: FwhtOrder = 'natural'): Int32Array {
  const table = new Uint8Array(Math.ceil(bits.length / 8));
  for (const [j, bit] of bits.entries()) table[j >> 3] |= bit << (j & 7);
  const processor = new WalshSpectrum(engine, { size: bits.length, order });
  try {
    return processor.transform(table);
  } finally {
    processor.dispose();
  }
}

const bitsOfNoise = (size: number, seed: number) => Array.from(noise(size, seed), (value) => (value < 0 ? 1 : 0));
const functionOf = (inputs: number, f: (x: number[]) => number) =>
  Array.from({ length: 2 ** inputs }, (_, x) => f(Array.from({ length: inputs }, (_, bit) => (x >> bit) & 1)) & 1);
const nonlinearity = (spectrum: Int32Array) =>
  spectrum.length / 2 - spectrum.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) / 2;

describe('WalshSpectrum', () => {
  it('is the transform of ±1, exactly, at every size in every order', () => {
    for (let log = 0; log <= LARGEST_LOG; log++) {
      if (log === 17 || log === 19) continue; // They take long, and have neighbours on both sides.
      const bits = bitsOfNoise(2 ** log, log + 1);
      const natural = walshByRecursion(
        bits.map((bit) => 1 - 2 * bit),
        'natural',
      );
      for (const order of log > 16 ? [ORDERS[log % 3]] : ORDERS) {
        const expected = Int32Array.from(natural, (_, i) => natural[naturalIndex(i, natural.length, order)]);
        expect(sameBits(spectrumOf(bits, order), expected)).toBe(true);
      }
    }
  });

  it('reaches both ends: a constant function, and a linear one, has one coefficient ±n', () => {
    for (const log of [3, 12, 13, 15, 16, 20]) {
      const size = 2 ** log;
      const processor = new WalshSpectrum(engine, { size });
      processor.run();
      expect([processor.spectrum[0], processor.spectrum.every((value, w) => w === 0 || value === 0)]).toEqual([
        size,
        true,
      ]);
      processor.bits.fill(255);
      processor.run();
      expect(processor.spectrum[0]).toBe(-size);
      // Parity of all input bits: the linear function of index size − 1.
      processor.bits.forEach((_, byte, all) => {
        const even = byte.toString(2).replaceAll('0', '').length % 2 === 0;
        all[byte] = even ? 0b10010110 : 0b01101001;
      });
      processor.run();
      expect(processor.spectrum[size - 1]).toBe(size);
      processor.dispose();
    }
  });

  it('is flat for bent functions, whose nonlinearity is 2^(k−1) − 2^(k/2−1)', () => {
    for (const k of [2, 4, 6, 8, 10]) {
      const bent = functionOf(k, (x) => x.reduce((sum, bit, i) => (i % 2 === 0 ? sum + bit * x[i + 1] : sum), 0));
      const spectrum = spectrumOf(bent);
      expect(spectrum.every((value) => Math.abs(value) === 2 ** (k / 2))).toBe(true);
      expect(nonlinearity(spectrum)).toBe(2 ** (k - 1) - 2 ** (k / 2 - 1));
    }
  });

  it('gives the nonlinearity of known functions: majority of 3 has 2, of 5 has 10, affine ones 0', () => {
    const majority = (x: number[]) => (x.reduce((sum, bit) => sum + bit, 0) * 2 > x.length ? 1 : 0);
    expect(nonlinearity(spectrumOf(functionOf(3, majority)))).toBe(2);
    expect(nonlinearity(spectrumOf(functionOf(5, majority)))).toBe(10);
    expect(nonlinearity(spectrumOf(functionOf(6, (x) => x[0] + x[3] + x[5] + 1)))).toBe(0);
  });

  it('has the energy n² (Parseval), whatever the function', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 }), fc.nat(), (log, seed) => {
        const spectrum = spectrumOf(bitsOfNoise(2 ** log, seed));
        expect(spectrum.reduce((sum, value) => sum + value * value, 0)).toBe(4 ** log);
      }),
      { numRuns: 40 },
    );
  });

  it('reads the bytes of a Uint32Array as its bits, and ignores what is behind the table', () => {
    const word = Uint32Array.of(0x8000_0001);
    const bits = Array.from({ length: 32 }, (_, j) => (j === 0 || j === 31 ? 1 : 0));
    const processor = new WalshSpectrum(engine, { size: 32 });
    expect(processor.transform(new Uint8Array(word.buffer))).toEqual(spectrumOf(bits));
    processor.dispose();
    const small = new WalshSpectrum(engine, { size: 4 });
    const out = new Int32Array(4);
    expect(small.transform(Uint8Array.of(0b11110001), out)).toBe(out);
    expect(Array.from(out)).toEqual([2, -2, -2, -2]);
    small.dispose();
  });

  it('touches nothing outside its memory', () => {
    for (const size of [1, 2, 4, 8, 16, 32, 4096, 8192]) {
      const processor = new WalshSpectrum(engine, { size, order: 'dyadic' });
      const neighbour = new WalshSpectrum(engine, { size: 1024 });
      neighbour.bits.fill(7);
      processor.run();
      expect(neighbour.bits.every((value) => value === 7)).toBe(true);
      neighbour.dispose();
      processor.dispose();
    }
  });

  it('refuses sizes and tables that do not fit', () => {
    const make = (options: unknown) => () => new WalshSpectrum(engine, options as WalshSpectrumOptions);
    for (const size of [0, 3, 12, 2 ** 21, Number.NaN]) expect(make({ size })).toThrow(/size expected a power of two/);
    expect(make({ size: 8, order: 'walsh' })).toThrow(RangeError);
    expect(make({ size: 8, scale: 'none' })).toThrow(/no option 'scale'/);
    const processor = new WalshSpectrum(engine, { size: 16 });
    expect(() => processor.transform(new Uint8Array(3))).toThrow(/table expected 2 bytes, got 3/);
    expect(() => processor.transform(new Int8Array(2) as unknown as Uint8Array)).toThrow(TypeError);
    expect(() => processor.transform(new Uint8Array(2), new Int32Array(8))).toThrow(/out expected 16 values, got 8/);
    processor.dispose();
    expect(() => processor.run()).toThrow(DisposedError);
  });
});
