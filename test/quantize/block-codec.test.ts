import fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { BitstreamError, DisposedError, EngineMemoryError } from '../../src/engine/errors.js';
import { BlockCodec, type BlockOptions } from '../../src/quantize/index.js';
import { decodeInteger, encodeInteger, float16Values, scaleOf, snr } from '../reference/quantize.js';
import { blockSizes, blocksOf, formats, gaussian, generator } from './_signals.js';

let engine: Engine;
let made: BlockCodec[] = [];
beforeAll(async () => {
  engine = await Engine.load({ memory: 2 ** 20 });
});
afterEach(() => {
  for (const codec of made) codec.dispose();
  made = [];
});

function create(options: BlockOptions): BlockCodec {
  made.push(new BlockCodec(engine, options));
  return made[made.length - 1];
}

/** Every block of `x` beside its scale as the reference computes it. */
function forEachBlock(x: Float32Array, bits: number, blockSize: number, use: (first: number, scale: number) => void) {
  for (let first = 0; first < x.length; first += blockSize) {
    use(first, float16Values[scaleOf(x.subarray(first, first + blockSize), bits)]);
  }
}

describe.each(formats)('$format', ({ format, bits }) => {
  it('writes the bytes of the reference bit for bit, whatever the level of the signal', () => {
    fc.assert(
      fc.property(
        blockSizes.chain((blockSize) => fc.tuple(fc.constant(blockSize), blocksOf(blockSize))),
        ([blockSize, x]) => {
          const codec = new BlockCodec(engine, { format, blockSize });
          const bytes = codec.encode(x);
          codec.dispose();
          expect(bytes).toEqual(encodeInteger(x, { bits, blockSize }));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('decodes any bytes as the reference does', () => {
    const next = generator(bits);
    for (const blockSize of [16, 48, 256]) {
      const codec = create({ format, blockSize });
      const bytes = Uint8Array.from({ length: 40 * codec.blockBytes }, next);
      const decoded = codec.decode(bytes);
      expect(decoded).toEqual(decodeInteger(bytes, { bits, blockSize }));
      expect(decoded.every(Number.isFinite)).toBe(true);
    }
  });

  it('brings every sample back within half a step, from subnormals up to 65504·Q', () => {
    // 2^15 below 65504·Q for every Q, and with Q = 1 the scale's own limit.
    fc.assert(
      fc.property(blocksOf(32, { loudest: 15 }), (x) => {
        const codec = new BlockCodec(engine, { format, blockSize: 32 });
        const decoded = codec.decode(codec.encode(x));
        codec.dispose();
        forEachBlock(x, bits, 32, (first, scale) => {
          // A scale of zero stands for samples of at most half of the smallest step. The quotient's own rounding may
          // move a sample that lies within 2^-24 of a midpoint to the other side of it.
          const bound = Math.max(scale / 2, 2 ** -25) * (1 + 2 ** -16);
          let error = 0;
          for (let i = first; i < first + 32; i++) error = Math.max(error, Math.abs(x[i] - decoded[i]));
          expect(error).toBeLessThanOrEqual(bound);
        });
      }),
      { numRuns: 100 },
    );
  });

  it('never writes the code −2^(bits−1), and decodes it where it comes', () => {
    const blockSize = 16;
    const codec = create({ format, blockSize });
    const lowest = -(2 ** (bits - 1));
    const x = Float32Array.from({ length: 4096 }, (_, i) => -((i % 7) + 1) * 1e5);
    expect(Math.min(...codec.decode(codec.encode(x)))).toBeGreaterThan(lowest * 65504);
    const one = encodeInteger(new Float32Array(blockSize).fill(2 ** (bits - 1) - 1), { bits, blockSize });
    const foreign = one.slice();
    foreign.fill(0, 2);
    foreign[2 + ((bits - 1) >> 3)] = 1 << ((bits - 1) & 7);
    expect(codec.decode(foreign)[0]).toBe(lowest);
    expect(codec.decode(one)[0]).toBe(2 ** (bits - 1) - 1);
  });

  it('gives its own output back unchanged: the second coding loses nothing while the scale is a normal float16', () => {
    fc.assert(
      fc.property(blocksOf(16), (x) => {
        const codec = new BlockCodec(engine, { format, blockSize: 16 });
        const bytes = codec.encode(x);
        const again = codec.encode(codec.decode(bytes));
        codec.dispose();
        forEachBlock(x, bits, 16, (first, scale) => {
          if (scale < 2 ** -14 && scale > 0) return;
          const at = (first / 16) * codec.blockBytes;
          expect(again.subarray(at, at + codec.blockBytes)).toEqual(bytes.subarray(at, at + codec.blockBytes));
        });
      }),
      { numRuns: 60 },
    );
  });

  it('takes the least scale that does not clip, also where the quotient in float32 would hide the difference', () => {
    const codec = create({ format, blockSize: 16 });
    const largestCode = 2 ** (bits - 1) - 1;
    const word = new Float32Array(1);
    for (let scale = 1; scale < 0x7bff; scale += 61) {
      for (const step of [-1, 0, 1]) {
        word[0] = float16Values[scale] * largestCode;
        new Int32Array(word.buffer)[0] += step;
        const bytes = codec.encode(new Float32Array(16).fill(word[0]));
        expect(bytes[0] + 256 * bytes[1]).toBe(scale + (step > 0 ? 1 : 0));
      }
    }
  });

  it('holds what is beyond 65504·Q at that value', () => {
    const codec = create({ format, blockSize: 16 });
    const limit = 65504 * (2 ** (bits - 1) - 1);
    const x = new Float32Array(16).fill(0).map((_, i) => (i % 2 ? -1 : 1) * (i < 8 ? 3e38 : 2 * limit));
    expect(codec.decode(codec.encode(x))).toEqual(x.map((value) => Math.sign(value) * limit));
  });

  it('stores bits + 16/blockSize bits a sample', () => {
    for (const blockSize of [16, 32, 240, 256]) {
      const codec = create({ format, blockSize });
      expect(codec.bitsPerSample).toBeCloseTo(bits + 16 / blockSize, 12);
      expect(codec.encode(new Float32Array(8 * blockSize)).length).toBe(bits * blockSize + 16);
    }
  });
});

describe('BlockCodec', () => {
  it('reaches the signal-to-noise ratios of Gaussian noise that the literature has for such formats', () => {
    const x = gaussian(200_000);
    const figure = (format: string, blockSize: number) => {
      const codec = create({ format, blockSize });
      return snr(x, codec.decode(codec.encode(x)));
    };
    // ggml's Q8_0 has 45.4 dB at the same block and size of scale.
    expect(figure('int8', 32)).toBeCloseTo(45.4, 0);
    // NVINT4 has 21.3 dB with a coarser scale (E4M3, not rounded up) on blocks of 16.
    expect(figure('int4', 16)).toBeGreaterThan(21.3);
    expect(figure('int4', 16)).toBeLessThan(22);
    // One bit more is 6 dB, a little more at the low end, where ±Q is further from ±2^(bits−1).
    for (let bits = 3; bits < 8; bits++) {
      const gain = figure(`int${bits + 1}`, 32) - figure(`int${bits}`, 32);
      expect(gain).toBeGreaterThan(6);
      expect(gain).toBeLessThan(8);
    }
  });

  it('codes silence as zero bytes and a full-scale constant exactly', () => {
    const codec = create({ format: 'int4', blockSize: 32 });
    expect(codec.encode(new Float32Array(64))).toEqual(new Uint8Array(36));
    expect(codec.encode(new Float32Array(32).fill(-0))).toEqual(new Uint8Array(18));
    expect(codec.decode(new Uint8Array(18))).toEqual(new Float32Array(32));
    const loud = new Float32Array(32).fill(7);
    expect(codec.decode(codec.encode(loud))).toEqual(loud);
  });

  it('puts the scale first, little endian, and element 0 in the lowest bits', () => {
    const ramp = Float32Array.from({ length: 16 }, (_, i) => (i === 15 ? 7 : (i % 8) - 3));
    const int4 = create({ format: 'int4', blockSize: 16 }).encode(ramp);
    expect([...int4.subarray(0, 4)]).toEqual([0x00, 0x3c, 0xed, 0x0f]); // 1.0; −3 low and −2 high; −1 and 0
    const int8 = create({ format: 'int8', blockSize: 16 }).encode(new Float32Array(16).fill(-127));
    expect([...int8.subarray(0, 3)]).toEqual([0x00, 0x3c, 0x81]);
    const int2 = create({ format: 'int2', blockSize: 16 }).encode(
      Float32Array.of(1, -1, 0, 1, ...ramp.fill(0, 4).subarray(4)),
    );
    expect([...int2.subarray(0, 3)]).toEqual([0x00, 0x3c, 0b01_00_11_01]);
  });

  it('codes NaN and infinities as zero, counts them, and leaves the rest of the block alone', () => {
    const codec = create({ format: 'int8', blockSize: 32 });
    const x = gaussian(128);
    const clean = x.slice();
    for (const [index, value] of [
      [3, Number.NaN],
      [40, Infinity],
      [41, -Infinity],
      [127, Number.NaN],
    ]) {
      x[index] = value;
      clean[index] = 0;
    }
    expect(codec.encode(x)).toEqual(codec.encode(clean));
    expect(codec.faults).toBe(4);
  });

  it('decodes a block whose scale no encoder writes to zeros, and counts it', () => {
    const codec = create({ format: 'int8', blockSize: 16 });
    for (const [index, scale] of [0x7c00, 0x7e00, 0xfc00, 0x8000, 0xbc00].entries()) {
      const bytes = new Uint8Array(3 * 18).fill(1);
      bytes[18] = scale & 0xff;
      bytes[19] = scale >> 8;
      const decoded = codec.decode(bytes);
      expect(decoded.subarray(16, 32)).toEqual(new Float32Array(16));
      expect(decoded[0]).toBeGreaterThan(0);
      expect(decoded[32]).toBe(decoded[0]);
      expect(codec.faults).toBe(index + 1);
    }
  });

  it('gives the same bytes whether fed at once or block by block, beyond the size of its own memory too', () => {
    const codec = create({ format: 'int5', blockSize: 48 });
    const x = gaussian(48 * 500);
    const whole = codec.encode(x);
    const blocks = Array.from({ length: 500 }, (_, i) => [...codec.encode(x.subarray(48 * i, 48 * (i + 1)))]).flat();
    expect([...whole]).toEqual(blocks);
    expect(codec.decode(whole)).toEqual(decodeInteger(whole, { bits: 5, blockSize: 48 }));
  });

  it('writes into out where one is given, and returns it', () => {
    const codec = create({ format: 'int6', blockSize: 32 });
    const x = gaussian(64);
    const bytes = new Uint8Array(2 * codec.blockBytes);
    const samples = new Float32Array(64);
    expect(codec.encode(x, bytes)).toBe(bytes);
    expect(bytes).toEqual(codec.encode(x));
    expect(codec.decode(bytes, samples)).toBe(samples);
    expect(samples).toEqual(codec.decode(bytes));
    expect(codec.encode(new Float32Array(0))).toEqual(new Uint8Array(0));
  });

  it('lists its formats, and names them when asked for another', () => {
    expect(BlockCodec.formats.slice(0, 7)).toEqual(['int2', 'int3', 'int4', 'int5', 'int6', 'int7', 'int8']);
    expect(new Set(BlockCodec.formats).size).toBe(BlockCodec.formats.length);
    expect(() => create({ format: 'int9' })).toThrow(/format expected one of int2, .*int8.*, got 'int9'/);
    expect(create({ format: 'int8' })).toMatchObject({ format: 'int8', blockSize: 32, rotation: 'none', seed: 0 });
  });

  it('refuses wrong arguments by name', () => {
    const options = (changed: object) => ({ format: 'int8', ...changed }) as BlockOptions;
    expect(() => new BlockCodec({} as Engine, options({}))).toThrow(TypeError);
    expect(() => create(undefined as unknown as BlockOptions)).toThrow(TypeError);
    expect(() => create(options({ format: 8 }))).toThrow(TypeError);
    expect(() => create(options({ blocksize: 32 }))).toThrow(/no option 'blocksize'/);
    for (const blockSize of [0, 8, 40, 272, 16.5]) expect(() => create(options({ blockSize }))).toThrow(RangeError);
    expect(() => create(options({ blockSize: '32' }))).toThrow(TypeError);
    expect(() => create(options({ rotation: 'full' }))).toThrow(RangeError);
    expect(() => create(options({ rotation: 'block', blockSize: 48 }))).toThrow(/power of two/);
    expect(() => create(options({ seed: -1 }))).toThrow(RangeError);
    const codec = create(options({}));
    expect(() => codec.encode([0] as unknown as Float32Array)).toThrow(TypeError);
    expect(() => codec.encode(new Float32Array(33))).toThrow(/multiple of the block size, 32, got 33/);
    expect(() => codec.encode(new Float32Array(32), new Uint8Array(33))).toThrow(RangeError);
    expect(() => codec.decode(new Float32Array(1) as unknown as Uint8Array)).toThrow(TypeError);
    expect(() => codec.decode(new Uint8Array(34), new Float32Array(31))).toThrow(RangeError);
    expect(() => codec.decode(new Uint8Array(35))).toThrow(BitstreamError);
  });

  it('throws after dispose(), and gives all its memory back, also where there was too little', async () => {
    const { memory } = engine;
    const before = memory.free;
    const codec = new BlockCodec(engine, { format: 'int4' });
    codec.dispose();
    codec.dispose();
    expect(memory.free).toBe(before);
    expect(() => codec.encode(new Float32Array(32))).toThrow(DisposedError);
    expect(() => codec.decode(new Uint8Array(18))).toThrow(DisposedError);
    const small = await Engine.load({ memory: 65536 });
    const taken = small.memory.allocate(small.memory.largestFree - 4096);
    const free = small.memory.free;
    expect(() => new BlockCodec(small, { format: 'int4' })).toThrow(EngineMemoryError);
    expect(small.memory.free).toBe(free);
    small.memory.release(taken);
  });
});
