import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { type AnyChain, Pipeline, type Step } from '../../src/pipeline/index.js';
import type { SamplesPort } from '../../src/stage/port.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load({ memory: 128 * 2 ** 20 });
});

const RATES = [8000, 16000, 32000, 44100, 48000];

/** Steps that take frames and give frames in the end, whatever they do in between. */
const links: fc.Arbitrary<Step[]> = fc.oneof(
  fc
    .record({
      to: fc.constantFrom(...RATES),
      quality: fc.constantFrom('voice' as const, 'medium' as const, 'high' as const),
    })
    .map(({ to, quality }): Step[] => [{ type: 'resample', to, quality }]),
  fc.constantFrom(16, 64, 256).map((size): Step[] => [
    { type: 'transform', size },
    { type: 'transform', inverse: true },
  ]),
  fc.constantFrom(32, 128).map((size): Step[] => [
    { type: 'rotate', size, seed: 1 },
    { type: 'rotate', inverse: true, seed: 1 },
  ]),
  fc.constantFrom(16, 64).chain((size) =>
    fc.constantFrom('dct' as const, 'haar' as const, 'dft' as const).map((kind): Step[] => [
      { type: 'transform', kind, size },
      { type: 'transform', kind, inverse: true },
    ]),
  ),
  // What packets say is undone by what they say.
  fc
    .constantFrom<Step>(
      { type: 'transform', kind: 'choose', size: 32 },
      { type: 'rotate', method: 'klt-hadamard', size: 24 },
      { type: 'rotate', method: 'dictionary', size: 40 },
      { type: 'rotate', method: 'adaptive', size: 64, extract: 1 },
      { type: 'scale', size: 80 },
      { type: 'sparse', size: 64, sparsity: 4 },
    )
    .map((step): Step[] => [step, { type: 'decode' }]),
  fc.constant<Step[]>([
    { type: 'scale', scales: [4] },
    { type: 'scale', scales: [4], inverse: true },
  ]),
  fc.constantFrom(16, 32).map((size): Step[] => [
    { type: 'decimate', size, keep: size / 2 },
    { type: 'decimate', size, keep: size / 2, inverse: true },
  ]),
  fc.constant<Step[]>([
    { type: 'xor', kernel: [2, 1, 0.5, 0] },
    { type: 'xor', kernel: [2, 1, 0.5, 0], inverse: true },
  ]),
  fc
    .constantFrom(32, 48, 128)
    .map((blockSize): Step[] => [{ type: 'encode', codec: 'int8', blockSize }, { type: 'decode' }]),
  fc
    .constantFrom(64, 128, 256)
    .map((framesPerPacket): Step[] => [
      { type: 'encode', codec: 'wave', predictor: 'lite', effort: 1, framesPerPacket },
      { type: 'decode' },
    ]),
  fc.constantFrom(16, 64).map((partition): Step[] => [{ type: 'convolve', filter: [1, 0.5, 0.25], partition }]),
);
const chains = fc.record({
  sampleRate: fc.constantFrom(...RATES),
  steps: fc.array(links, { minLength: 1, maxLength: 4 }).map((parts) => parts.flat()),
});

const build = (sampleRate: number, steps: Step[]) =>
  steps
    .reduce<AnyChain>((chain, step) => chain.step(step), Pipeline.from({ sampleRate }) as unknown as AnyChain)
    .build(engine, { quantum: 1 });

describe('any chain', () => {
  it('is as late as it says, fed frame by frame', () => {
    fc.assert(
      fc.property(chains, ({ sampleRate, steps }) => {
        const pipeline = build(sampleRate, steps);
        const { output: format } = pipeline;
        const outputRate = format.kind === 'frames' ? format.sampleRate.numerator / format.sampleRate.denominator : 0;
        const input = pipeline.createInputPort() as SamplesPort;
        const output = pipeline.createOutputPort() as SamplesPort;
        input.planes[0][0] = 0.5;
        input.count = 1;
        let [produced, measured] = [0, 0];
        // One common period of all rates and blocks that occur is at most this long.
        const enough = Math.min(pipeline.period?.output ?? 4000, 4000) + 1;
        for (let fed = 1; produced < enough; fed++) {
          const count = pipeline.processInto(input, output);
          if (count > 0) expect(pipeline.inputNeeded(produced + count)).toBe(fed);
          for (let k = produced; k < produced + count; k++) {
            measured = Math.max(measured, (fed - 1) / sampleRate - k / outputRate);
          }
          produced += count;
        }
        const { numerator, denominator } = pipeline.latency;
        const reported = numerator / denominator;
        if (enough === (pipeline.period?.output ?? 0) + 1) expect(reported).toBeCloseTo(measured, 9);
        else expect(reported).toBeGreaterThanOrEqual(measured - 1e-9);
        for (const part of [pipeline, input, output]) part.dispose();
      }),
      { numRuns: 20 },
    );
  });

  it('keeps an impulse in its place', () => {
    fc.assert(
      fc.property(chains, ({ sampleRate, steps }) => {
        const pipeline = build(sampleRate, steps);
        // A smooth bump, so that it survives rates of 8 kHz: wide against a sample, narrow against the stream.
        const [centre, width] = [0.1, 0.002];
        const bump = Float32Array.from(
          { length: Math.round(0.2 * sampleRate) },
          (_, frame) => 0.7 * Math.exp(-(((frame / sampleRate - centre) / width) ** 2)),
        );
        const parts = [pipeline.process([bump]), pipeline.flush()] as Float32Array[][];
        const out = parts.flatMap(([plane]) => [...plane]);
        const rate = pipeline.output.kind === 'frames' ? pipeline.output.sampleRate : { numerator: 1, denominator: 1 };
        const mass = out.reduce((sum, value) => sum + value * value, 0);
        const instant = out.reduce((sum, value, k) => sum + k * value * value, 0) / mass;
        const expected = (centre * rate.numerator) / rate.denominator;
        // What a filter of three taps adds by itself: less than two of its samples.
        const filters = steps.filter(({ type }) => type === 'convolve').length;
        const slack = 0.3 + (2 * filters * rate.numerator) / rate.denominator / 8000;
        expect(Math.abs(instant - expected)).toBeLessThan(slack);
        pipeline.dispose();
      }),
      { numRuns: 20 },
    );
  });
});
