import fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { BitstreamError } from '../../src/engine/errors.js';
import { BlockCodec, type BlockOptions } from '../../src/quantize/index.js';
import { snr } from '../reference/quantize.js';
import { elements, encodeMx, encodeNv, type PowerRule, packScaled, ue5m3 } from '../reference/scaled.js';
import { gaussian, generator, student } from './_signals.js';

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
const roundTrip = (options: BlockOptions, x: Float32Array) => {
  const codec = create(options);
  return codec.decode(codec.encode(x));
};

const mx = [
  { format: 'mxfp8-e4m3', element: elements.e4m3 },
  { format: 'mxfp8-e5m2', element: elements.e5m2 },
  { format: 'mxfp6-e3m2', element: elements.e3m2 },
  { format: 'mxfp6-e2m3', element: elements.e2m3 },
  { format: 'mxfp4', element: elements.e2m1 },
  { format: 'mxint8', element: elements.mxint8 },
];
const nv = [
  { format: 'nvfp4', element: elements.e2m1 },
  { format: 'nvint4', element: elements.int4 },
  { format: 'fp4-e1m2', element: elements.e1m2 },
];
const rules: PowerRule[] = ['floor', 'ceil', 'even', 'rceil', 'search'];

/** Blocks of any level within float32's normals, and with samples of every size in them. */
const blocks = (blockSize: number, lowest = -100, loudest = 100) =>
  fc
    .array(
      fc.tuple(
        fc.integer({ min: lowest, max: loudest }),
        fc.array(
          fc.oneof(
            fc.float({ min: -1, max: 1, noNaN: true, noDefaultInfinity: true }),
            fc.integer({ min: -16, max: 16 }).map((n) => n / 16),
            fc.tuple(fc.integer({ min: -20, max: 0 }), fc.constantFrom(-1, 1, -1.5, 1.75)).map(([e, m]) => m * 2 ** e),
          ),
          { minLength: blockSize, maxLength: blockSize },
        ),
      ),
      { minLength: 1, maxLength: 3 },
    )
    .map((list) => Float32Array.from(list.flatMap(([level, values]) => values.map((value) => value * 2 ** level))));

describe.each(mx)('$format', ({ format, element }) => {
  it.each(rules)('writes the bytes of the plain definition and decodes to its values with the rule %s', (scaleRule) => {
    const codec = create({ format, scaleRule });
    fc.assert(
      fc.property(blocks(32), (x) => {
        const expected = encodeMx(x, element, scaleRule);
        const bytes = codec.encode(x);
        // The search compares sums of float32: where both choices are about as good either may win.
        if (scaleRule !== 'search') expect(bytes).toEqual(packScaled(expected, element.bits));
        const decoded = codec.decode(bytes);
        if (scaleRule !== 'search') expect(decoded).toEqual(expected.decoded);
        const noise = (y: Float32Array) => y.reduce((sum, value, i) => sum + ((x[i] - value) / 2 ** 40) ** 2, 0);
        if (scaleRule === 'search') expect(noise(decoded)).toBeLessThanOrEqual(noise(expected.decoded) * (1 + 1e-5));
      }),
      { numRuns: 40 },
    );
  });

  it('searches a scale that is never worse than those of the other rules', () => {
    const x = student(32 * 200);
    const decoded = roundTrip({ format }, x);
    for (const scaleRule of ['floor', 'ceil', 'rceil'] as const) {
      const other = roundTrip({ format, scaleRule }, x);
      for (let first = 0; first < x.length; first += 32) {
        const error = (y: Float32Array) =>
          y.subarray(first, first + 32).reduce((sum, value, i) => sum + (x[first + i] - value) ** 2, 0);
        expect(error(decoded)).toBeLessThanOrEqual(error(other) * (1 + 1e-5));
      }
    }
  });

  it('takes scales that do not clip with ceil and rceil', () => {
    const x = gaussian(32 * 300);
    const largest = element.values[element.values.length - 1];
    for (const scaleRule of ['ceil', 'rceil'] as const) {
      const codec = create({ format, scaleRule });
      const bytes = codec.encode(x);
      for (let block = 0; block < 300; block++) {
        const amax = x
          .subarray(32 * block, 32 * block + 32)
          .reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        expect(amax).toBeLessThanOrEqual(largest * 2 ** (bytes[block * codec.blockBytes] - 127));
      }
    }
  });

  it('gives its own output back unchanged', () => {
    const codec = create({ format });
    fc.assert(
      fc.property(blocks(32), (x) => {
        const once = codec.decode(codec.encode(x));
        expect(codec.decode(codec.encode(once))).toEqual(once);
      }),
      { numRuns: 40 },
    );
  });
});

