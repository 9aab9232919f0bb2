import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { BitstreamError, DisposedError } from '../../src/engine/errors.js';
import {
  DctDecimatorStage,
  DctRestoringStage,
  dct,
  dctDecimate,
  dctRestore,
  InverseTransformChoiceStage,
  scoreTransforms,
  TransformChoiceStage,
  TransformChooser,
} from '../../src/index.js';
import { relativeError } from '../reference/fwht.js';
import { dctMatrix, multiplyVector, normal, transposed, walshMatrix } from '../reference/matched.js';
import { noise } from './_noise.js';

let engine: Engine;
let free: number;
beforeAll(async () => {
  engine = await Engine.load();
  free = engine.memory.free;
});
afterAll(() => {
  expect(engine.memory.free).toBe(free);
});

const frames = (channels: number) =>
  ({ kind: 'frames', sampleRate: { numerator: 48000, denominator: 1 }, channels, sample: 'f32' }) as const;

/** A stream of blocks: AR(1) along time, or blocks whose Walsh coefficients have the variances of a steep spectrum. */
function smooth(blocks: number, size: number, seed: number): Float32Array {
  const next = normal(seed);
  let state = 0;
  return Float32Array.from({ length: blocks * size }, () => {
    state = 0.95 * state + next();
    return state;
  });
}
function dyadic(blocks: number, size: number, seed: number): Float32Array {
  const next = normal(seed);
  const rows = walshMatrix(size);
  const out = new Float32Array(blocks * size);
  for (let block = 0; block < blocks; block++) {
    const spectrum = Float64Array.from({ length: size }, (_, k) => next() * 0.7 ** ((k * 7) % size));
    out.set(multiplyVector(rows, spectrum), block * size);
  }
  return out;
}

describe('TransformChooser', () => {
  it('finds for each stream its own, and scores it as the covariance does', () => {
    const chooser = new TransformChooser(engine, { size: 16 });
    const signal = smooth(400, 16, 1);
    for (let at = 0; at < signal.length; at += 16) chooser.observe(signal, at);
    expect(chooser.choice).toBe('dct');
    const scores = Object.fromEntries(chooser.scores().map((score) => [score.transform, score]));
    expect(scores.dct.codingGain).toBeGreaterThan(8.5);
    expect(scores.dct.commutatorResidual).toBeLessThan(scores.wht.commutatorResidual);
    expect(chooser.bestGain()).toBeGreaterThan(scores.dct.codingGain);
    chooser.reset();
    const other = dyadic(400, 16, 2);
    for (let at = 0; at < other.length; at += 16) chooser.observe(other, at);
    expect(chooser.choice).toBe('wht');
    chooser.dispose();
    expect(() => chooser.observe(other)).toThrow(DisposedError);
  });

  it('keeps exactly the variances and norm of the weighted covariance', () => {
    const chooser = new TransformChooser(engine, { size: 8, halfLifeBlocks: 10 });
    const signal = smooth(50, 8, 3);
    const covariance = new Float64Array(64);
    for (let block = 0; block < 50; block++) {
      chooser.observe(signal, 8 * block);
      for (let at = 0; at < 64; at++) {
        covariance[at] += signal[8 * block + (at >> 3)] * signal[8 * block + (at & 7)];
        covariance[at] *= 2 ** -0.1;
      }
    }
    const expected = scoreTransforms(covariance, ['wht', 'haar', 'dct', 'dft']);
    for (const score of chooser.scores()) {
      const same = expected.find(({ transform }) => transform === score.transform);
      expect(score.codingGain).toBeCloseTo(same?.codingGain ?? Number.NaN, 9);
      expect(score.commutatorResidual).toBeCloseTo(same?.commutatorResidual ?? Number.NaN, 6);
    }
    chooser.dispose();
  });

  it('does not flutter: it changes once where the stream does, and never for less than the margin', () => {
    const signal = [...smooth(300, 16, 5), ...dyadic(300, 16, 6)];
    const count = (options: object) => {
      const chooser = new TransformChooser(engine, { size: 16, interval: 1, halfLifeBlocks: 16, ...options });
      let changes = 0;
      let last = '';
      for (let at = 0; at < signal.length; at += 16) {
        chooser.observe(Float32Array.from(signal.slice(at, at + 16)));
        if (last !== '' && chooser.choice !== last) changes++;
        last = chooser.choice;
      }
      chooser.dispose();
      return { changes, last };
    };
    expect(count({ marginDecibels: 1, hold: 4 })).toEqual({ changes: 1, last: 'wht' });
    expect(count({ marginDecibels: 0, hold: 1, halfLifeBlocks: 2 }).changes).toBeGreaterThan(1);
    expect(count({ marginDecibels: 1000 }).changes).toBe(0);
  });

  it('refuses bad input', () => {
    const make = (options: object) => () => new TransformChooser(engine, { size: 16, ...options });
    expect(make({ size: 12 })).toThrow(/size/);
    expect(make({ candidates: [] })).toThrow(/at least one/);
    expect(make({ candidates: ['klt'] })).toThrow(/candidates/);
    expect(make({ candidates: 'dct' })).toThrow(TypeError);
    expect(make({ hold: 0 })).toThrow(/hold/);
    expect(make({ marginDecibels: -1 })).toThrow(/marginDecibels/);
    expect(make({ halfLifeBlocks: 0 })).toThrow(/halfLifeBlocks/);
    expect(make({ interval: 1.5 })).toThrow(/interval/);
    const chooser = new TransformChooser(engine, { size: 16 });
    expect(() => chooser.observe(new Float32Array(15))).toThrow(/block expected 16 values/);
    expect(() => chooser.observe([] as never)).toThrow(TypeError);
    chooser.observe(new Float32Array(16).fill(Number.NaN));
    expect(chooser.scores().every(({ codingGain }) => codingGain === 0)).toBe(true);
    chooser.dispose();
  });
});

