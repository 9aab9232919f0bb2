import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatFromHeader, headerFromFormat, PaleyReader, PaleyWriter } from '../../src/container/index.js';
import { Engine } from '../../src/engine/engine.js';
import { type AnyChain, keyTestOf, Pipeline, type Step } from '../../src/pipeline/index.js';
import type { PacketsFormat } from '../../src/stage/format.js';
import { inProcess, melody, temporaryFolder } from './run.js';

const folder = temporaryFolder();
const engine = await Engine.load({ memory: 32 * 2 ** 20 });

const RATE = 8000;
const FRAMES = 4000;
const planes = [melody(RATE, 0.5), melody(RATE, 0.5, 330)].map((plane) => plane.slice(0, FRAMES));

/** Steps whose packets say what was done, by their codec. */
const steps: Record<string, Step> = {
  'chosen-transform': { type: 'transform', kind: 'choose', size: 64 },
  'adapted-rotation': { type: 'rotate', method: 'klt-hadamard', size: 50, refreshPackets: 10, keyInterval: 4 },
  'adaptive-rotation': { type: 'rotate', method: 'adaptive', size: 64, extract: 3, seed: 7 },
  'scaled-channels': { type: 'scale', size: 100 },
  'sparse-fwht': { type: 'sparse', size: 64, sparsity: 4 },
};

/** A .paley file of the step's packets. */
function write(codec: string): { path: string; packets: number } {
  const start = Pipeline.from({ sampleRate: RATE, channels: 2 }) as unknown as AnyChain;
  const pipeline = start.step(steps[codec]).build(engine);
  const format = pipeline.output as PacketsFormat;
  // Pages of a few packets each, so that there are places to seek to and little is lost with one.
  const writer = new PaleyWriter(headerFromFormat(format), { pageBytes: 4096 });
  const isKey = keyTestOf(format);
  const packets = [...(pipeline.process(planes) as Uint8Array[]), ...(pipeline.flush() as Uint8Array[])];
  const parts = packets.map((packet) => writer.write(packet, { key: isKey(packet) }));
  const path = join(folder, `${codec}.paley`);
  writeFileSync(path, Buffer.concat([...parts, writer.finish(FRAMES)].filter((part) => part !== undefined)));
  pipeline.dispose();
  return { path, packets: packets.length };
}

/** The largest error of float32 samples behind the header of a WAV file against the recording from a frame on. */
function largestError(path: string, from: number): number {
  const bytes = readFileSync(path);
  const data = bytes.indexOf('data') + 8;
  expect(bytes.length - data).toBe((FRAMES - from) * 8);
  let largest = 0;
  for (let frame = from; frame < FRAMES; frame++) {
    for (const [channel, plane] of planes.entries()) {
      const value = bytes.readFloatLE(data + 8 * (frame - from) + 4 * channel);
      largest = Math.max(largest, Math.abs(value - plane[frame]));
    }
  }
  return largest;
}

describe.each(Object.keys(steps))('a .paley file of %s packets', (codec) => {
  it('is read by PaleyReader and decoded by what its header says', () => {
    const { path, packets } = write(codec);
    const reader = new PaleyReader();
    const events = [...reader.push(readFileSync(path)), ...reader.end()];
    const header = events.flatMap((event) => (event.type === 'header' ? [event.header] : []))[0];
    const bytes = events.flatMap((event) =>
      event.type === 'packets' ? event.packets.map((packet) => packet.bytes) : [],
    );
    expect([header.codec, bytes.length]).toEqual([codec, packets]);
    const decoder = Pipeline.from(formatFromHeader(header)).decode().build(engine);
    const out = decoder.process(bytes) as Float32Array[];
    for (const [channel, plane] of planes.entries()) {
      expect(Math.max(...plane.map((value, i) => Math.abs(out[channel][i] - value)))).toBeLessThan(2e-6);
    }
    decoder.dispose();
  });
});

// One whose packets stand alone, and the one whose packets do not.
describe.each(['sparse-fwht', 'adapted-rotation'])('a .paley file of %s packets', (codec) => {
  it('is told, verified and turned back into a recording by the command', async () => {
    const { path, packets } = write(codec);
    const info = JSON.parse((await inProcess(['info', path, '--json'])).stdout);
    expect(info).toMatchObject({ codec, packets, frames: FRAMES, complete: true, sampleRate: '8000' });
    const verified = await inProcess(['verify', path]);
    expect([verified.status, verified.stdout]).toEqual([0, expect.stringMatching(/sound; 4000 frames/)]);
    const wav = join(folder, `${codec}.wav`);
    expect(await inProcess(['transcode', path, wav, '--force'])).toMatchObject({ status: 0 });
    expect(largestError(wav, 0)).toBeLessThan(2e-6);
  });

  it('can be entered in the middle', async () => {
    const { path } = write(codec);
    const wav = join(folder, `${codec}-from.wav`);
    expect(await inProcess(['transcode', path, wav, '--start', '0.3', '--force'])).toMatchObject({
      status: 0,
      stderr: '',
    });
    expect(largestError(wav, 2400)).toBeLessThan(2e-6);
  });

  it('is told to be damaged where a packet is, and keeps its length', async () => {
    const { path } = write(codec);
    const bytes = readFileSync(path);
    bytes[Math.floor(bytes.length / 2)] ^= 0x10;
    const damaged = join(folder, `${codec}-damaged.paley`);
    writeFileSync(damaged, bytes);
    expect((await inProcess(['verify', damaged])).status).toBe(1);
    const wav = join(folder, `${codec}-damaged.wav`);
    expect((await inProcess(['transcode', damaged, wav, '--force'])).status).toBe(0);
    expect(largestError(wav, 0)).toBeGreaterThan(0.01);
  });
});

it('tells packets of a rotation that carry it from those that do not', () => {
  const isKey = keyTestOf({ codec: 'adapted-rotation' } as PacketsFormat);
  const packet = new Uint8Array(24);
  packet[12] = 1;
  expect([isKey(packet, 8, 16), isKey(packet, 4, 16), isKey(packet, 12, 4), isKey(packet)]).toEqual([
    true,
    false,
    false,
    false,
  ]);
  expect(keyTestOf({ codec: 'sparse-fwht' } as PacketsFormat)(packet)).toBe(true);
});
