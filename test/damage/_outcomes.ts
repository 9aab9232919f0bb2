/** Reads damaged files to their end and holds what comes of it against what is allowed. */
import { expect } from 'vitest';
import { PaleyRecording } from '../../src/cli/_paley-recording.js';
import { headerFromFormat, PaleyWriter } from '../../src/container/index.js';
import { Engine } from '../../src/engine/engine.js';
import { BitstreamError } from '../../src/engine/errors.js';
import { type AudioReader, BytesSource, MemorySink, QoaReader, QoaWriter } from '../../src/files/index.js';
import type { EncodeStep } from '../../src/pipeline/index.js';
import { Pipeline } from '../../src/pipeline/index.js';
import type { PacketsFormat } from '../../src/stage/format.js';
import { damage, Random } from './_damage.js';

const SAMPLE_RATE = 8000;
const FRAMES = 3000;
const READ_FRAMES = 16384;
/** What a reader may take at once, whatever the file: its window, a page's worth, the decoder's ports. */
const LARGEST_ALWAYS = 2 ** 23;
/** Longest time for one file: a hang, on however slow a machine. */
const MOST_MILLISECONDS = 5000;

interface Base {
  readonly kind: 'paley' | 'qoa';
  readonly bytes: Uint8Array;
}

function signal(channels: number): Float32Array[] {
  const random = new Random(channels);
  return Array.from({ length: channels }, (_, channel) =>
    Float32Array.from({ length: FRAMES }, (_, frame) => {
      const tone = Math.sin(frame * 0.07 * (channel + 1)) * (frame % 900 < 600 ? 0.5 : 0.05);
      return Math.round((tone + (random.below(2000) - 1000) / 100000) * 32768) / 32768;
    }),
  );
}

function encodePaley(engine: Engine, channels: number, step: Omit<EncodeStep, 'type'>, live = false): Uint8Array {
  const pipeline = Pipeline.from({ sampleRate: SAMPLE_RATE, channels }).encode(step).build(engine);
  const format = pipeline.output as PacketsFormat;
  const metadata = live ? undefined : { title: 'damage' };
  const writer = new PaleyWriter(headerFromFormat(format), { live, metadata, pageBytes: 1000 });
  const packets = [...pipeline.process(signal(channels)), ...pipeline.flush()] as Uint8Array[];
  const parts = packets.map((packet) => writer.write(packet) ?? new Uint8Array(0));
  pipeline.dispose();
  return Uint8Array.from(Buffer.concat([...parts, writer.finish(FRAMES)]));
}

async function encodeQoa(channels: number): Promise<Uint8Array> {
  const sink = new MemorySink();
  const writer = new QoaWriter(sink, { sampleRate: SAMPLE_RATE, channels, effort: 1 });
  for (const part of [signal(channels), signal(channels)]) await writer.write(part);
  await writer.finish();
  return sink.bytes.slice();
}

/** Sound files of every kind. */
async function makeBases(engine: Engine): Promise<Base[]> {
  const wave = { codec: 'wave', keyInterval: 8 };
  const paley = [
    encodePaley(engine, 1, { codec: 'int4', framesPerPacket: 128 }),
    encodePaley(engine, 2, { codec: 'mxfp4', framesPerPacket: 64 }, true),
    encodePaley(engine, 1, { codec: 'int8', rotation: 'block', framesPerPacket: 32 }),
    encodePaley(engine, 1, { ...wave, bitsPerSample: 3.2 }),
    encodePaley(engine, 2, { ...wave, bitsPerSample: 2.4 }, true),
    encodePaley(engine, 2, { ...wave, lossless: true }),
    encodePaley(engine, 3, { ...wave, maxError: 40, framesPerPacket: 64, predictor: 'lite', stateCheck: true }),
    encodePaley(engine, 2, { ...wave, step: 30, framesPerPacket: 512, keyInterval: 2, noiseShaping: 'fixed' }),
    encodePaley(engine, 1, { ...wave, lossless: true, framesPerPacket: 1024, stateCheck: true }),
  ];
  const joined = Uint8Array.from(Buffer.concat([paley[3], paley[3]]));
  return [
    ...[...paley, joined].map((bytes) => ({ kind: 'paley' as const, bytes })),
    ...[await encodeQoa(1), await encodeQoa(2)].map((bytes) => ({ kind: 'qoa' as const, bytes })),
  ];
}