describe('the stages of a chosen transform', () => {
  it('give back what came in, from the packets alone, however it is cut', () => {
    const planes = [
      Float32Array.of(...smooth(40, 16, 1), ...dyadic(80, 16, 2)).subarray(0, 1913),
      Float32Array.of(...smooth(40, 16, 3), ...dyadic(80, 16, 4)).subarray(0, 1913),
    ];
    const options = { input: frames(2), size: 16, halfLifeBlocks: 8, interval: 2 };
    const forward = new TransformChoiceStage(engine, options);
    const whole = [...forward.process(planes), ...forward.flush()];
    expect(new Set(whole.map((packet) => packet[0])).size).toBeGreaterThan(1);
    const cut: Uint8Array[] = [];
    for (let at = 0, step = 1; at < 1913; at += step, step = (step * 7) % 101) {
      cut.push(...forward.process(planes.map((plane) => plane.subarray(at, Math.min(1913, at + step)))));
    }
    cut.push(...forward.flush());
    expect(cut).toEqual(whole);
    const backward = new InverseTransformChoiceStage(engine, { input: forward.output });
    const back = backward.process(whole);
    for (const [channel, plane] of planes.entries()) {
      expect(relativeError(back[channel].subarray(0, 1913), plane)).toBeLessThan(1e-6);
    }
    expect(forward.latency).toEqual({ numerator: 1, denominator: 3200 });
    forward.dispose();
    backward.dispose();
  });

  it('give zeros for damaged packets at the real-time door, and an error with the place at the other', () => {
    const forward = new TransformChoiceStage(engine, { input: frames(1), size: 8 });
    const backward = new InverseTransformChoiceStage(engine, { input: forward.output });
    const [packet] = forward.process([noise(8)]);
    expect(() => backward.process([packet, packet.subarray(0, 35)])).toThrow(BitstreamError);
    const wrong = packet.slice();
    wrong[0] = 4;
    expect(() => backward.process([wrong])).toThrow(BitstreamError);
    expect(backward.faults).toBe(2);
    expect(() => backward.process([new Uint8Array(37)])).toThrow(RangeError);
    const foreign = { ...forward.output, codec: 'int4' };
    expect(() => new InverseTransformChoiceStage(engine, { input: foreign })).toThrow(
      /expected chosen-transform packets/,
    );
    const odd = { ...forward.output, framesPerPacket: 9 };
    expect(() => new InverseTransformChoiceStage(engine, { input: odd })).toThrow(RangeError);
    forward.dispose();
    backward.dispose();
  });
});

