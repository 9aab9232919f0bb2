/** The MX and NVFP4 families beside their plain reference, on signals of all kinds. Not itself tested. */
import { expect } from 'vitest';
import type { Engine } from '../../src/engine/engine.js';
import { BlockCodec, type BlockOptions } from '../../src/quantize/index.js';
import {
  type ElementDefinition,
  elements,
  encodeMx,
  encodeNv,
  type PowerRule,
  packScaled,
  type ScaledBlocks,
  ue5m3,
} from '../reference/scaled.js';
import { generator } from './_signals.js';

export interface ScaledPlain {
  readonly name: string;
  readonly options: BlockOptions;
  readonly blockSize: number;
  readonly bits: number;
  readonly encode: (x: Float32Array) => ScaledBlocks;
}

const mx = (format: string, element: ElementDefinition, scaleRule: PowerRule): ScaledPlain => ({
  name: `${format}, ${scaleRule}`,
  options: { format, scaleRule },
  blockSize: 32,
  bits: element.bits,
  encode: (x) => encodeMx(x, element, scaleRule),
});
const nv = (format: string, element: ElementDefinition): ScaledPlain => ({
  name: format,
  options: { format, tensorScale: 2 ** -10 },
  blockSize: 16,
  bits: 4,
  encode: (x) => encodeNv(x, element, { tensorScale: 2 ** -10 }),
});
const wide = (format: string, element: ElementDefinition): ScaledPlain => ({
  name: format,
  options: { format },
  blockSize: 16,
  bits: 4,
  encode: (x) => encodeNv(x, element, { tensorScale: 1, scaleValues: ue5m3, least: 0 }),
});

export const scaledPlain: readonly ScaledPlain[] = [
  mx('mxfp8-e4m3', elements.e4m3, 'floor'),
  mx('mxfp8-e5m2', elements.e5m2, 'floor'),
  mx('mxfp6-e3m2', elements.e3m2, 'even'),
  mx('mxfp6-e2m3', elements.e2m3, 'floor'),
  mx('mxfp4', elements.e2m1, 'floor'),
  mx('mxfp4', elements.e2m1, 'rceil'),
  mx('mxint8', elements.mxint8, 'floor'),
  nv('nvfp4', elements.e2m1),
  nv('nvint4', elements.int4),
  nv('fp4-e1m2', elements.e1m2),
  wide('nvfp4-ue5m3', elements.e2m1),
  wide('nvint4-ue5m3', elements.int4),
];

/** Blocks at levels from 2^-lowest to 2^lowest: of uniform values, of values of every size, of quarter steps (ties). */
function randomBlocks(next: () => number, blocks: number, blockSize: number, lowest: number): Float32Array {
  const x = new Float32Array(blocks * blockSize);
  for (let block = 0; block < blocks; block++) {
    const kind = next() % 3;
    const level = 2 ** ((next() % (2 * lowest + 1)) - lowest);
    for (let i = block * blockSize; i < (block + 1) * blockSize; i++) {
      const word = next();
      if (kind === 0) x[i] = (word / 2 ** 31 - 1) * level;
      else if (kind === 1) x[i] = ((word / 2 ** 31 - 1) * level) / 2 ** ((word >>> 4) % 14);
      else x[i] = ((word % 129) - 64) * (level / 64);
    }
  }
  return x;
}

/** Compares bytes and samples, to the bit, on at least `count` values. */
export function expectScaledAgreement(engine: Engine, plain: ScaledPlain, count: number): void {
  const { options, blockSize, bits, encode } = plain;
  const next = generator(plain.name.length);
  const codec = new BlockCodec(engine, options);
  try {
    for (let done = 0; done < count; done += 4096) {
      // Every level float32 has for MX; for the others those where scales saturate, too.
      const x = randomBlocks(next, 4096 / blockSize, blockSize, blockSize === 32 ? 120 : 24);
      const expected = encode(x);
      const bytes = codec.encode(x);
      const packed = packScaled(expected, bits);
      if (Buffer.compare(bytes, packed) !== 0) expect(bytes).toEqual(packed);
      const decoded = codec.decode(bytes);
      if (decoded.some((value, i) => !Object.is(value, expected.decoded[i]))) expect(decoded).toEqual(expected.decoded);
    }
    expect(codec.faults).toBe(0);
  } finally {
    codec.dispose();
  }
}
