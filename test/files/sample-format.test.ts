import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bytesPerSample,
  type Dither,
  SAMPLE_FORMATS,
  type SampleFormat,
  SamplePacker,
  unpackSamples,
} from '../../src/files/index.js';
import { Fft } from '../../src/measure/fft.js';
import { samplesOf } from '../reference/wav.js';
import { deinterleave } from './_sources.js';

function pack(
  sampleFormat: SampleFormat,
  values: readonly number[],
  options: { dither?: Dither; sampleRate?: number; seed?: number } = {},
) {
  const packer = new SamplePacker({ sampleFormat, channels: 1, ...options });
  const bytes = new Uint8Array(values.length * bytesPerSample(sampleFormat));
  packer.pack([Float64Array.from(values)], 0, values.length, bytes, 0);
  return { packer, bytes };
}

const formats = fc.constantFrom(...SAMPLE_FORMATS);
const integerFormats = fc.constantFrom<SampleFormat>('u8', 'i16', 'i24', 'i32');

describe('unpackSamples', () => {
  test('reads the lowest, the middle and the highest integer of each format as the rule says', () => {
    const plane = new Float64Array(3);
    const read = (format: SampleFormat, bytes: number[]) => {
      unpackSamples(format, Uint8Array.from(bytes), 0, [plane], 0, 3);
      return [...plane];
    };
    expect(read('u8', [0, 128, 255])).toEqual([-1, 0, 127 / 128]);
    expect(read('i16', [0, 0x80, 0, 0, 0xff, 0x7f])).toEqual([-1, 0, 32767 / 32768]);
    expect(read('i24', [0, 0, 0x80, 0, 0, 0, 0xff, 0xff, 0x7f])).toEqual([-1, 0, 8388607 / 8388608]);
    expect(read('i32', [0, 0, 0, 0x80, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f])).toEqual([-1, 0, 2147483647 / 2147483648]);
  });

  test('reads any bytes, at any offset and alignment, as the reference does', () => {
    fc.assert(
      fc.property(
        formats,
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 0, max: 9 }),
        fc.uint8Array({ minLength: 0, maxLength: 200 }),
        (format, channels, offset, bytes) => {
          const frames = Math.floor(Math.max(0, bytes.length - offset) / (channels * bytesPerSample(format)));
          const planes = Array.from({ length: channels }, () => new Float64Array(frames + 2).fill(7));
          unpackSamples(format, bytes, Math.min(offset, bytes.length), planes, 1, frames);
          const values = samplesOf(format, bytes.slice(offset)).slice(0, frames * channels);
          const expected = deinterleave(values, channels).map((plane) => [7, ...plane, 7]);
          expect(planes.map((plane) => [...plane])).toEqual(expected);
        },
      ),
    );
  });

  test('throws before it reads past the bytes or writes past the planes', () => {
    const bytes = new Uint8Array(8);
    expect(() => unpackSamples('i16', bytes, 2, [new Float32Array(9)], 0, 4)).toThrow(RangeError);
    expect(() => unpackSamples('i16', bytes, 0, [new Float32Array(3)], 0, 4)).toThrow(RangeError);
    expect(() => unpackSamples('i16', bytes, 0, [], 0, 4)).toThrow(RangeError);
    expect(() => unpackSamples('i12' as SampleFormat, bytes, 0, [new Float32Array(3)], 0, 1)).toThrow(/i12/);
  });
});