describe('decimation in the cosine domain', () => {
  it('keeps what lies in the low coefficients exactly, and of the rest nothing', () => {
    const spectrum = Float64Array.from(noise(64, 7));
    const low = spectrum.map((value, k) => (k < 16 ? value : 0));
    const cosines = transposed(dctMatrix(64));
    const x = Float32Array.from(multiplyVector(cosines, spectrum));
    const few = dctDecimate(engine, x, { size: 64, keep: 16 });
    expect(few.length).toBe(16);
    expect(
      relativeError(
        dct(engine, few),
        low.slice(0, 16).map((value) => value / 2),
      ),
    ).toBeLessThan(1e-6);
    expect(relativeError(dctRestore(engine, few, { size: 64, keep: 16 }), multiplyVector(cosines, low))).toBeLessThan(
      1e-6,
    );
    const constant = new Float32Array(64).fill(3);
    expect(
      relativeError(dctDecimate(engine, constant, { size: 64, keep: 8 }), new Float32Array(8).fill(3)),
    ).toBeLessThan(1e-6);
    expect(relativeError(dctDecimate(engine, x, { size: 64, keep: 64 }), x)).toBeLessThan(1e-6);
  });

  it('runs on a stream, gives ceil(n·to/from) frames, and does not mind how it is cut', () => {
    const input = frames(2);
    const decimator = new DctDecimatorStage(engine, { input, size: 32, keep: 8 });
    const restorer = new DctRestoringStage(engine, { input: decimator.output, size: 32, keep: 8 });
    expect(decimator.output.sampleRate).toEqual({ numerator: 12000, denominator: 1 });
    expect(restorer.output.sampleRate).toEqual({ numerator: 48000, denominator: 1 });
    const planes = [1, 2].map((rate) => Float32Array.from({ length: 1005 }, (_, i) => Math.sin((rate * i) / 60)));
    const few = decimator.process(planes).map((plane) => [...plane]);
    for (const [channel, plane] of decimator.flush().entries()) few[channel].push(...plane);
    expect(few[0].length).toBe(Math.ceil(1005 / 4));
    const cut: number[] = [];
    for (let at = 0; at < 1005; at += 13) cut.push(...decimator.process(planes.map((p) => p.subarray(at, at + 13)))[1]);
    cut.push(...decimator.flush()[1]);
    expect(cut).toEqual(few[1]);
    const back = restorer.process(few.map((plane) => Float32Array.from(plane)));
    const rest = restorer.flush();
    expect(back[0].length + rest[0].length).toBe(4 * Math.ceil(1005 / 4));
    for (const [channel, plane] of planes.entries()) {
      const all = [...back[channel], ...rest[channel]].slice(0, 1005);
      expect(relativeError(all, plane)).toBeLessThan(0.01);
    }
    expect(decimator.latency).toEqual({ numerator: 31, denominator: 48000 });
    decimator.dispose();
    restorer.dispose();
  });

  it('refuses bad input', () => {
    expect(() => dctDecimate(engine, new Float32Array(10), { size: 8, keep: 4 })).toThrow(/whole blocks of 8/);
    expect(() => dctDecimate(engine, new Float32Array(8), { size: 8, keep: 16 })).toThrow(/keep/);
    expect(() => dctDecimate(engine, new Float32Array(8), { size: 8, keep: 3 })).toThrow(/keep/);
    expect(() => dctRestore(engine, [1] as never, { size: 8, keep: 4 })).toThrow(TypeError);
    expect(() => new DctDecimatorStage(engine, { input: { kind: 'blocks' } as never, size: 8, keep: 4 })).toThrow(
      TypeError,
    );
    expect(() => new DctDecimatorStage(engine, { input: frames(1), size: 8, keep: 4, maxInput: 0 })).toThrow(
      /maxInput/,
    );
  });
});