/** The largest typed array that is asked for by its length while `run` is under way. */
async function largestAllocation<T>(run: () => Promise<T>): Promise<{ result: T; bytes: number }> {
  const kinds = ['Uint8Array', 'Int16Array', 'Int32Array', 'Float32Array', 'Float64Array'] as const;
  const originals = kinds.map((kind) => globalThis[kind]);
  let bytes = 0;
  for (const [at, kind] of kinds.entries()) {
    const watched = new Proxy(originals[at], {
      construct(target, args, newTarget) {
        if (typeof args[0] === 'number') bytes = Math.max(bytes, args[0] * target.BYTES_PER_ELEMENT);
        return Reflect.construct(target, args, newTarget);
      },
    });
    Object.assign(globalThis, { [kind]: watched });
  }
  try {
    return { result: await run(), bytes };
  } finally {
    for (const [at, kind] of kinds.entries()) Object.assign(globalThis, { [kind]: originals[at] });
  }
}

interface Outcome {
  readonly frames: number;
  readonly reports: number;
}

async function readAll(open: () => Promise<AudioReader>): Promise<Outcome | undefined> {
  let reader: AudioReader | undefined;
  try {
    reader = await open();
    const planes = Array.from({ length: reader.format.channels }, () => new Float32Array(READ_FRAMES));
    let frames = 0;
    for (let count = -1; count !== 0; frames += count) {
      count = await reader.read(planes);
      for (const plane of planes) {
        for (let frame = 0; frame < count; frame += 101) {
          if (!Number.isFinite(plane[frame])) throw new Error(`a sample that is ${plane[frame]}`);
        }
      }
    }
    return { frames, reports: reader.damage.length };
  } catch (error) {
    if (error instanceof BitstreamError) return undefined;
    throw error;
  } finally {
    await reader?.close();
  }
}

export interface Counts {
  decoded: number;
  refused: number;
  reported: number;
}

/** Damages and reads so many files from a seed on; every outcome is a recording with a report, or a BitstreamError. */
export async function readDamaged(firstSeed: number, count: number): Promise<Counts> {
  const engine = await Engine.load({ memory: 2 ** 26 });
  const bases = await makeBases(engine);
  const free = engine.memory.free;
  const counts: Counts = { decoded: 0, refused: 0, reported: 0 };
  for (let seed = firstSeed; seed < firstSeed + count; seed++) {
    const random = new Random(seed);
    const base = random.of(bases);
    const { bytes, how } = damage(base.bytes, base.kind, random);
    const name = `seed ${seed}: ${base.kind}, ${how.join(', ')}`;
    const start = performance.now();
    try {
      const { result, bytes: largest } = await largestAllocation(() =>
        readAll(() =>
          base.kind === 'qoa' ? QoaReader.open(bytes) : PaleyRecording.open(new BytesSource(bytes), engine),
        ),
      );
      expect(largest, name).toBeLessThanOrEqual(LARGEST_ALWAYS + 16 * bytes.length);
      if (result === undefined) counts.refused++;
      else counts.decoded++;
      if (result && result.reports > 0) counts.reported++;
    } catch (cause) {
      throw new Error(`${name}: ${(cause as Error).message}`, { cause });
    }
    expect(performance.now() - start, name).toBeLessThan(MOST_MILLISECONDS);
    expect(engine.memory.free, name).toBe(free);
  }
  return counts;
}