describe.each(nv)('$format', ({ format, element }) => {
  const largest = element.values[element.values.length - 1];

  it('writes the bytes of the plain definition and decodes to its values', () => {
    fc.assert(
      fc.property(blocks(16, -20, 3), fc.constantFrom(1, 2 ** -11, 1 / (448 * largest), 0.3), (x, tensorScale) => {
        const codec = new BlockCodec(engine, { format, tensorScale });
        const bytes = codec.encode(x);
        const expected = encodeNv(x, element, { tensorScale: Math.fround(tensorScale) });
        const decoded = codec.decode(bytes);
        codec.dispose();
        expect(bytes).toEqual(packScaled(expected, element.bits));
        expect(decoded).toEqual(expected.decoded);
      }),
      { numRuns: 60 },
    );
  });

  it('gives grid values back unchanged: blocks that reach the largest element under one of the scales', () => {
    const { values } = element;
    const next = generator(11);
    const codec = create({ format });
    const scales = elements.e4m3.values.filter((value) => value >= 2 ** -6);
    for (let run = 0; run < 400; run++) {
      const step = Math.fround((codec.tensorScale as number) * scales[next() % scales.length]);
      const x = Float32Array.from({ length: 16 }, (_, i) => {
        const value = i === run % 16 ? largest : values[next() % values.length];
        return Math.fround((next() & 1 ? value : 0 - value) * step);
      });
      expect(codec.decode(codec.encode(x)).map((value) => value + 0)).toEqual(x.map((value) => value + 0));
    }
  });

  it('is made for signals up to 1.0 unless told otherwise, and takes a tensor scale from each call where asked', () => {
    const fixed = create({ format });
    expect(fixed.tensorScale).toBe(Math.fround(1 / (448 * largest)));
    expect(fixed.headerBytes).toBe(0);
    const frame = create({ format, tensorScale: 'frame' });
    expect(frame.headerBytes).toBe(4);
    const x = gaussian(16 * 600).map((value) => value * 1e4);
    const amax = x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const bytes = frame.encode(x);
    expect(new DataView(bytes.buffer).getFloat32(0, true)).toBe(Math.fround(amax / (448 * largest)));
    const expected = encodeNv(x, element, { tensorScale: Math.fround(amax / (448 * largest)) });
    expect(bytes.subarray(4)).toEqual(packScaled(expected, 4));
    expect(frame.decode(bytes)).toEqual(expected.decoded);
    // Louder than 1.0 the fixed scale clips.
    expect(Math.max(...fixed.decode(fixed.encode(x)))).toBeCloseTo(1, 6);
  });

  it('finds the tensor scale of what is coded, also where that is rotated or has NaN in it', () => {
    const x = gaussian(16 * 600);
    const codec = create({ format, tensorScale: 'frame', rotation: 'block' });
    x[5] = Number.NaN;
    x[700] = Infinity;
    const bytes = codec.encode(x);
    expect(codec.faults).toBe(2);
    x[5] = 0;
    x[700] = 0;
    expect(codec.encode(x)).toEqual(bytes);
    expect(snr(x, codec.decode(bytes))).toBeGreaterThan(20);
  });

  it('makes zeros of silence, and of blocks under a tensor scale that is never written', () => {
    const codec = create({ format, tensorScale: 'frame' });
    const silent = codec.encode(new Float32Array(64));
    expect(codec.decode(silent)).toEqual(new Float32Array(64));
    expect(codec.faults).toBe(0);
    // Four bytes of tensor scale, and blocks of the least scale and codes of zero.
    expect([...silent.subarray(0, 14)]).toEqual([0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 8]);
    expect(codec.encode(new Float32Array(0))).toEqual(new Uint8Array(0));
    expect(codec.decode(new Uint8Array(0))).toEqual(new Float32Array(0));
    const bytes = codec.encode(gaussian(64));
    for (const damage of [0x7fc00000, 0xbf800000, 0x7f800000]) {
      new DataView(bytes.buffer).setUint32(0, damage, true);
      expect(codec.decode(bytes)).toEqual(new Float32Array(64));
    }
    expect(() => codec.decode(new Uint8Array(3))).toThrow(BitstreamError);
    expect(() => codec.decode(new Uint8Array(14))).toThrow(BitstreamError);
  });

  it('finds a better scale where it searches, and one that does not clip where it rounds up', () => {
    const x = gaussian(16 * 2000).map((value) => value / 8);
    const figure = (scaleRule: BlockOptions['scaleRule']) => snr(x, roundTrip({ format, scaleRule }, x));
    expect(figure('search')).toBeGreaterThan(figure('even') + 0.3);
    const codec = create({ format, scaleRule: 'ceil' });
    const bytes = codec.encode(x);
    for (let block = 0; block < 2000; block++) {
      const amax = x.subarray(16 * block, 16 * block + 16).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const scale = elements.e4m3.values[bytes[9 * block]] / (448 * largest);
      expect(amax).toBeLessThanOrEqual(largest * scale * (1 + 1e-6));
    }
  });
});

