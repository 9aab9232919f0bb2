import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { BlockCodec, BlockDecoder, BlockEncoder, type BlockOptions } from '../../src/quantize/index.js';
import { rotateBlocks, snr } from '../reference/quantize.js';
import { hexOf, withCodec } from './_oracle.js';
import { gaussian } from './_signals.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load({ memory: 2 ** 21 });
});

/** A matrix as its tiles of 16 × 16, each row by row: strips of 16 rows, in each from left to right. */
function tilesOf(x: Float32Array, columns: number): Float32Array {
  const y = new Float32Array(x.length);
  let at = 0;
  for (let strip = 0; strip < x.length; strip += 16 * columns) {
    for (let left = 0; left < columns; left += 16) {
      for (let row = 0; row < 16; row++) {
        for (let column = left; column < left + 16; column++) y[at++] = x[strip + row * columns + column];
      }
    }
  }
  return y;
}

/** The scale of an nv block of 256 values by the definition of 8.3, and its codes by the nearest element. */
const E2M1 = [0, 0.5, 1, 1.5, 2, 3, 4, 6];
function decodeTile(bytes: Uint8Array, tensorScale: number): number[] {
  const [exponent, mantissa] = [bytes[0] >> 3, bytes[0] & 7];
  const scale = exponent === 0 ? mantissa * 2 ** -9 : (1 + mantissa / 8) * 2 ** (exponent - 7);
  return Array.from({ length: 256 }, (_, i) => {
    const code = (bytes[1 + (i >> 1)] >> (4 * (i & 1))) & 15;
    return Math.fround((code & 8 ? -1 : 1) * E2M1[code & 7] * Math.fround(tensorScale * scale));
  });
}

describe.each(['nvfp4', 'nvint4', 'fp4-e1m2'])('%s in tiles', (format) => {
  it.each([16, 48, 512])('of %i columns: a scale a tile, the tiles of a strip from left to right', (columns) => {
    const x = gaussian(32 * columns).map((value) => value / 8);
    withCodec(engine, { format, columns }, (codec) => {
      expect(codec.blockSize).toBe(16 * columns);
      expect(codec.blockBytes).toBe((columns / 16) * 129);
      expect(codec.bitsPerSample).toBe(4 + 8 / 256);
      const bytes = codec.encode(x);
      // One tile at a time, as a matrix of 16 columns.
      const tiles = tilesOf(x, columns);
      const single = withCodec(engine, { format, columns: 16 }, (other) => other.encode(tiles));
      expect(hexOf(bytes)).toBe(hexOf(single));
      const decoded = codec.decode(bytes);
      const singly = withCodec(engine, { format, columns: 16 }, (other) => other.decode(single));
      expect(tilesOf(decoded, columns)).toEqual(singly);
      expect(snr(x, decoded)).toBeGreaterThan(16);
    });
  });

  it('has the same values whichever way the matrix is turned', () => {
    const side = 48;
    const x = gaussian(side * side).map((value) => value / 8);
    const turned = x.map((_, i) => x[(i % side) * side + Math.floor(i / side)]);
    withCodec(engine, { format, columns: side }, (codec) => {
      const [decoded, back] = [x, turned].map((matrix) => codec.decode(codec.encode(matrix)));
      expect(back.map((_, i) => back[(i % side) * side + Math.floor(i / side)])).toEqual(decoded);
    });
  });

  it('finds a frame’s tensor scale, and rotates a tile as a whole', () => {
    const x = gaussian(32 * 64).map((value) => value * 300);
    withCodec(engine, { format, columns: 64, tensorScale: 'frame', rotation: 'block', seed: 3 }, (codec) => {
      const bytes = codec.encode(x);
      const rotated = rotateBlocks(tilesOf(x, 64), 256, 3);
      const plain = withCodec(engine, { format, columns: 16, tensorScale: 'frame' }, (other) => other.encode(rotated));
      expect(hexOf(bytes)).toBe(hexOf(plain));
      expect(snr(x, codec.decode(bytes))).toBeGreaterThan(16);
    });
  });

  it('codes NaN and infinities as zero and counts each once, rotated or not', () => {
    for (const rotation of ['none', 'block'] as const) {
      withCodec(engine, { format, columns: 32, rotation }, (codec) => {
        const x = gaussian(16 * 32).map((value) => value / 8);
        x[100] = Number.NaN;
        x[400] = Infinity;
        const bytes = codec.encode(x);
        expect(codec.faults).toBe(2);
        expect(hexOf(bytes)).toBe(hexOf(codec.encode(x.map((value) => (Number.isFinite(value) ? value : 0)))));
      });
    }
  });

  it('codes the blocks of a transform in tiles of time and coefficient, and back at the exact length', () => {
    const input = { kind: 'blocks', blockRate: { numerator: 750, denominator: 1 }, channels: 2, size: 64 } as const;
    const encoder = new BlockEncoder(engine, { format, columns: 64, input });
    expect(encoder.output.framesPerPacket).toBe(16 * 64);
    expect(encoder.output.parameters).toMatchObject({ blockSize: 1024, columns: 64, valuesPerBlock: 64 });
    const decoder = new BlockDecoder(engine, { input: JSON.parse(JSON.stringify(encoder.output)) });
    const planes = [gaussian(32 * 64, 1), gaussian(32 * 64, 2)].map((plane) => plane.map((value) => value / 8));
    const decoded = decoder.process([...encoder.process(planes), ...encoder.flush()]);
    withCodec(engine, { format, columns: 64 }, (codec) => {
      expect(decoded).toEqual(planes.map((plane) => codec.decode(codec.encode(plane))));
    });
    encoder.dispose();
    decoder.dispose();
  });
});

describe('tiles', () => {
  it('decode as the definition says', () => {
    const x = gaussian(256 * 8).map((value) => value / 8);
    withCodec(engine, { format: 'nvfp4', columns: 16 }, (codec) => {
      const bytes = codec.encode(x);
      const expected = Array.from({ length: 8 }, (_, i) =>
        decodeTile(bytes.subarray(129 * i, 129 * i + 129), codec.tensorScale as number),
      ).flat();
      expect([...codec.decode(bytes)].map((value) => value + 0)).toEqual(expected.map((value) => value + 0));
    });
  });

  it('are of the NVFP4 family, a multiple of 16 columns wide, and not for shaped rounding', () => {
    const attempt = (options: object) => () =>
      new BlockCodec(engine, { format: 'nvfp4', columns: 32, ...options } as BlockOptions);
    expect(attempt({ format: 'mxfp4' })).toThrow(/columns expected none for mxfp4/);
    expect(attempt({ columns: 24 })).toThrow(/columns expected a multiple of 16, got 24/);
    expect(attempt({ columns: 8192 })).toThrow(/columns expected a whole number from 16 to 4096/);
    expect(attempt({ blockSize: 16 })).toThrow(/blockSize expected/);
    expect(attempt({ rounding: 'shaped' })).toThrow(/columns expected none beside rounding 'shaped'/);
  });
});
