import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { BlockCodec, BlockDecoder, BlockEncoder } from '../../src/quantize/index.js';
import { uniform } from '../reference/matched.js';

let engine: Engine;
let free: number;
beforeAll(async () => {
  engine = await Engine.load();
  free = engine.memory.free;
});
afterAll(() => {
  expect(engine.memory.free).toBe(free);
});

/** Sine, noise and clicks by turns. */
function makeSignal(length: number, seed: number): Float32Array {
  const next = uniform(seed);
  return Float32Array.from({ length }, (_, i) => {
    const kind = Math.floor(i / 64) % 3;
    if (kind === 0) return 0.7 * Math.sin(0.13 * i);
    return (next() - 0.5) * (kind === 2 && next() < 0.04 ? 1 : 0.02);
  });
}

const errorsOf = (x: Float32Array, y: Float32Array, blockSize: number) =>
  Array.from({ length: x.length / blockSize }, (_, block) => {
    let sum = 0;
    for (let i = block * blockSize; i < (block + 1) * blockSize; i++) sum += (x[i] - y[i]) ** 2;
    return sum;
  });

describe("rotation: 'adaptive'", () => {
  it('leaves no block with more error than none or block would, in any format, for a byte a block', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('int3', 'int4', 'int8', 'mxfp4', 'mxint8', 'nvint4', 'nf4'),
        fc.nat(1000),
        (format, seed) => {
          const x = makeSignal(64 * 9, seed);
          const code = (rotation: 'none' | 'block' | 'adaptive') => {
            const codec = new BlockCodec(engine, { format, rotation, seed: 3 });
            const bytes = codec.encode(x);
            expect(bytes.length).toBe((x.length / codec.blockSize) * codec.blockBytes);
            const decoded = codec.decode(bytes);
            const { blockSize, blockBytes, bitsPerSample } = codec;
            codec.dispose();
            return { errors: errorsOf(x, decoded, blockSize), bytes, blockBytes, bitsPerSample, blockSize };
          };
          const [none, block, adaptive] = [code('none'), code('block'), code('adaptive')];
          expect(adaptive.blockBytes).toBe(none.blockBytes + 1);
          expect(adaptive.bitsPerSample).toBeCloseTo(none.bitsPerSample + 8 / none.blockSize, 12);
          for (const [i, error] of adaptive.errors.entries()) {
            expect(error).toBe(Math.min(none.errors[i], block.errors[i]));
          }
          const choices = new Set(adaptive.errors.map((_, i) => adaptive.bytes[(i + 1) * adaptive.blockBytes - 1]));
          expect([...choices].every((choice) => choice <= 1)).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('travels in packets, and an impossible choice becomes zeros', () => {
    const input = {
      kind: 'frames',
      sampleRate: { numerator: 48000, denominator: 1 },
      channels: 2,
      sample: 'f32',
    } as const;
    const encoder = new BlockEncoder(engine, { input, format: 'int4', rotation: 'adaptive', framesPerPacket: 64 });
    const decoder = new BlockDecoder(engine, { input: encoder.output });
    const planes = [makeSignal(576, 1), makeSignal(576, 2)];
    const packets = encoder.process(planes);
    const back = decoder.process(packets);
    const codec = new BlockCodec(engine, { format: 'int4', rotation: 'adaptive' });
    for (const [channel, plane] of planes.entries()) {
      expect(back[channel]).toEqual(codec.decode(codec.encode(plane)));
    }
    const bytes = codec.encode(planes[0]);
    bytes[codec.blockBytes - 1] = 2;
    const decoded = codec.decode(bytes);
    expect(codec.faults).toBe(1);
    expect(decoded.subarray(0, 32)).toEqual(new Float32Array(32));
    for (const part of [encoder, decoder, codec]) part.dispose();
  });

  it('refuses what is found from more than one block', () => {
    const make = (options: object) => () =>
      new BlockCodec(engine, { format: 'int4', rotation: 'adaptive', ...options });
    expect(make({ rounding: 'stochastic' })).toThrow(/rotation expected none or block/);
    expect(make({ format: 'nvfp4', tensorScale: 'frame' })).toThrow(/rotation/);
    expect(make({ format: 'nvfp4', columns: 32 })).toThrow(/rotation/);
    expect(make({ blockSize: 48 })).toThrow(/blockSize expected a power of two/);
  });
});