describe.each([
  { format: 'nvfp4-ue5m3', element: elements.e2m1 },
  { format: 'nvint4-ue5m3', element: elements.int4 },
])('$format', ({ format, element }) => {
  it('writes the bytes of the plain definition, from the smallest scale there is', () => {
    const codec = create({ format });
    fc.assert(
      fc.property(blocks(16, -30, 20), (x) => {
        const bytes = codec.encode(x);
        const expected = encodeNv(x, element, { tensorScale: 1, scaleValues: ue5m3, least: 0 });
        expect(bytes).toEqual(packScaled(expected, 4));
        expect(codec.decode(bytes)).toEqual(expected.decoded);
      }),
      { numRuns: 60 },
    );
  });

  it('has no tensor scale, and says so', () => {
    expect(() => create({ format, tensorScale: 'fixed' })).toThrow(/tensorScale expected none for nv/);
  });
});

describe('integers under other scales', () => {
  it('are a byte shorter a block and follow the same definition', () => {
    const x = gaussian(32 * 100);
    const power = create({ format: 'int4', scaleFormat: 'e8m0', scaleRule: 'rceil' });
    expect(power.blockBytes).toBe(17);
    expect(power.encode(x)).toEqual(packScaled(encodeMx(x, elements.int4, 'rceil'), 4));
    const fraction = create({ format: 'int4', scaleFormat: 'e4m3', blockSize: 16 });
    expect(fraction.encode(x)).toEqual(create({ format: 'nvint4' }).encode(x));
    expect(create({ format: 'int4', scaleFormat: 'float16' }).encode(x)).toEqual(create({ format: 'int4' }).encode(x));
    for (const bits of [2, 3, 4, 5, 6, 7, 8]) {
      for (const scaleFormat of ['e8m0', 'e4m3'] as const) {
        const codec = create({
          format: `int${bits}`,
          scaleFormat,
          blockSize: 64,
          tensorScale: scaleFormat === 'e4m3' ? 'frame' : undefined,
        });
        expect(codec.bitsPerSample).toBe(bits + 8 / 64);
        expect(snr(x, codec.decode(codec.encode(x).slice()))).toBeGreaterThan([3, 9, 15, 21, 27, 33, 39][bits - 2]);
      }
    }
  });
});

