import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { DisposedError, FormatMismatchError, LatencyBudgetError } from '../../src/engine/errors.js';
import { type AnyChain, Pipeline } from '../../src/pipeline/index.js';
import type { SamplesPort } from '../../src/stage/port.js';
import { ratio, toNumber } from '../../src/stage/rational.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load({ memory: 64 * 2 ** 20 });
});

/** A signal with something at every frequency, the same at each call. */
function noise(frames: number, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length: frames }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 32;
  });
}

const concatenate = (pieces: Float32Array[]) => Float32Array.from(pieces.flatMap((piece) => [...piece]));

/** A chain over one channel, and the rate of its input. */
const chains: Record<string, [number, (chain: AnyChain) => AnyChain]> = {
  'resample up': [44100, (c) => c.resample({ to: 48000 })],
  'resample down': [48000, (c) => c.resample({ to: 16000 })],
  'a block of 128': [48000, (c) => c.quantize({ codec: 'int8', blockSize: 128 })],
  'blocks of 64, then of 128': [
    48000,
    (c) => c.quantize({ codec: 'int8', blockSize: 64 }).quantize({ codec: 'int8', blockSize: 128 }),
  ],
  'blocks of 128, then of 64': [
    48000,
    (c) => c.quantize({ codec: 'int8', blockSize: 128 }).quantize({ codec: 'int8', blockSize: 64 }),
  ],
  'blocks of 48, then of 32': [
    100,
    (c) => c.quantize({ codec: 'int8', blockSize: 48 }).quantize({ codec: 'int8', blockSize: 32 }),
  ],
  'resample, then packets of 160': [
    44100,
    (c) => c.resample({ to: 16000 }).quantize({ codec: 'int4', blockSize: 32, framesPerPacket: 160 }),
  ],
  'a filter of 300 taps in partitions of 64, then blocks of 128': [
    48000,
    (c) =>
      c
        .convolve({ filter: Array.from({ length: 300 }, (_, tap) => 0.9 ** tap), partition: 64 })
        .quantize({ codec: 'int8', blockSize: 128 }),
  ],
  'a transform and back': [48000, (c) => c.transform({ size: 64 }).transform({ inverse: true })],
  'a rotation and back, coded on the way': [
    48000,
    (c) =>
      c.rotate({ size: 32, seed: 3 }).quantize({ codec: 'int8', blockSize: 64 }).rotate({ inverse: true, seed: 3 }),
  ],
  'blocks between two resamplers': [
    16000,
    (c) => c.resample({ to: 48000 }).quantize({ codec: 'int8', blockSize: 128 }).resample({ to: 32000 }),
  ],
  'a transform of 256 after a resampler': [
    44100,
    (c) => c.resample({ to: 48000 }).transform({ size: 256 }).transform({ inverse: true }),
  ],
};

const build = (name: keyof typeof chains, quantum = 128) => {
  const [sampleRate, make] = chains[name];
  return make(Pipeline.from({ sampleRate }) as unknown as AnyChain).build(engine, { quantum });
};

