import { Engine, type GovernorEvent, Pipeline, type PipelineData } from 'paley';
import { addPaleyModule, PaleyNode } from 'paley/worklet';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { OfflineAudioContext } from 'web-audio-api';
import { readEvents } from '../../src/adapters/worklet/_govern.js';
import { ProcessorCore } from '../../src/adapters/worklet/_processor-core.js';
import { STATUS, VERSION } from '../../src/adapters/worklet/_protocol.js';
import { chain, noise, SAMPLE_RATE } from './_worklet.js';

const QUANTUM = 128;
const QUANTUM_MILLISECONDS = (QUANTUM / SAMPLE_RATE) * 1000;

const parameters = Object.fromEntries(
  Object.entries({ gain: 1, bypass: 0, ratio: 1, bits: 0 }).map(([name, value]) => [name, Float32Array.of(value)]),
) as unknown as Parameters<ProcessorCore['render']>[2];

let kernels: readonly ArrayBuffer[];
beforeAll(async () => {
  kernels = await Engine.kernelBytes();
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const governed = (load: number): PipelineData => ({
  ...chain([{ type: 'encode', codec: 'wave', effort: 3 }]),
  budget: { load, onOverload: 'degrade' },
});

function createCore(pipeline: PipelineData): ProcessorCore {
  const setup = { kernels, pipeline, version: VERSION, ringBytes: 4096, memory: undefined, shared: undefined };
  return new ProcessorCore({ ...setup, measureLoad: false, delaySeconds: 0, ratio: undefined, jitter: undefined });
}

describe('the governor in a worklet, which has only whole milliseconds', () => {
  it('steps down within 250 quanta of an overload and up again after it, and leaves word in the status', () => {
    vi.stubGlobal('performance', undefined);
    // What a quantum costs shows as a tick of the clock now and then.
    const machine = { load: 0.1, busy: 0, readings: 0 };
    vi.spyOn(Date, 'now').mockImplementation(() => {
      if (machine.readings++ % 2 === 1) machine.busy += machine.load * QUANTUM_MILLISECONDS;
      return Math.floor(machine.busy);
    });
    const core = createCore(governed(0.25));
    const silence = [new Float32Array(QUANTUM)];
    const changes: { quantum: number; rung: number }[] = [];
    const seconds = (count: number) => Math.round((count * SAMPLE_RATE) / QUANTUM);
    for (let quantum = 0; quantum < seconds(20); quantum++) {
      const before = core.status[STATUS.rung];
      // Twice as slow in the time between; and each rung costs half of the one above it.
      const factor = quantum >= seconds(4) && quantum < seconds(9) ? 3.5 : 1;
      machine.load = (0.1 * factor) / 2 ** before;
      core.render(silence, [], parameters);
      while (core.outgoing.nextLength >= 0) core.outgoing.skip();
      if (core.status[STATUS.rung] !== before) changes.push({ quantum, rung: core.status[STATUS.rung] });
    }
    expect(changes.map(({ rung }) => rung)).toEqual([1, 0]);
    expect(changes[0].quantum - seconds(4)).toBeLessThanOrEqual(250);
    expect(changes[1].quantum).toBeGreaterThan(seconds(9));
    const events = readEvents(core.status, 0);
    expect(events.map(({ kind, rung, rungs }) => ({ kind, rung, rungs }))).toEqual([
      { kind: 'degrade', rung: 1, rungs: 3 },
      { kind: 'restore', rung: 0, rungs: 3 },
    ]);
    expect(events[0].load).toBeGreaterThan(0.25);
    expect(events[0].quanta).toBe(changes[0].quantum + 1);
    expect(readEvents(core.status, 1)).toHaveLength(1);
    core.dispose();
  });

  it('tells the page as events of the node; auto settings are chosen on the page', async () => {
    const context = new OfflineAudioContext(1, SAMPLE_RATE, SAMPLE_RATE) as unknown as globalThis.OfflineAudioContext;
    await addPaleyModule(context);
    const engine = await Engine.load();
    const pipeline = Pipeline.from({ sampleRate: SAMPLE_RATE, channels: 1 })
      .resample({ to: 16000, quality: 'auto' })
      .encode({ codec: 'wave', effort: 'auto' });
    const node = new PaleyNode(context, {
      pipeline: pipeline.build(engine, { budget: { latencySeconds: 0.03 } }),
      budget: { load: 1e-6, onOverload: 'degrade' },
    });
    const events: GovernorEvent[] = [];
    node.addEventListener('govern', (event) => events.push((event as CustomEvent<GovernorEvent>).detail));
    await node.ready;
    const { rungs } = node.status;
    expect(node.status.rung).toBe(0);
    expect(rungs).toBeGreaterThan(1);
    const buffer = context.createBuffer(1, SAMPLE_RATE, SAMPLE_RATE);
    buffer.copyToChannel(noise(SAMPLE_RATE), 0);
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.connect(node);
    source.start();
    await context.startRendering();
    await expect.poll(() => events.length).toBeGreaterThan(0);
    expect(events[0]).toMatchObject({ kind: 'degrade', rung: rungs - 1, rungs });
    expect(node.status).toMatchObject({ rung: rungs - 1, rungs });
    expect(events.length).toBeLessThan(4);
    expect(node.status.load).toBeGreaterThan(0);
    node.dispose();
  });
});
