/** What the tests of formats with golden vectors and plain oracles share. Not itself tested. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Engine } from '../../src/engine/engine.js';
import { BlockCodec, type BlockOptions } from '../../src/quantize/index.js';
import { generator } from './_signals.js';

/** The cases of a file of golden vectors. */
export function readCases<Case>(name: string): Case[] {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8')).cases;
}
export const floats = (hex: readonly string[]) =>
  new Float32Array(Uint32Array.from(hex, (word) => Number.parseInt(word, 16)).buffer);
export const bitsOf = (values: Float32Array) => [...new Uint32Array(values.slice().buffer)];
export const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
export const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'));

/** Runs `use` with a codec that is disposed afterwards. */
export function withCodec<T>(engine: Engine, options: BlockOptions, use: (codec: BlockCodec) => T): T {
  const codec = new BlockCodec(engine, options);
  try {
    return use(codec);
  } finally {
    codec.dispose();
  }
}

/** Blocks of any level float32 has, from its smallest subnormals to its largest; some all zeros, some with equal peaks. */
export function anyBlocks(blockSize: number): fc.Arbitrary<Float32Array> {
  const value = fc.oneof(fc.float({ min: -1, max: 1, noNaN: true }), fc.constantFrom(0, -0, 1, -1, 0.5, -0.25, 0.75));
  const values = fc.array(value, { minLength: 32, maxLength: 32 });
  const level = fc.oneof(fc.integer({ min: -149, max: 127 }), fc.integer({ min: -20, max: 20 }));
  const block = fc.tuple(level, fc.float({ min: 1, max: Math.fround(1.9999), noNaN: true }), values);
  return fc
    .array(block, { minLength: 1, maxLength: 2 })
    .map((blocks) =>
      Float32Array.from(
        blocks.flatMap(([exponent, size, few]) =>
          Array.from({ length: blockSize }, (_, i) => few[(i * 7 + (i >> 5)) % 32] * size * 2 ** exponent),
        ),
      ),
    );
}

/** Bytes of a codec against an oracle's, on signals of any level. */
export function expectBytes(engine: Engine, options: BlockOptions, reference: (x: Float32Array) => Uint8Array): void {
  withCodec(engine, options, (codec) => {
    fc.assert(
      fc.property(anyBlocks(codec.blockSize), (x) => {
        expect(hexOf(codec.encode(x))).toBe(hexOf(reference(x)));
      }),
      { numRuns: 150 },
    );
    expect(codec.faults).toBe(0);
  });
}

/** Samples of a codec against an oracle's, to the bit, from bytes of all kinds: all finite. */
export function expectSamples(engine: Engine, options: BlockOptions, reference: (bytes: Uint8Array) => Float32Array) {
  withCodec(engine, options, (codec) => {
    const next = generator(codec.blockSize + codec.blockBytes);
    for (let run = 0; run < 4; run++) {
      const bytes = Uint8Array.from(
        { length: Math.max(4, Math.ceil(5000 / codec.blockBytes)) * codec.blockBytes },
        next,
      );
      const decoded = codec.decode(bytes);
      expect(bitsOf(decoded)).toEqual(bitsOf(reference(bytes)));
      expect(decoded.every(Number.isFinite)).toBe(true);
    }
  });
}

/** What was decoded once is given back to the bit, the sign of zero apart. */
export function expectIdempotent(engine: Engine, options: BlockOptions, x: Float32Array): void {
  withCodec(engine, options, (codec) => {
    const once = codec.decode(codec.encode(x)).map((value) => value + 0);
    expect(bitsOf(codec.decode(codec.encode(once)).map((value) => value + 0))).toEqual(bitsOf(once));
  });
}