describe('stochastic rounding', () => {
  const formats = [...mx, ...nv].map(({ format }) => format).concat('nvfp4-ue5m3', 'int4', 'int8');

  it.each(formats)('of %s is right in the mean, where rounding to nearest is not', (format) => {
    // One block many times: its scale is set by a sample of 0.9, the others lie between grid points.
    const codec = create({ format, rounding: 'stochastic' });
    const { blockSize } = codec;
    const repeats = 4096;
    const x = new Float32Array(blockSize * repeats);
    for (let i = 0; i < x.length; i++) x[i] = i % blockSize === 0 ? 0.9 : 0.9 * Math.sin(1 + (i % blockSize) ** 2);
    const decoded = codec.decode(codec.encode(x));
    for (let i = 0; i < blockSize; i++) {
      const values = Array.from({ length: repeats }, (_, k) => decoded[k * blockSize + i]);
      const mean = values.reduce((sum, value) => sum + value, 0) / repeats;
      const spread = Math.max(...values) - Math.min(...values);
      // Five standard deviations of a mean of two values `spread` apart.
      expect(Math.abs(mean - x[i])).toBeLessThanOrEqual((5 * spread) / 2 / Math.sqrt(repeats) + 1e-6);
      expect(new Set(values).size).toBeLessThanOrEqual(2);
    }
  });

  it('takes its numbers from the seed, the same for every call', () => {
    const x = gaussian(32 * 50);
    const codec = create({ format: 'mxfp4', rounding: 'stochastic' });
    const bytes = codec.encode(x);
    expect(codec.encode(x)).toEqual(bytes);
    expect(create({ format: 'mxfp4', rounding: 'stochastic', seed: 1 }).encode(x)).not.toEqual(bytes);
    expect(create({ format: 'mxfp4' }).decode(bytes)).toEqual(codec.decode(bytes));
  });
});

describe('shaped rounding', () => {
  /** Power of the error below a sixteenth of the sample rate, by sums of 16 samples. */
  const lowNoise = (x: Float32Array, y: Float32Array) => {
    let power = 0;
    for (let first = 0; first < x.length; first += 64) {
      let sum = 0;
      for (let i = first; i < first + 64; i++) sum += y[i] - x[i];
      power += sum * sum;
    }
    return power;
  };
  it.each(['mxint8', 'mxfp6-e2m3', 'mxfp4', 'nvfp4', 'nvint4', 'int4'])(
    'of %s moves the noise up in frequency, more so with the second order',
    (format) => {
      const x = Float32Array.from({ length: 64 * 400 }, (_, i) => 0.5 * Math.sin(i / 40) + 0.2 * Math.sin(i / 13));
      const plain = lowNoise(
        x,
        roundTrip({ format, scaleRule: format === 'int4' ? undefined : format.startsWith('mx') ? 'rceil' : 'ceil' }, x),
      );
      const first = lowNoise(x, roundTrip({ format, rounding: 'shaped' }, x));
      const second = lowNoise(x, roundTrip({ format, rounding: 'shaped', shapingOrder: 2 }, x));
      expect(10 * Math.log10(plain / first)).toBeGreaterThan(8);
      // Of sums over 64 samples both orders leave the errors at the ends only.
      expect(10 * Math.log10(plain / second)).toBeGreaterThan(4);
    },
  );

  it('does not wind up where the scale clips', () => {
    const x = new Float32Array(3200).map((_, i) => (i < 1600 ? 40 : 0.01));
    const decoded = roundTrip({ format: 'nvint4', rounding: 'shaped', shapingOrder: 2 }, x);
    expect(Math.max(...decoded.subarray(1616).map(Math.abs))).toBeLessThan(0.05);
  });
});

