import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { Engine, Pipeline, type PipelineData } from 'paley';
import { addPaleyModule, type Packet, PaleyNode, type PaleyNodeOptions } from 'paley/worklet';
import { beforeAll, describe, expect, it } from 'vitest';
import { AudioContext, OfflineAudioContext } from 'web-audio-api';
import { BitsControl } from '../../src/adapters/worklet/_controls.js';
import { chain, noise, SAMPLE_RATE } from './_worklet.js';

const SCRIPT = 'dist/worklet/processor.js';
const FRAMES = 12800;
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

type PageContext = globalThis.OfflineAudioContext;

/** The package's contexts stand in for a browser's, whose types PaleyNode is written for. */
async function offline(channels = 1, frames = FRAMES): Promise<PageContext> {
  const context = new OfflineAudioContext(channels, frames, SAMPLE_RATE) as unknown as PageContext;
  await addPaleyModule(context);
  return context;
}

function play(context: PageContext, planes: readonly Float32Array<ArrayBuffer>[], into: AudioNode): void {
  const buffer = context.createBuffer(planes.length, planes[0].length, context.sampleRate);
  for (const [channel, plane] of planes.entries()) buffer.copyToChannel(plane, channel);
  const source = context.createBufferSource();
  source.buffer = buffer;
  source.connect(into);
  source.start();
}

async function render(context: PageContext): Promise<Float32Array[]> {
  const buffer = await context.startRendering();
  return Array.from({ length: buffer.numberOfChannels }, (_, channel) => buffer.getChannelData(channel));
}

async function collect(node: PaleyNode): Promise<Packet[]> {
  const packets: Packet[] = [];
  for await (const packet of node.packets()) packets.push(packet);
  return packets;
}

const late = (plane: Float32Array, frames: number) =>
  Float32Array.from({ length: FRAMES }, (_, index) => (index < frames ? 0 : plane[index - frames]));

