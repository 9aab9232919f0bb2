import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { DisposedError, EngineMemoryError } from '../../src/engine/errors.js';
import type { FramesFormat } from '../../src/stage/format.js';
import { FftStage, InverseFftStage } from '../../src/transform/fft-stage.js';
import { referenceRealFft, relativeError } from '../reference/fft.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load();
});

const framesOf = (channels: number): FramesFormat => ({
  kind: 'frames',
  sampleRate: { numerator: 48000, denominator: 1 },
  channels,
  sample: 'f32',
});

const noise = (length: number, seed: number) =>
  Float32Array.from({ length }, (_, index) => Math.sin((index + 1) * (seed + 1) * 12.9898) * Math.cos(index * seed));

/** X[0], X[n/2], then the rest: the block's layout. */
function packed(x: ArrayLike<number>): Float64Array {
  const natural = referenceRealFft(x);
  const block = natural.slice(0, x.length);
  block[1] = natural[x.length];
  return block;
}

function joined(parts: Float32Array[][]): Float32Array[] {
  return parts[0].map((_, channel) => Float32Array.from(parts.flatMap((planes) => [...planes[channel]])));
}

describe('FftStage', () => {
  it.each([2, 4, 16, 32, 128, 1024])('gives the packed spectra of successive blocks of %i', (size) => {
    const stage = new FftStage(engine, { input: framesOf(2), size, scale: 'none' });
    const planes = [noise(3 * size + 1, 1), noise(3 * size + 1, 2)];
    const spectra = joined([stage.process(planes), stage.flush()]);
    for (const channel of [0, 1]) {
      const padded = new Float32Array(4 * size);
      padded.set(planes[channel]);
      for (let block = 0; block < 4; block++) {
        const expected = packed(padded.subarray(block * size, (block + 1) * size));
        const actual = spectra[channel].subarray(block * size, (block + 1) * size);
        expect(relativeError(actual, expected)).toBeLessThan(3e-7 * Math.max(1, Math.log2(size)));
      }
    }
    stage.dispose();
  });

  it('has the latency it reports: size − 1 frames', () => {
    const stage = new FftStage(engine, { input: framesOf(1), size: 64 });
    expect(stage.latency).toEqual({ numerator: 21, denominator: 16000 }); // 63/48000
    for (let frame = 0; frame < 63; frame++) expect(stage.process([new Float32Array(1)])[0].length).toBe(0);
    expect(stage.process([new Float32Array(1)])[0].length).toBe(64);
    expect(stage.inputNeeded(3)).toBe(192);
    stage.dispose();
  });

  it('is undone by InverseFftStage, to the same bits however both are cut', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('none', 'orthonormal', 'inverse' as const),
        fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 8 }),
        fc.constantFrom(2, 16, 64),
        (scale, cuts, size) => {
          const forward = new FftStage(engine, { input: framesOf(1), size, scale: scale as 'none', maxInput: 50 });
          const backward = new InverseFftStage(engine, { input: forward.output, scale: scale as 'none' });
          const x = noise(
            cuts.reduce((sum, cut) => sum + cut, 0),
            3,
          );
          const whole = joined([forward.process([x]), forward.flush()]);
          const parts: Float32Array[][] = [];
          let from = 0;
          for (const cut of cuts) {
            parts.push(forward.process([x.subarray(from, from + cut)]));
            from += cut;
          }
          parts.push(forward.flush());
          expect(joined(parts)).toEqual(whole);
          const [back] = backward.process(whole);
          expect(back.length).toBe(Math.ceil(x.length / size) * size);
          if (x.length > 0) expect(relativeError(back.subarray(0, x.length), x)).toBeLessThan(3e-6);
          forward.dispose();
          backward.dispose();
        },
      ),
      { numRuns: 50 },
    );
  });

  it('counts NaN and infinities, and takes them for zero', () => {
    const stage = new FftStage(engine, { input: framesOf(1), size: 4, scale: 'none' });
    const spectrum = stage.process([Float32Array.of(1, Number.NaN, Number.POSITIVE_INFINITY, 1)])[0];
    expect([...spectrum]).toEqual([2, 0, 1, 1]);
    expect(stage.faults).toBe(2);
    stage.dispose();
  });

  it('refuses wrong options and use after dispose, and gives all memory back', async () => {
    const { free } = engine.memory;
    const bad = (options: unknown) => () => new FftStage(engine, options as { input: FramesFormat; size: number });
    expect(bad({ input: framesOf(1), size: 48 })).toThrow(RangeError);
    expect(bad({ input: framesOf(1), size: 64, order: 'natural' })).toThrow(TypeError);
    expect(bad({ input: { ...framesOf(1), sample: 'f64' }, size: 64 })).toThrow(TypeError);
    expect(bad({ input: framesOf(1), size: 64, scale: 'half' })).toThrow(RangeError);
    const stage = new FftStage(engine, { input: framesOf(1), size: 64 });
    const { output } = stage;
    expect(() => new InverseFftStage(engine, { input: { ...output, size: 48 } })).toThrow(RangeError);
    expect(() => new InverseFftStage(engine, { input: output, scale: 'half' as 'none' })).toThrow(RangeError);
    stage.dispose();
    expect(() => stage.process([new Float32Array(1)])).toThrow(DisposedError);
    expect(engine.memory.free).toBe(free);
    const small = await Engine.load({ memory: 2 ** 16 * 4 });
    const freeOfSmall = small.memory.free;
    for (const size of [2 ** 12, 2 ** 13, 2 ** 14, 2 ** 15, 2 ** 17]) {
      try {
        new FftStage(small, { input: framesOf(1), size }).dispose();
      } catch (error) {
        expect(error).toBeInstanceOf(EngineMemoryError);
      }
      expect(small.memory.free).toBe(freeOfSmall);
    }
  });
});