describe('SamplePacker', () => {
  test('gives back the bytes of every integer format through Float64 planes, and of all but i32 through Float32', () => {
    fc.assert(
      fc.property(integerFormats, fc.boolean(), fc.uint8Array({ maxLength: 96 }), (format, wide, raw) => {
        fc.pre(wide || format !== 'i32');
        const frames = Math.floor(raw.length / bytesPerSample(format));
        const bytes = raw.slice(0, frames * bytesPerSample(format));
        const plane = wide ? new Float64Array(frames) : new Float32Array(frames);
        unpackSamples(format, bytes, 0, [plane] as Float32Array[], 0, frames);
        const out = new Uint8Array(bytes.length);
        const packer = new SamplePacker({ sampleFormat: format, channels: 1 });
        packer.pack([plane] as Float32Array[], 0, frames, out, 0);
        expect(out).toEqual(bytes);
        expect(packer.clipped + packer.replaced).toBe(0);
      }),
    );
  });

  test('copies finite floats bit for bit', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true, noDefaultInfinity: true })), (values) => {
        expect(samplesOf('f32', pack('f32', values).bytes)).toEqual(values);
        expect(samplesOf('f64', pack('f64', values).bytes)).toEqual(values);
      }),
    );
  });

  test('rounds to the nearest step, and to the even one of two that are equally near', () => {
    const steps = [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.5000001, 0.4999999, -3.75];
    const { bytes } = pack(
      'i16',
      steps.map((step) => step / 32768),
    );
    expect(samplesOf('i16', bytes).map((value) => value * 32768)).toEqual([0, 2, 2, 0, -2, -2, 1, 0, -4]);
  });

  test('sets what lies outside to the end of the range and counts it', () => {
    for (const [format, scale] of [
      ['u8', 128],
      ['i16', 32768],
      ['i24', 8388608],
      ['i32', 2147483648],
    ] as const) {
      const { packer, bytes } = pack(format, [1, -1, 1e300, -1e300, (scale - 0.5) / scale, (-scale - 0.5) / scale]);
      const high = scale - 1;
      expect(samplesOf(format, bytes).map((value) => value * scale)).toEqual([
        high,
        -scale,
        high,
        -scale,
        high,
        -scale,
      ]);
      expect(packer.clipped).toBe(4);
    }
    const { packer, bytes } = pack('f32', [1e300, -1e300, 2]);
    expect(samplesOf('f32', bytes)).toEqual([3.4028234663852886e38, -3.4028234663852886e38, 2]);
    expect(packer.clipped).toBe(2);
  });

  test('writes zero for NaN and infinities and counts them', () => {
    for (const format of SAMPLE_FORMATS) {
      const { packer, bytes } = pack(format, [Number.NaN, Infinity, -Infinity, 0.5]);
      expect(samplesOf(format, bytes)).toEqual([0, 0, 0, 0.5]);
      expect([packer.replaced, packer.clipped]).toEqual([3, 0]);
    }
  });

  test('dithers the same however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }),
        fc.nat(),
        fc.boolean(),
        (cuts, seed, shapes) => {
          const frames = cuts.reduce((a, b) => a + b);
          const planes = [0, 1].map((c) => Float64Array.from({ length: frames }, (_, i) => Math.sin(i + c) / 2));
          const dither = shapes ? 'shaped' : 'tpdf';
          const options = { sampleFormat: 'i16', channels: 2, dither, seed } as const;
          const whole = new Uint8Array(frames * 4);
          new SamplePacker(options).pack(planes, 0, frames, whole, 0);
          const pieces = new Uint8Array(frames * 4);
          const packer = new SamplePacker(options);
          let at = 0;
          for (const cut of cuts) {
            packer.pack(planes, at, cut, pieces, at * 4);
            at += cut;
          }
          expect(pieces).toEqual(whole);
        },
      ),
    );
  });

  test('dither makes the mean error zero and its power a quarter of a step squared, whatever the signal', () => {
    // Triangular noise of variance 1/6 and rounding noise of 1/12 (Lipshitz, Wannamaker and Vanderkooy, 1992).
    const frames = 40000;
    for (const level of [0, 0.1, 0.25, 0.5]) {
      const { bytes } = pack('i16', new Array<number>(frames).fill(level / 32768), { dither: 'tpdf', seed: 5 });
      const errors = samplesOf('i16', bytes).map((value) => value * 32768 - level);
      const mean = errors.reduce((a, b) => a + b) / frames;
      const power = errors.reduce((a, b) => a + b * b, 0) / frames;
      expect(Math.abs(mean)).toBeLessThan(0.01);
      expect(Math.abs(power - 0.25)).toBeLessThan(0.01);
      const product = errors.slice(1).reduce((sum, error, i) => sum + error * errors[i], 0) / frames;
      expect(Math.abs(product)).toBeLessThan(0.01);
    }
  });

  test.each([
    [48000, [2.033, -2.165, 1.959, -1.59, 0.6149]],
    [44100, [2.033, -2.165, 1.959, -1.59, 0.6149]],
    [96000, [2, -1]],
    [100, [2, -1]],
  ])(
    'shaped dither at %i Hz gives the error the spectrum of 1 − Σ c·z^−i, and the signal no distortion',
    (sampleRate, weights) => {
      const [size, blocks] = [512, 160];
      const frames = size * blocks;
      const values = Array.from({ length: frames }, (_, n) => (20.3 * Math.sin(0.0371 * n)) / 32768);
      const { packer, bytes } = pack('i16', values, { dither: 'shaped', sampleRate, seed: 3 });
      const errors = samplesOf('i16', bytes).map((value, n) => (value - values[n]) * 32768);
      const spectrum = new Float64Array(size / 2);
      const fft = new Fft(size);
      for (let block = 0; block < blocks; block++) {
        const re = Float64Array.from(
          errors.slice(block * size, (block + 1) * size),
          (error, n) => error * Math.sin((Math.PI * (n + 0.5)) / size) ** 2,
        );
        const im = new Float64Array(size);
        fft.forward(re, im);
        // The window has 3/8 of the energy of none.
        for (let k = 0; k < size / 2; k++) spectrum[k] += (re[k] ** 2 + im[k] ** 2) / (0.375 * size * blocks);
      }
      const wanted = (k: number) => {
        let [re, im] = [1, 0];
        weights.forEach((weight, i) => {
          re -= weight * Math.cos((2 * Math.PI * k * (i + 1)) / size);
          im += weight * Math.sin((2 * Math.PI * k * (i + 1)) / size);
        });
        return 0.25 * (re * re + im * im);
      };
      // In bands of sixteen lines, the white error of the dither and the rounding being a quarter of a step squared.
      for (let band = 1; band < 16; band++) {
        let [is, should] = [0, 0];
        for (let k = 16 * band; k < 16 * (band + 1); k++) {
          is += spectrum[k];
          should += wanted(k);
        }
        expect(Math.abs(10 * Math.log10(is / should)), `band ${band}`).toBeLessThan(0.6);
      }
      expect(packer.clipped).toBe(0);
    },
  );

  test('shaped dither comes through clipping and goes on as before', () => {
    const loud = Array.from({ length: 3000 }, (_, n) => (n < 1000 ? 1.5 : 0.1));
    const { packer, bytes } = pack('i16', loud, { dither: 'shaped' });
    const output = samplesOf('i16', bytes);
    expect(packer.clipped).toBe(1000);
    for (let n = 1010; n < 3000; n++) expect(Math.abs(output[n] - 0.1) * 32768).toBeLessThan(15);
  });

  test('dither differs from channel to channel and from seed to seed', () => {
    const dithered = (channels: number, seed: number) => {
      const packer = new SamplePacker({ sampleFormat: 'i16', channels, dither: 'tpdf', seed });
      const bytes = new Uint8Array(200 * channels);
      packer.pack(
        Array.from({ length: channels }, () => new Float32Array(100)),
        0,
        100,
        bytes,
        0,
      );
      return deinterleave(samplesOf('i16', bytes), channels);
    };
    const [left, right] = dithered(2, 0);
    expect(left).not.toEqual(right);
    expect(dithered(1, 0)[0]).toEqual(left);
    expect(dithered(1, 1)[0]).not.toEqual(left);
  });

  test('refuses options that make no sense', () => {
    expect(() => new SamplePacker({ sampleFormat: 'f32', channels: 1, dither: 'tpdf' })).toThrow(RangeError);
    expect(() => new SamplePacker({ sampleFormat: 'i16', channels: 65 })).toThrow(RangeError);
    expect(() => new SamplePacker({ sampleFormat: 'i16', channels: 1, dither: true as never })).toThrow(
      'dither expected one of none, tpdf, shaped',
    );
    expect(() => new SamplePacker({ sampleFormat: 'i16', channels: 1, sampleRate: 0 })).toThrow('sampleRate expected');
    expect(() => new SamplePacker({ sampleFormat: 'i16', channels: 1, dihter: 'tpdf' } as never)).toThrow(/dihter/);
    const packer = new SamplePacker({ sampleFormat: 'i16', channels: 1 });
    expect(() => packer.pack([new Float32Array(4)], 0, 4, new Uint8Array(7), 0)).toThrow(RangeError);
    expect(() => packer.pack([new Int16Array(4)] as never, 0, 4, new Uint8Array(8), 0)).toThrow(TypeError);
  });
});