describe('PaleyNode in Node', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await Engine.load();
  });

  it.each(['shared', 'messages'] as const)(
    'is late by exactly what it says, and the rest is what the pipeline gives (%s)',
    async (transport) => {
      const steps = [
        { type: 'resample', to: 16000, quality: 'voice' },
        { type: 'encode', codec: 'int8', blockSize: 32 },
        { type: 'decode' },
        { type: 'resample', to: SAMPLE_RATE, quality: 'voice' },
      ] as const;
      const context = await offline(2);
      const pipeline = Pipeline.fromJSON(chain(steps, 2)).build(engine);
      const node = new PaleyNode(context, { pipeline, transport });
      expect([node.role, node.transport]).toEqual(['effect', transport]);
      expect(node.latencySeconds * SAMPLE_RATE).toBeCloseTo(node.latencyFrames, 6);
      const planes = [noise(FRAMES, 1), noise(FRAMES, 2)];
      play(context, planes, node);
      node.connect(context.destination);
      await node.ready;
      const expected = pipeline.process(planes) as Float32Array[];
      expect(await render(context)).toEqual(expected.map((plane) => late(plane, node.latencyFrames)));
      node.dispose();
    },
  );

  it.each(['shared', 'messages'] as const)(
    'encodes to packets, and plays them, as the pipeline does (%s)',
    async (transport) => {
      const samples = noise(FRAMES);
      const encoding = chain([{ type: 'encode', codec: 'mxfp4', framesPerPacket: 96 }]);
      const recording = await offline();
      const encoder = new PaleyNode(recording, { pipeline: encoding, transport });
      play(recording, [samples], encoder);
      await encoder.ready;
      await render(recording);
      const collected = collect(encoder);
      await new Promise((resolve) => setTimeout(resolve, 20));
      await encoder.flush();
      const packets = await collected;

      const pipeline = Pipeline.fromJSON(encoding).build(engine);
      const expected = [pipeline.process([samples]), pipeline.flush()].flat();
      expect(packets.map(({ bytes }) => bytes)).toEqual(expected);
      expect(packets.map(({ sequence }) => sequence)).toEqual(expected.map((_, index) => index));
      expect(packets.at(-1)?.frames).toBe(FRAMES % 96);
      expect(encoder.status).toMatchObject({ packets: expected.length, dropped: 0, frames: FRAMES });

      const playing = await offline();
      const decoder = Pipeline.from(pipeline.output).decode().build(engine);
      const player = new PaleyNode(playing, { pipeline: decoder, transport });
      player.connect(playing.destination);
      await player.ready;
      expect(packets.map((packet) => player.writePacket(packet))).toEqual(packets.map(() => true));
      const flushed = player.flush();
      await new Promise((resolve) => setTimeout(resolve, 50));
      const [heard] = await render(playing);
      await flushed;
      expect(heard).toEqual((decoder.process(expected as Uint8Array[]) as Float32Array[])[0].subarray(0, FRAMES));
      // By messages the figures come with the next exchange.
      await expect.poll(() => player.status).toMatchObject({ packets: expected.length, underruns: 0 });
    },
  );

  it('multiplies by gain, and brings the sound as it came, equally late, where bypass is 1', async () => {
    const samples = noise(FRAMES);
    const pipeline = chain([{ type: 'encode', codec: 'int4' }, { type: 'decode' }]);
    const run = async (parameters: Record<string, number>) => {
      const context = await offline();
      const node = new PaleyNode(context, { pipeline });
      for (const [name, value] of Object.entries(parameters)) {
        (node.parameters as unknown as Map<string, AudioParam>).get(name)?.setValueAtTime(value, 0);
      }
      play(context, [samples], node);
      node.connect(context.destination);
      const [heard] = await render(context);
      node.dispose();
      return { heard, latency: node.latencyFrames };
    };
    const plain = await run({});
    const half = await run({ gain: 0.5 });
    expect(half.heard).toEqual(plain.heard.map((sample) => sample * 0.5));
    const through = await run({ bypass: 1 });
    expect(through.heard).toEqual(late(samples, through.latency));
    const mixed = await run({ bypass: 0.5 });
    const errors = mixed.heard.map((sample, index) => sample - (plain.heard[index] + through.heard[index]) / 2);
    expect(Math.max(...errors.map(Math.abs))).toBeLessThan(5e-7);
  });

  it('plays silence where packets run out, counts it, and goes on with the next ones', async () => {
    const packets = Pipeline.fromJSON(chain([{ type: 'encode', codec: 'int8', framesPerPacket: 128 }])).build(engine);
    const coded = packets.process([noise(1280)]) as Uint8Array[];
    const context = await offline(1, 4096);
    const player = new PaleyNode(context, { pipeline: Pipeline.from(packets.output).decode().build(engine) });
    player.connect(context.destination);
    for (const packet of coded) player.writePacket(packet);
    const [heard] = await render(context);
    expect(heard.subarray(0, 1280).some((sample) => sample !== 0)).toBe(true);
    expect(heard.subarray(1280).every((sample) => sample === 0)).toBe(true);
    expect(player.status).toMatchObject({ packets: 10, underruns: 1, underrunFrames: 128 });
    expect(player.writePacket(new Uint8Array(1))).toBe(true);
  });

  it('plays slower or faster by its ratio', async () => {
    const encoder = Pipeline.fromJSON(chain([{ type: 'encode', codec: 'int8', framesPerPacket: 128 }])).build(engine);
    const tone = Float32Array.from(
      { length: FRAMES },
      (_, frame) => Math.sin((2 * Math.PI * 1000 * frame) / SAMPLE_RATE) / 2,
    );
    const context = await offline();
    const player = new PaleyNode(context, {
      pipeline: Pipeline.from(encoder.output).decode().build(engine),
      ratio: { minimum: 0.5, maximum: 2 },
    });
    (player.parameters as unknown as Map<string, AudioParam>).get('ratio')?.setValueAtTime(1.25, 0);
    player.connect(context.destination);
    for (const packet of encoder.process([tone]) as Uint8Array[]) player.writePacket(packet);
    const [heard] = await render(context);
    const rising = heard.filter(
      (sample, frame) => frame > 4000 && frame < 8800 && heard[frame - 1] < 0 && sample >= 0,
    ).length;
    // 800 Hz in a tenth of a second.
    expect(Math.abs(rising - 80)).toBeLessThanOrEqual(1);
  });

  it('puts packets in order, conceals those that never come, and tells so, with a jitter buffer', async () => {
    const encoder = Pipeline.fromJSON(
      chain([{ type: 'encode', codec: 'wave', effort: 1, keyInterval: 4, bitsPerSample: 6 }]),
    ).build(engine);
    const tone = Float32Array.from({ length: FRAMES }, (_, frame) => 0.5 * Math.sin(frame * 0.05));
    const packets = encoder.process([tone]) as Uint8Array<ArrayBuffer>[];
    const decoding = Pipeline.from(encoder.output).decode().build(engine);
    const context = await offline();
    const plain = new PaleyNode(context, { pipeline: decoding });
    const jitter = { startSeconds: 0.02, maxSeconds: 0.5 };
    const player = new PaleyNode(context, { pipeline: decoding, jitter });
    // What follows the clocks is late, and says by how much.
    expect(plain.latencyFrames).toBe(0);
    expect(player.latencyFrames).toBe(160);
    const { rows, latencySeconds } = player.report();
    expect(rows.at(-1)?.stage).toMatch(/^play 0\.99965 to 1\.00035 times as long$/);
    expect(rows.at(-1)?.latencySeconds).toBeCloseTo(160 / SAMPLE_RATE, 12);
    expect(latencySeconds).toBeCloseTo(160 / SAMPLE_RATE, 12);
    expect(String(player.report())).toContain('times as long');
    plain.dispose();
    player.connect(context.destination);
    await player.ready;
    for (const sequence of [3, 1, 0, 2, 2, 4, 6, 5, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 18, 19]) {
      player.writePacket({ bytes: sequence === 17 ? new Uint8Array(0) : packets[sequence], frames: 128, sequence });
    }
    const [heard] = await render(context);
    // Two that never came, and what is missing at the end until the stream is taken to pause.
    const paused = Math.ceil(0.25 / (128 / SAMPLE_RATE));
    const { status } = player;
    expect(status.jitter).toMatchObject({ late: 0, emptied: 1 });
    expect(status.jitter?.concealed).toBe(2 + Math.min(paused, FRAMES / 128 - 20 + 2));
    expect(status.jitter?.targetSeconds).toBeCloseTo(0.02, 2);
    // Twelve packets were there, in order: the tone, late by the resampler and within its ripple.
    const start = heard.findIndex((sample) => sample !== 0);
    let best = Number.POSITIVE_INFINITY;
    for (let shift = 0; shift < 400; shift++) {
      let error = 0;
      for (let index = 200; index < 1200; index++)
        error = Math.max(error, Math.abs(heard[start + index] - tone[index + shift]));
      best = Math.min(best, error);
    }
    expect(best).toBeLessThan(0.02);
    player.dispose();
  });

  it('tells the load where it is asked to', async () => {
    const context = await offline(1, SAMPLE_RATE * 4);
    const pipeline = chain([
      { type: 'resample', to: 16000, quality: 'archive' },
      { type: 'resample', to: SAMPLE_RATE, quality: 'archive' },
    ]);
    const node = new PaleyNode(context, { pipeline, measureLoad: true });
    play(context, [noise(SAMPLE_RATE * 4)], node);
    node.connect(context.destination);
    await render(context);
    expect(node.status.load).toBeGreaterThan(0);
    expect(node.status.load).toBeLessThan(1);
  });
});

