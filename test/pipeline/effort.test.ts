import { beforeAll, describe, expect, it } from 'vitest';
import { type Budget, Engine, type GovernorEvent, Pipeline, WaveDecoder } from '../../src/index.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load();
});

const build = (budget: Budget, options: object = {}) =>
  Pipeline.from({ sampleRate: 16000 })
    .encode({ codec: 'wave', effort: 'auto' })
    .build(engine, { budget, ...options });
const effortOf = (pipeline: Pipeline) => (pipeline.toJSON().steps[0] as { effort?: number }).effort;

describe("effort: 'auto'", () => {
  it('is the hardest search where no budget stands against it, and travels as what was chosen', () => {
    const pipeline = build({});
    expect(effortOf(pipeline)).toBe(4);
    expect(effortOf(Pipeline.fromJSON(pipeline.toJSON()).build(engine))).toBe(4);
    pipeline.dispose();
  });

  it('goes down until the load fits, and the report says what was rejected and why', () => {
    const pipeline = build({ load: 1e-6 });
    expect(effortOf(pipeline)).toBe(1);
    const { rejected } = pipeline.report();
    expect(rejected.map(({ setting }) => setting)).toEqual(['effort: 4', 'effort: 3', 'effort: 2']);
    for (const { reason } of rejected) expect(reason).toMatch(/^load \d+\.\d %, the budget is 0\.0 %$/);
    pipeline.dispose();
  });

  it('is for the codec that has efforts', () => {
    const blocks = Pipeline.from({ sampleRate: 16000 }).encode({ codec: 'int8', effort: 'auto' });
    expect(() => blocks.build(engine)).toThrow(/no option 'effort' with the codec int8/);
  });
});

describe('an encoder whose chain is to degrade', () => {
  it('searches less under overload and again as hard after it, in packets that decode to the same state', () => {
    const clock = { time: 0, cost: 0, readings: 0, resolution: 'quantum' as const, now: () => 0 };
    clock.now = () => {
      clock.time += clock.readings++ % 2 === 1 ? clock.cost : 0;
      return clock.time;
    };
    const events: GovernorEvent[] = [];
    const onGovern = (event: GovernorEvent) => events.push(event);
    const pipeline = Pipeline.from({ sampleRate: 16000 })
      .encode({ codec: 'wave', effort: 4, stateCheck: true })
      .build(engine, { budget: { load: 0.25, onOverload: 'degrade' }, onGovern, clock });
    expect(pipeline.ladder).toEqual({ rung: 0, rungs: 4 });
    const decoder = new WaveDecoder(engine, pipeline.output as ConstructorParameters<typeof WaveDecoder>[1]);
    const quantumMilliseconds = 8;
    const plane = new Float32Array(128);
    let worst = 0;
    for (let quantum = 0; quantum < 1500; quantum++) {
      clock.cost = (quantum > 100 && quantum < 300 ? 0.4 : 0.05) * quantumMilliseconds;
      for (let index = 0; index < 128; index++) plane[index] = 0.5 * Math.sin((quantum * 128 + index) / 9);
      const [decoded] = decoder.process(pipeline.process([plane]) as Uint8Array[]);
      for (let index = 0; index < 128; index++) worst = Math.max(worst, Math.abs(decoded[index] - plane[index]));
    }
    expect(decoder.faults).toBe(0);
    expect(worst).toBeLessThan(0.1);
    expect(events[0]).toMatchObject({ kind: 'degrade', rungs: 4 });
    expect(events[0].quanta).toBeLessThan(150);
    expect(events.filter(({ kind }) => kind === 'restore').length).toBeGreaterThan(0);
    expect(pipeline.ladder.rung).toBe(0);
    pipeline.dispose();
  });
});
