import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { BlockCodec, type BlockOptions } from '../../src/quantize/index.js';
import { decodeInteger, encodeInteger, rotateBlocks, snr, unrotateBlocks } from '../reference/quantize.js';
import { gaussian, generator } from './_signals.js';

let engine: Engine;
let made: BlockCodec[] = [];
beforeAll(async () => {
  engine = await Engine.load({ memory: 4 * 2 ** 20 });
});
afterEach(() => {
  for (const codec of made) codec.dispose();
  made = [];
});

function create(options: Omit<BlockOptions, 'format'> & { format?: string }): BlockCodec {
  made.push(new BlockCodec(engine, { format: 'int8', rotation: 'block', ...options }));
  return made[made.length - 1];
}

function ratioOf(x: Float32Array, options: Parameters<typeof create>[0]): number {
  const codec = create(options);
  return snr(x, codec.decode(codec.encode(x)));
}

const SIZES = [16, 32, 64, 128, 256];
const SEEDS = [0, 1, 12345, Number.MAX_SAFE_INTEGER];

describe('the rotation of blocks', () => {
  it('writes the bytes of the reference, rotated in float32 and then coded, bit for bit', () => {
    for (const blockSize of SIZES) {
      for (const seed of SEEDS) {
        // More blocks than are rotated at a time.
        const x = gaussian(blockSize * (4096 / blockSize + 3), seed % 1000 || 1);
        const rotated = rotateBlocks(x, blockSize, seed);
        for (const bits of [4, 8]) {
          const bytes = create({ format: `int${bits}`, blockSize, seed }).encode(x);
          expect(bytes).toEqual(encodeInteger(rotated, { bits, blockSize }));
        }
      }
    }
  });

  it('decodes any bytes to what the reference turns back in float64, within its float32', () => {
    const next = generator(5);
    for (const blockSize of SIZES) {
      const codec = create({ blockSize, seed: 42 });
      const bytes = Uint8Array.from({ length: 20 * codec.blockBytes }, next);
      const expected = unrotateBlocks(decodeInteger(bytes, { bits: 8, blockSize }), blockSize, 42);
      expect(snr(expected, codec.decode(bytes))).toBeGreaterThan(130);
    }
  });

  it('keeps the error of the block, in the root mean square, within half a step', () => {
    for (const blockSize of SIZES) {
      const codec = create({ format: 'int4', blockSize, seed: 3 });
      const x = gaussian(blockSize * 50);
      const bytes = codec.encode(x);
      const decoded = codec.decode(bytes);
      const plain = create({ format: 'int4', blockSize, rotation: 'none' });
      const turned = rotateBlocks(x, blockSize, 3);
      const turnedBack = plain.decode(plain.encode(turned));
      const energy = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0);
      expect(energy(x, decoded)).toBeCloseTo(energy(turned, turnedBack), 3);
    }
  });

  it('helps clicks of whatever amplitude in noise, and heavy tails; hurts a steady tone; leaves noise as it is', () => {
    const next = generator(9);
    const clicks = gaussian(32 * 500).map((value) => value * 0.03);
    for (let block = 0; block < 500; block++) clicks[32 * block + (next() % 32)] = 0.2 + (next() / 2 ** 32) * 0.8;
    const [a, b, c, d] = [1, 2, 3, 4].map((seed) => gaussian(32000, seed));
    const student = a.map((value, i) => value / Math.sqrt((b[i] ** 2 + c[i] ** 2 + d[i] ** 2) / 3));
    const tone = Float32Array.from({ length: 32000 }, (_, i) => 0.7 * Math.sin((2 * Math.PI * 997 * i) / 48000));
    for (const format of ['int4', 'int8']) {
      const gain = (x: Float32Array) => ratioOf(x, { format, seed: 1 }) - ratioOf(x, { format, rotation: 'none' });
      expect(gain(clicks)).toBeGreaterThan(8);
      expect(gain(student)).toBeGreaterThan(4);
      expect(gain(tone)).toBeLessThan(-4);
      expect(Math.abs(gain(a))).toBeLessThan(0.3);
    }
  });

  it('does not help a click in near silence at 4 bits: alone it is coded exactly, turned it is noise all over', () => {
    const next = generator(9);
    const x = gaussian(32 * 500).map((value) => value * 1e-3);
    for (let block = 0; block < 500; block++) x[32 * block + (next() % 32)] = 0.2 + (next() / 2 ** 32) * 0.8;
    expect(ratioOf(x, { format: 'int4', seed: 1 })).toBeLessThan(ratioOf(x, { format: 'int4', rotation: 'none' }) - 5);
  });

  it('cleans samples before it spreads them: a NaN is a zero, counted once, and not the end of its block', () => {
    const x = gaussian(96);
    const clean = x.slice();
    x[40] = Number.NaN;
    clean[40] = 0;
    const codec = create({ seed: 1 });
    expect(codec.encode(x)).toEqual(codec.encode(clean));
    expect(codec.faults).toBe(1);
  });

  it('depends on the seed', () => {
    const x = gaussian(32);
    const [a, b] = [1, 2].map((seed) => create({ seed }));
    const bytes = a.encode(x);
    expect(snr(x, a.decode(bytes))).toBeGreaterThan(35);
    expect(snr(x, b.decode(bytes))).toBeLessThan(10);
  });
});
