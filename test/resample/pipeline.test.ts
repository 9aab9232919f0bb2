/** Resampling as a step of a pipeline: every phase, and float64 from end to end. */
import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { fitTone, tone } from '../../src/measure/tone.js';
import { Pipeline } from '../../src/pipeline/index.js';
import { Resampler } from '../../src/resample/resampler.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load();
});

describe('the step resample', () => {
  it.each(['linear', 'intermediate', 'minimum'] as const)(
    'resamples in %s phase as the class does, and travels',
    (phase) => {
      const input = Float32Array.from(tone(3000, 0.1, 0.5));
      const chain = Pipeline.from({ sampleRate: 44100 }).resample({ to: 48000, quality: 'voice', phase });
      const pipeline = chain.build(engine);
      const again = Pipeline.fromJSON(JSON.parse(JSON.stringify(pipeline.toJSON()))).build(engine);
      const resampler = new Resampler(engine, { from: 44100, to: 48000, quality: 'voice', phase });
      expect(pipeline.latency).toEqual(resampler.latency);
      const wanted = [resampler.process([input]), resampler.flush()];
      expect([pipeline.process([input]), pipeline.flush()]).toEqual(wanted);
      expect([again.process([input]), again.flush()]).toEqual(wanted);
      for (const made of [pipeline, again, resampler]) made.dispose();
    },
  );

  it('adds no latency to a chain in minimum phase', () => {
    const codec = { codec: 'int8', blockSize: 32 } as const;
    const latencyWith = (phase: 'linear' | 'minimum') => {
      const pipeline = Pipeline.from({ sampleRate: 48000 }).resample({ to: 16000, phase }).encode(codec).build(engine);
      const { latency } = pipeline;
      pipeline.dispose();
      return latency.numerator / latency.denominator;
    };
    // The block alone: 31 frames of 16 kHz, and what the input's grid adds to their instants, nothing here.
    expect(latencyWith('minimum')).toBeCloseTo(31 / 16000, 12);
    expect(latencyWith('linear')).toBeGreaterThan(0.009);
  });

  it('resamples float64 with the quality reference, 180 dB from end to end', () => {
    const chain = Pipeline.from({ sampleRate: 48000, sample: 'f64' })
      .resample({ to: 96000, quality: 'reference' })
      .resample({ to: 44100, quality: 'reference', phase: 'minimum' });
    const pipeline = chain.build(engine);
    expect(pipeline.output).toMatchObject({ sample: 'f64' });
    const again = Pipeline.fromJSON(JSON.parse(JSON.stringify(pipeline.toJSON()))).build(engine);
    const input = tone(20000, 0.123, 0.9);
    const output = (again.process([input]) as Float64Array[])[0];
    expect(output).toBeInstanceOf(Float64Array);
    const fit = fitTone(output, (0.123 * 48000) / 44100, 5000, 14000);
    expect(10 * Math.log10(fit.tonePower / fit.residualPower)).toBeGreaterThan(180);
    expect(() => again.process([new Float32Array(10)])).toThrow(TypeError);
    pipeline.dispose();
    again.dispose();
  });

  it('says which samples do not fit', () => {
    const { free } = engine.memory;
    expect(() => Pipeline.from({ sampleRate: 1, sample: 'f64' }).resample({ to: 2 }).build(engine)).toThrow(
      'the input gives f64 frames at 1 Hz, 1 channel, but resample 1→2 Hz takes f32 frames',
    );
    expect(() => Pipeline.from({ sampleRate: 1, sample: 'i32' as 'f64' })).toThrow('sample expected one of f32, f64');
    expect(engine.memory.free).toBe(free);
  });
});