describe('the bits parameter', () => {
  it('reaches the stages that can change their rate, when it changes', () => {
    const asked: number[] = [];
    const setBitsPerSample = (bits: number) => asked.push(bits);
    const stages = [{}, { hasVariableRate: false, setBitsPerSample }, { hasVariableRate: true, setBitsPerSample }];
    const control = new BitsControl({ stages } as never);
    for (const bits of [0, 3.5, 3.5, 0, 2, 0.25, 32]) control.set(Float32Array.of(bits));
    expect(asked).toEqual([3.5, 2, 1, 24]);
  });
});

describe('the wrong ways to use a PaleyNode say what to do', () => {
  const effect = chain([{ type: 'encode', codec: 'int4' }, { type: 'decode' }]);
  const playing: PipelineData = {
    input: {
      kind: 'packets',
      codec: 'int8',
      framesPerPacket: 128,
      sampleRate: { numerator: SAMPLE_RATE, denominator: 1 },
      channels: 1,
      parameters: { blockSize: 32 },
    },
    steps: [{ type: 'decode' }],
    quantum: 128,
  };
  const make = async (options: PaleyNodeOptions) => new PaleyNode(await offline(), options);
  const unknown = (value: unknown) => value as never;

  it.each<[string, PaleyNodeOptions, RegExp]>([
    [
      'a chain at another rate',
      { pipeline: chain([{ type: 'resample', to: 16000 }], 1, 44100) },
      /input is at 44100 Hz, the context at 48000 Hz: start it with Pipeline\.from\(\{ sampleRate: 48000 \}\)/,
    ],
    [
      'a chain that ends at another rate',
      { pipeline: chain([{ type: 'resample', to: 16000 }]) },
      /output is at 16000 Hz, the context at 48000 Hz: add \.resample\(\{ to: 48000 \}\)/,
    ],
    [
      'a chain that ends in blocks',
      { pipeline: chain([{ type: 'transform', size: 64 }]) },
      /output is blocks of 64 .*: add the inverse transform, or encode\(\)/,
    ],
    [
      'an unknown codec',
      { pipeline: chain([{ type: 'encode', codec: 'mp3' }]) },
      /encode\.codec expected one of .*int2, .* got 'mp3'/,
    ],
    ['no steps', { pipeline: chain([]) }, /expected at least one step/],
    ['no pipeline', unknown({}), /pipeline expected what pipeline\.toJSON\(\) gives, got undefined/],
    [
      'a misspelt option',
      unknown({ pipeline: effect, latency: 1 }),
      /has no option 'latency'; its options are pipeline, budget/,
    ],
    [
      'a jitter buffer where no packets come in',
      { pipeline: effect, jitter: true },
      /jitter expected a pipeline that starts/,
    ],
    [
      'a jitter buffer that may hold less than it begins with',
      { pipeline: playing, jitter: { startSeconds: 0.5, maxSeconds: 0.1 } },
      /startSeconds expected .*0\.1.*got 0\.5/,
    ],
    [
      'a budget without room for what follows the clocks',
      { pipeline: playing, jitter: true, budget: { latencySeconds: 0.003 } },
      /play 0\.99965 to 1\.00035 times as long.*3\.333 ms/s,
    ],
    ['a budget that cannot be kept', { pipeline: effect, budget: { latencySeconds: 0.0001 } }, /0\.1.* ms|latency/],
    [
      'too little memory',
      {
        pipeline: chain([
          { type: 'resample', to: 44100 },
          { type: 'resample', to: 48000 },
        ]),
        memory: 65536,
      },
      /memory/,
    ],
  ])('%s', async (_, options, message) => {
    await expect(make(options)).rejects.toThrow(message);
  });

  it('a page without the two headers', async () => {
    const before = Object.getOwnPropertyDescriptor(globalThis, 'crossOriginIsolated');
    Object.defineProperty(globalThis, 'crossOriginIsolated', { value: false, configurable: true });
    try {
      await expect(make({ pipeline: effect, transport: 'shared' })).rejects.toThrow(
        /Cross-Origin-Opener-Policy: same-origin' and 'Cross-Origin-Embedder-Policy: require-corp'/,
      );
      expect((await make({ pipeline: effect })).transport).toBe('messages');
    } finally {
      if (before) Object.defineProperty(globalThis, 'crossOriginIsolated', before);
      else delete (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated;
    }
  });

  it('a context without the module', () => {
    const context = new OfflineAudioContext(1, 128, SAMPLE_RATE) as unknown as PageContext;
    expect(() => new PaleyNode(context, { pipeline: effect })).toThrow(/await addPaleyModule\(context\) first/);
    expect(() => new PaleyNode(unknown(undefined), { pipeline: effect })).toThrow(/addPaleyModule/);
  });

  it('something that is no context, a script that is not there, bytes that are not ours', async () => {
    const context = () => new OfflineAudioContext(1, 128, SAMPLE_RATE) as unknown as PageContext;
    await expect(addPaleyModule(unknown({}))).rejects.toThrow(
      'context expected an AudioContext or OfflineAudioContext',
    );
    await expect(addPaleyModule(context(), { url: 'nowhere/processor.js' })).rejects.toThrow(
      /was not found at nowhere\/processor\.js .*: put the package's file paley\/worklet\/processor\.js there/,
    );
    const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    await expect(addPaleyModule(context(), { kernels: empty })).rejects.toThrow(
      /paley\/wasm\/simd\.wasm of this same version/,
    );
    await expect(addPaleyModule(context(), { kernels: Uint8Array.of(1, 2, 3) })).rejects.toThrow(
      /paley\/wasm\/simd\.wasm/,
    );
    await expect(addPaleyModule(context(), unknown({ URL: 'x' }))).rejects.toThrow("no option 'URL'");
    const insecure = Object.create(context(), { audioWorklet: { value: undefined } });
    await expect(addPaleyModule(insecure)).rejects.toThrow(/serve the page over https, or from localhost/);
  });

  it('a method of another kind of node, a packet that is none', async () => {
    const node = await make({ pipeline: effect });
    expect(() => node.readPacket()).toThrow('readPacket expected a node whose pipeline ends in packets: add .encode()');
    expect(() => node.writePacket(new Uint8Array(1))).toThrow('starts from packets');
    const packets = {
      kind: 'packets',
      codec: 'int8',
      framesPerPacket: 128,
      sampleRate: { numerator: SAMPLE_RATE, denominator: 1 },
      channels: 1,
      parameters: { blockSize: 32 },
    } as const;
    const player = await make({ pipeline: { input: packets, steps: [{ type: 'decode' }], quantum: 128 } });
    expect(() => player.writePacket(new Uint8Array(1000))).toThrow(/packet expected at most \d+ bytes, got 1000/);
    expect(() => player.writePacket('x' as never)).toThrow('packet expected a Uint8Array');
  });

  it('a context that stays suspended', async () => {
    const context = new AudioContext({
      sampleRate: SAMPLE_RATE,
      sinkId: { type: 'none' },
    }) as unknown as globalThis.AudioContext;
    await addPaleyModule(context);
    const node = new PaleyNode(context, { pipeline: chain([{ type: 'encode', codec: 'int4' }]) });
    await expect(collect(node)).rejects.toThrow(
      /the context is suspended, so no packets come: call context\.resume\(\) from a click/,
    );
    node.dispose();
  });

  it('a script of another version: told by the worklet, heard from ready', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'paley-worklet-'));
    try {
      const url = join(folder, 'processor.js');
      writeFileSync(url, readFileSync(SCRIPT, 'utf8').replaceAll(`"${version}"`, '"0.0.1"'));
      const context = new OfflineAudioContext(1, 128, SAMPLE_RATE) as unknown as PageContext;
      await addPaleyModule(context, { url });
      const node = new PaleyNode(context, { pipeline: effect });
      await expect(node.ready).rejects.toThrow(
        `the worklet script is paley 0.0.1, the page's is ${version}: copy paley/worklet/processor.js of the same version`,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the worklet script', () => {
  const text = readFileSync(SCRIPT, 'utf8');

  it('is one script: no import, no export', () => {
    expect(text).not.toMatch(/\bimport\s*[{*'"]|\bexport\s*[{*]|\bexport\s+(default|const|class|function)\b/);
  });

  it('runs with nothing but the language and what an AudioWorklet has, on quanta of any size', () => {
    const context = createContext({});
    const inside = (code: string) => runInContext(code, context);
    const posted: { type: string; message?: string }[] = [];
    const registered = new Map<string, new (options: unknown) => WorkletProcessor>();
    context.registerProcessor = (name: string, processor: new (options: unknown) => WorkletProcessor) =>
      registered.set(name, processor);
    context.record = (message: { type: string }) => posted.push(message);
    inside(
      'globalThis.AudioWorkletProcessor = class { constructor() { this.port = { postMessage: record, close() {} }; } }',
    );
    inside(text);

    // Bytes and options of that realm, as the clone is that a worklet gets.
    const binary = readFileSync('wasm/simd.wasm');
    const bytes = inside(`new Uint8Array(${binary.length})`) as Uint8Array;
    bytes.set(binary);
    const pipeline = chain([
      { type: 'resample', to: 16000 },
      { type: 'encode', codec: 'int4' },
      { type: 'decode' },
      { type: 'resample', to: 48000 },
    ]);
    const options = inside(
      `(${JSON.stringify({ processorOptions: { version, kernels: [], pipeline, ringBytes: 4096, measureLoad: true, delaySeconds: 0 } })})`,
    );
    options.processorOptions.kernels.push(bytes);
    const Processor = registered.get('paley') as new (options: unknown) => WorkletProcessor;
    const processor = new Processor(options);
    expect(posted).toEqual([{ type: 'ready' }]);

    const samples = noise(6000);
    const parameters = {
      gain: Float32Array.of(1),
      bypass: Float32Array.of(0),
      ratio: Float32Array.of(1),
      bits: Float32Array.of(0),
    };
    const heard: number[] = [];
    for (const size of [128, 64, 256, 1, 100, 127, 512, 1024, 37]) {
      const input = samples.subarray(heard.length, heard.length + size);
      const output = new Float32Array(size);
      expect(processor.process([[input]], [[output]], parameters)).toBe(true);
      heard.push(...output);
    }
    expect(heard).toEqual(reference(pipeline, samples.subarray(0, heard.length)));
  });
});

interface WorkletProcessor {
  process(inputs: Float32Array[][], outputs: Float32Array[][], parameters: unknown): boolean;
}

/** In a process of its own: what the pipeline gives, late by its latency. */
function reference(pipeline: PipelineData, samples: Float32Array): number[] {
  const code = `
    import { Engine, Pipeline } from 'paley';
    const { pipeline, samples } = JSON.parse(process.argv[1]);
    const built = Pipeline.fromJSON(pipeline).build(await Engine.load());
    const { numerator, denominator } = built.latency;
    const late = Math.round((numerator * 48000) / denominator);
    const [plane] = built.process([Float32Array.from(samples)]);
    console.log(JSON.stringify([...new Float32Array(late), ...plane].slice(0, samples.length)));`;
  const argument = JSON.stringify({ pipeline, samples: [...samples] });
  return JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', code, argument], { encoding: 'utf8' }),
  );
}
