import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const CALLS = 100_000;
const input = (channels: number) => ({
  kind: 'frames',
  sampleRate: { numerator: 48000, denominator: 1 },
  channels,
  sample: 'f32',
});

/** Chains with a step that carries something from packet to packet, as plain data. */
const chains: Record<string, unknown> = {
  'stereo: nvfp4 under a frame’s scale, rotated, and back': {
    input: input(2),
    steps: [
      { type: 'encode', codec: 'nvfp4', tensorScale: 'frame', rotation: 'block', framesPerPacket: 128 },
      { type: 'decode' },
    ],
    quantum: 128,
  },
  'stereo: nvint4 under a delayed scale, and back': {
    input: input(2),
    steps: [{ type: 'encode', codec: 'nvint4', tensorScale: 'delayed', framesPerPacket: 64 }, { type: 'decode' }],
    quantum: 128,
  },
  'mono: nf4 under nested scales, then spectra in tiles': {
    input: input(1),
    steps: [
      { type: 'encode', codec: 'nf4', scaleFormat: 'dynamic8', framesPerPacket: 128 },
      { type: 'decode' },
      { type: 'transform', size: 32 },
      { type: 'encode', codec: 'nvfp4', columns: 32 },
      { type: 'decode' },
    ],
    quantum: 128,
  },
};

describe('the real-time door of block formats', () => {
  it.each(Object.entries(chains))('allocates nothing in 10^5 quanta of %s', (_, description) => {
    const output = execFileSync(
      process.execPath,
      ['test/allocation/probe.mjs', JSON.stringify(description), String(CALLS)],
      { encoding: 'utf8' },
    );
    const { items, sampled, places, faults, memoryKept } = JSON.parse(output);
    expect(items).toBeGreaterThan(CALLS / 2);
    expect(faults).toBeGreaterThanOrEqual(CALLS);
    expect(places).toEqual([]);
    expect(sampled).toBeLessThan(64 * 1024);
    expect(memoryKept).toBe(true);
  });
});