describe('a pipeline', () => {
  it.each(Object.keys(chains))('reports the latency that is measured frame by frame: %s', (name) => {
    const pipeline = build(name, 1);
    const [inputRate, outputRate] = [pipeline.input, pipeline.output].map((format) =>
      format.kind === 'frames' ? toNumber(format.sampleRate) : Number.NaN,
    );
    const [input, output] = [pipeline.createInputPort() as SamplesPort, pipeline.createOutputPort() as SamplesPort];
    input.planes[0][0] = 0.5;
    input.count = 1;
    let [produced, measured] = [0, 0];
    const period = pipeline.period?.output ?? 0;
    for (let fed = 1; produced < period + 1; fed++) {
      const count = pipeline.processInto(input, output);
      for (let k = produced; k < produced + count; k++) {
        expect(pipeline.inputNeeded(k + 1)).toBe(fed);
        measured = Math.max(measured, (fed - 1) / inputRate - k / outputRate);
      }
      produced += count;
    }
    expect(toNumber(pipeline.latency)).toBeCloseTo(measured, 12);
    const { rows, latencySeconds } = pipeline.report();
    expect(latencySeconds).toBeCloseTo(measured, 12);
    expect(rows.reduce((sum, row) => sum + row.latencySeconds, 0)).toBeCloseTo(measured, 12);
    pipeline.dispose();
  });

  it('of blocks of 64 and then of 128 is late by 127 frames, not 190', () => {
    const pipeline = build('blocks of 64, then of 128');
    expect(pipeline.latency).toEqual(ratio(127, 48000));
    pipeline.dispose();
  });

  it.each(Object.keys(chains))('gives the same bits however its input is cut: %s', (name) => {
    const signal = noise(3000);
    const reference = build(name, 4096);
    const expected = concatenate([reference.process([signal])[0], reference.flush()[0]] as Float32Array[]);
    reference.dispose();
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 12 }),
        (quantum, cuts) => {
          const pipeline = build(name, quantum);
          const pieces: Float32Array[] = [];
          let at = 0;
          for (const cut of [...cuts, signal.length]) {
            const end = Math.min(signal.length, at + cut);
            pieces.push(pipeline.process([signal.subarray(at, end)])[0] as Float32Array);
            at = end;
          }
          pieces.push(pipeline.flush()[0] as Float32Array);
          expect(concatenate(pieces)).toEqual(expected);
          pipeline.dispose();
        },
      ),
      { numRuns: 8 },
    );
  });

  it('gives back exactly as many frames as went in, whatever the blocks', () => {
    const names = ['a block of 128', 'blocks of 64, then of 128', 'a rotation and back, coded on the way'] as const;
    for (const name of names) {
      const pipeline = build(name);
      for (const frames of [0, 1, 63, 64, 127, 128, 129, 1000]) {
        const signal = noise(frames);
        const out = concatenate([pipeline.process([signal])[0], pipeline.flush()[0]] as Float32Array[]);
        expect(out.length).toBe(frames);
        for (const [index, value] of out.entries()) expect(Math.abs(value - signal[index])).toBeLessThan(0.02);
      }
      pipeline.dispose();
    }
  });

  it('starts afresh after flush and after reset', () => {
    const pipeline = build('resample, then packets of 160');
    const signal = noise(5000);
    const run = () => concatenate([pipeline.process([signal])[0], pipeline.flush()[0]] as Float32Array[]);
    const first = run();
    expect(run()).toEqual(first);
    pipeline.process([noise(777, 5)]);
    pipeline.reset();
    expect(run()).toEqual(first);
    expect((pipeline.flush() as Float32Array[])[0].length).toBe(0);
    pipeline.dispose();
  });

  it('comes back the same from JSON', () => {
    const chain = Pipeline.from({ sampleRate: 1000 / 3, channels: 3 })
      .resample({ to: 100 })
      .rotate({ size: 32, seed: 5 })
      .encode({ codec: 'int4', blockSize: 64 });
    const pipeline = chain.build(engine, { quantum: 50, budget: { latencySeconds: 3 } });
    const text = JSON.stringify(pipeline);
    const again = Pipeline.fromJSON(JSON.parse(text)).build(engine);
    expect(JSON.stringify(again)).toBe(text);
    const signal = [noise(900, 1), noise(900, 2), noise(900, 3)];
    expect(again.process(signal)).toEqual(pipeline.process(signal));
    expect(again.flush()).toEqual(pipeline.flush());
    expect(again.latency).toEqual(pipeline.latency);
    pipeline.dispose();
    again.dispose();
  });

  it('names both stages where they do not fit', () => {
    const start = Pipeline.from({ sampleRate: 48000 }) as unknown as AnyChain;
    const wrong: [AnyChain, RegExp][] = [
      [
        start.transform({ size: 64 }).resample({ to: 16000 }),
        /transform 64 gives blocks of 64 .* resample takes frames/,
      ],
      [
        start.encode({ codec: 'int8' }).resample({ to: 16000 }),
        /encode int8 gives int8 packets .* resample takes frames/,
      ],
      [start.decode(), /the input gives f32 frames at 48000 Hz, 1 channel, but decode takes packets/],
      [start.rotate({ inverse: true }), /the input gives f32 frames .* rotate takes blocks/],
    ];
    const free = engine.memory.free;
    for (const [chain, message] of wrong) {
      expect(() => chain.build(engine)).toThrow(FormatMismatchError);
      expect(() => chain.build(engine)).toThrow(message);
    }
    expect(engine.memory.free).toBe(free);
  });

  it('refuses a budget that it cannot keep, with every stage named, and leaves nothing behind', () => {
    const free = engine.memory.free;
    const chain = Pipeline.from({ sampleRate: 44100 })
      .resample({ to: 16000 })
      .encode({ codec: 'int8', blockSize: 128 });
    const attempt = () => chain.build(engine, { budget: { latencySeconds: 0.01 } });
    expect(attempt).toThrow(LatencyBudgetError);
    expect(attempt).toThrow(
      /latency is \d+\.\d+ ms, its budget 10\.000 ms; each stage adds: resample 44100→16000 Hz .* ms, encode int8 .* ms/,
    );
    expect(engine.memory.free).toBe(free);
    chain.build(engine, { budget: { latencySeconds: 0.03 } }).dispose();
    expect(engine.memory.free).toBe(free);
  });

  it('prints a report as a table with a row a stage', () => {
    const chain = Pipeline.from({ sampleRate: 48000, channels: 2 }).resample({ to: 16000 }).encode({ codec: 'int4' });
    const pipeline = chain.build(engine, { budget: { latencySeconds: 0.02 } });
    const report = pipeline.report();
    expect(report.rows.map(({ stage }) => stage)).toEqual(['resample 48000→16000 Hz', 'encode int4']);
    expect(report.load).toBeGreaterThan(0);
    const lines = String(report).split('\n');
    expect(lines.length).toBe(5);
    expect(lines[0]).toMatch(/stage +adds latency +input frames +of budget +cost a quantum +load/);
    expect(lines[4]).toMatch(/^in all/);
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
    pipeline.dispose();
  });

  it('counts what was not finite', () => {
    const pipeline = build('a block of 128');
    const signal = noise(256);
    signal.set([Number.NaN, Infinity, -Infinity], 10);
    const out = concatenate([pipeline.process([signal])[0] as Float32Array]);
    expect([...out.subarray(10, 13)]).toEqual([0, 0, 0]);
    expect(pipeline.faults).toBe(3);
    pipeline.dispose();
  });

  it('says what is wrong with what it is given', () => {
    const start = Pipeline.from({ sampleRate: 48000 }) as unknown as AnyChain;
    expect(() => start.build(engine)).toThrow(/at least one step/);
    expect(() => start.step({ type: 'reverb' } as never)).toThrow(/step.type expected one of resample, .*got 'reverb'/);
    expect(() => start.resample({ too: 16000 } as never)).toThrow(/no option 'too'/);
    expect(() => start.encode({ codec: 'mp3' }).build(engine)).toThrow(RangeError);
    expect(() => start.resample({ to: 16000 }).build(engine, { quantum: 0 })).toThrow(/quantum/);
    expect(() => start.resample({ to: 16000 }).build(engine, { budget: { latencySeconds: -1 } })).toThrow(RangeError);
    expect(() => Pipeline.from({ sampleRate: 48000, channels: 0 })).toThrow(
      /channels expected a whole number from 1 to 64/,
    );
    expect(() => Pipeline.from({ sampleRate: -1 })).toThrow(RangeError);
    expect(() => Pipeline.from(undefined as never)).toThrow(TypeError);
    expect(() => Pipeline.fromJSON({ steps: [] } as never)).toThrow(TypeError);
    const pipeline = build('a block of 128');
    expect(() => pipeline.process([new Float32Array(3), new Float32Array(3)])).toThrow(/expected 1 planes, got 2/);
    expect(() => pipeline.process([new Float64Array(3)] as never)).toThrow(/planes\[0\] expected a Float32Array/);
    pipeline.dispose();
    expect(() => pipeline.process([new Float32Array(3)])).toThrow(DisposedError);
    expect(() => pipeline.flush()).toThrow(DisposedError);
    expect(() => pipeline.report()).toThrow(DisposedError);
  });

  it('gives its memory back', () => {
    const free = engine.memory.free;
    for (const name of Object.keys(chains)) {
      const pipeline = build(name);
      pipeline.process([noise(1000)]);
      pipeline.dispose();
    }
    expect(engine.memory.free).toBe(free);
  });
});