describe('options', () => {
  it('that a format has not are errors which name the format', () => {
    const attempt = (options: object) => () => create({ format: 'mxfp4', ...options } as BlockOptions);
    expect(attempt({ tensorScale: 'frame' })).toThrow(/tensorScale expected none for mxfp4/);
    expect(attempt({ scaleFormat: 'e8m0' })).toThrow(/scaleFormat expected none for mxfp4/);
    expect(attempt({ blockSize: 16 })).toThrow(RangeError);
    expect(attempt({ scaleRule: 'nearest' })).toThrow(/scaleRule expected one of search, floor, ceil, even, rceil/);
    expect(attempt({ format: 'int4', scaleRule: 'floor' })).toThrow(/scaleRule expected none for int4/);
    expect(attempt({ format: 'nvfp4', scaleRule: 'floor' })).toThrow(/scaleRule expected one of even, ceil, search/);
    expect(attempt({ format: 'nvfp4', tensorScale: 0 })).toThrow(RangeError);
    expect(attempt({ format: 'nvfp4', tensorScale: 'auto' })).toThrow(RangeError);
    expect(attempt({ rounding: 'up' })).toThrow(RangeError);
    expect(attempt({ rounding: 'shaped', shapingOrder: 3 })).toThrow(RangeError);
    expect(attempt({ shapingOrder: 2 })).toThrow(/shapingOrder/);
    expect(attempt({ rounding: 'shaped', rotation: 'block' })).toThrow(/rotation/);
    expect(create({ format: 'mxfp4', rounding: 'stochastic' }).scaleRule).toBe('rceil');
    expect(create({ format: 'nvfp4', rounding: 'shaped' }).scaleRule).toBe('ceil');
  });
});

describe('damage', () => {
  it.each([...mx, ...nv].map(({ format }) => format))('in %s leaves all samples finite', (format) => {
    const codec = create({ format });
    const next = generator(7);
    const bytes = Uint8Array.from({ length: 400 * codec.blockBytes }, next);
    expect(codec.decode(bytes).every(Number.isFinite)).toBe(true);
    const never = codec.encode(new Float32Array(codec.blockSize).fill(0.5));
    never[0] = 0xff;
    const before = codec.faults;
    expect(codec.decode(never)).toEqual(new Float32Array(codec.blockSize));
    expect(codec.faults).toBe(before + 1);
  });
});

describe('signal-to-noise ratios of the literature', () => {
  const normal = gaussian(320_000, 3);
  const heavy = student(320_000, 5);
  it.each([
    { format: 'mxfp8-e4m3', scaleRule: 'floor', gaussian: 30.6, t3: 29.6 },
    { format: 'mxfp8-e5m2', scaleRule: 'floor', gaussian: 25.4, t3: 25.1 },
    { format: 'mxint8', scaleRule: 'floor', gaussian: 41.7, t3: 37.9 },
    { format: 'mxfp6-e2m3', scaleRule: 'floor', gaussian: 30.9, t3: 29.2 },
    { format: 'mxfp6-e3m2', scaleRule: 'floor', gaussian: 25.4, t3: 25.1 },
    { format: 'mxfp4', scaleRule: 'floor', gaussian: 18.8, t3: 17.0 },
    { format: 'nvfp4', tensorScale: 'frame', gaussian: 20.4, t3: 20.9 },
    { format: 'nvint4', tensorScale: 'frame', gaussian: 21.3, t3: 18.8 },
  ] as const)('$format: $gaussian dB on Gaussian noise, $t3 on Student t3', ({ gaussian, t3, ...options }) => {
    expect(Math.abs(snr(normal, roundTrip(options, normal)) - gaussian)).toBeLessThan(0.2);
    expect(Math.abs(snr(heavy, roundTrip(options, heavy)) - t3)).toBeLessThan(0.2);
  });
});
