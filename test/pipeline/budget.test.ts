import { beforeAll, describe, expect, it } from 'vitest';
import {
  type BuildOptions,
  Engine,
  type GovernorEvent,
  LatencyBudgetError,
  Pipeline,
  type SamplesPort,
} from '../../src/index.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load();
});

const chain = (quality: 'auto' | 'archive' | 'high' = 'auto') =>
  Pipeline.from({ sampleRate: 44100, channels: 1 }).resample({ to: 48000, quality });
const qualityOf = (pipeline: Pipeline) => (pipeline.toJSON().steps[0] as { quality?: string }).quality;

/** A clock that a test turns: every reading is `cost` milliseconds after the one before. */
function fakeClock(resolution: 'quantum' | 'mean' = 'quantum') {
  const clock = { cost: 0, time: 0, resolution, now: () => 0 };
  let readings = 0;
  clock.now = () => {
    if (readings++ % 2 === 1) clock.time += clock.cost;
    return clock.time;
  };
  return clock;
}

describe("quality: 'auto'", () => {
  it('is the best there is where no budget stands against it', () => {
    const pipeline = chain().build(engine);
    expect(qualityOf(pipeline)).toBe('archive');
    expect(pipeline.report().rejected).toEqual([]);
    pipeline.dispose();
  });

  it('is the best whose latency fits, and the report says what was rejected and why', () => {
    for (const [latencySeconds, quality, rejected] of [
      [0.0046, 'archive', 0],
      [0.004, 'high', 1],
      [0.003, 'medium', 2],
      [0.002, 'voice', 3],
    ] as const) {
      const pipeline = chain().build(engine, { budget: { latencySeconds } });
      expect(qualityOf(pipeline)).toBe(quality);
      const report = pipeline.report();
      expect(report.rejected).toHaveLength(rejected);
      for (const { type, step, setting, reason } of report.rejected) {
        expect([type, step]).toEqual(['resample', 0]);
        expect(setting).toMatch(/^quality: /);
        expect(reason).toMatch(/^latency \d\.\d+ ms, the budget is \d\.\d+ ms$/);
        expect(String(report)).toContain(`not taken for resample: ${setting} (${reason})`);
      }
      pipeline.dispose();
    }
  });

  it('ends in the usual error where nothing fits, and leaves no memory behind', () => {
    const { free } = engine.memory;
    expect(() => chain().build(engine, { budget: { latencySeconds: 0.001 } })).toThrow(LatencyBudgetError);
    expect(engine.memory.free).toBe(free);
  });

  it('goes down to the cheapest where the load allows nothing else', () => {
    const pipeline = chain().build(engine, { budget: { load: 1e-6 } });
    expect(qualityOf(pipeline)).toBe('voice');
    expect(pipeline.report().rejected.map(({ setting }) => setting)).toEqual([
      'quality: archive',
      'quality: high',
      'quality: medium',
    ]);
    expect(pipeline.report().rejected[0].reason).toMatch(/^load \d+\.\d %, the budget is 0\.0 %$/);
    pipeline.dispose();
  });

  it('has become what was chosen in the data that travels', () => {
    const pipeline = chain().build(engine, { budget: { latencySeconds: 0.003 } });
    const again = Pipeline.fromJSON(pipeline.toJSON()).build(engine);
    expect(qualityOf(again)).toBe('medium');
    expect(again.latency).toEqual(pipeline.latency);
    for (const part of [pipeline, again]) part.dispose();
  });
});

describe('a budget of load, kept while the chain runs', () => {
  const QUANTUM_MILLISECONDS = (128 / 44100) * 1000;

  function governed(options: BuildOptions = {}, quality: 'archive' | 'high' = 'archive') {
    const clock = fakeClock();
    const events: GovernorEvent[] = [];
    const pipeline = chain(quality).build(engine, {
      clock,
      onGovern: (event) => events.push(event),
      ...options,
      budget: { load: 0.25, onOverload: 'degrade', ...options.budget },
    });
    const input = pipeline.createInputPort() as SamplesPort;
    const output = pipeline.createOutputPort() as SamplesPort;
    const samples: number[] = [];
    let frame = 0;
    /** Quanta of a sine while the chain costs so much of a quantum on its best setting. */
    const run = (quanta: number, load: (rung: number) => number) => {
      for (let quantum = 0; quantum < quanta; quantum++) {
        clock.cost = load(pipeline.ladder.rung) * QUANTUM_MILLISECONDS;
        input.count = 128;
        for (let index = 0; index < 128; index++) input.planes[0][index] = Math.sin(0.1 * frame++);
        const count = pipeline.processInto(input, output);
        for (let index = 0; index < count; index++) samples.push(output.planes[0][index]);
      }
    };
    const dispose = () => {
      for (const part of [pipeline, input, output]) part.dispose();
    };
    return { pipeline, events, run, samples, dispose };
  }

  it('steps down within 50 quanta of an overload and up again after it, and the sine goes on', () => {
    const { pipeline, events, run, samples, dispose } = governed();
    expect(pipeline.ladder).toEqual({ rung: 0, rungs: 4 });
    run(500, () => 0.1);
    expect(events).toEqual([]);
    run(50, (rung) => 0.5 / (rung + 1));
    expect(events.map(({ kind }) => kind)).toEqual(['degrade']);
    expect(pipeline.ladder.rung).toBeGreaterThan(0);
    expect(events[0].load).toBeGreaterThan(0.25);
    run(500, (rung) => 0.5 / (rung + 1));
    run(4000, (rung) => 0.1 / (rung + 1));
    expect(pipeline.ladder.rung).toBe(0);
    expect(events.at(-1)?.kind).toBe('restore');
    // The same as a chain that was never touched, to −80 dBFS.
    const plain = chain('archive').build(engine);
    const sine = Float32Array.from({ length: 128 * 5050 }, (_, frame) => Math.sin(0.1 * frame));
    const [wanted] = plain.process([sine]) as Float32Array[];
    expect(samples.length).toBe(wanted.length);
    const errors = samples.map((value, index) => Math.abs(value - wanted[index])).slice(400);
    expect(errors.reduce((a, b) => Math.max(a, b))).toBeLessThan(1e-4);
    plain.dispose();
    dispose();
  });

  it('has one latency whatever runs, that of the best', () => {
    const { pipeline, dispose } = governed();
    const plain = chain('archive').build(engine);
    expect(pipeline.latency).toEqual(plain.latency);
    plain.dispose();
    dispose();
  });

  it('only tells of it with onOverload: report', () => {
    const { pipeline, events, run, dispose } = governed({ budget: { load: 0.25, onOverload: 'report' } });
    expect(pipeline.ladder).toEqual({ rung: 0, rungs: 1 });
    run(200, () => 0.5);
    run(201, () => 0.1);
    expect(events.map(({ kind }) => kind)).toEqual(['overload', 'relief']);
    expect(pipeline.load).toMatchObject({ quanta: 401, median: expect.closeTo(0.1, 6), worst: expect.closeTo(0.5, 6) });
    dispose();
  });

  it('watches nothing without a load', () => {
    const pipeline = chain('high').build(engine);
    expect(pipeline.load).toBeUndefined();
    expect(pipeline.ladder).toEqual({ rung: 0, rungs: 1 });
    pipeline.dispose();
  });

  it('refuses a budget and a clock that make no sense', () => {
    expect(() => chain().build(engine, { budget: { load: 0 } })).toThrow(/budget.load/);
    expect(() => chain().build(engine, { budget: { load: 2 } })).toThrow(/budget.load/);
    expect(() => chain().build(engine, { budget: { onOverload: 'degrade' } })).toThrow(/budget.load expected/);
    expect(() => chain().build(engine, { budget: { load: 0.5, onOverload: 'panic' as 'report' } })).toThrow(
      /report, degrade/,
    );
    expect(() => chain().build(engine, { clock: {} as never })).toThrow(/clock expected/);
  });
});

describe('the delay of a link', () => {
  const wave = (budget: { latencySeconds?: number } = {}) =>
    Pipeline.from({ sampleRate: 48000, channels: 1 })
      .encode({ codec: 'wave', bitsPerSample: 3.2 })
      .build(engine, { budget });

  it('is told apart from the latency, and counted in the budget with it', () => {
    const pipeline = wave();
    const link = pipeline.linkDelaySeconds as number;
    expect(link).toBeGreaterThan(0);
    const seconds = 127 / 48000 + link;
    const report = pipeline.report();
    expect([report.latencySeconds, report.linkDelaySeconds]).toEqual([127 / 48000, link]);
    expect(String(report)).toContain('the link behind encode wave');
    pipeline.dispose();
    wave({ latencySeconds: seconds + 1e-9 }).dispose();
    expect(() => wave({ latencySeconds: seconds - 1e-6 })).toThrow(/the link behind encode wave \d/);
  });
});
