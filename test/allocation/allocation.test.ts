import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

/** 10^5 in `npm run test:long`, which sets PALEY_LONG. */
const CALLS = process.env.PALEY_LONG ? 100_000 : 20_000;
const frames = (sampleRate: number, channels: number) => ({
  kind: 'frames',
  sampleRate: { numerator: sampleRate, denominator: 1 },
  channels,
  sample: 'f32',
});

/** Chains as plain data, as they would travel to a worklet. */
const chains: Record<string, unknown> = {
  'stereo: resample → rotate → int4': {
    input: frames(44100, 2),
    steps: [
      { type: 'resample', to: 48000 },
      { type: 'rotate', size: 64, seed: 7 },
      { type: 'encode', codec: 'int4', blockSize: 64 },
    ],
    quantum: 128,
  },
  'stereo: a filter of 5000 taps': {
    input: frames(48000, 2),
    steps: [{ type: 'convolve', filter: Array.from({ length: 5000 }, (_, tap) => Math.cos(tap) / (tap + 1)) }],
    quantum: 128,
  },
  'mono: transform → int8 → and back': {
    input: frames(48000, 1),
    steps: [
      { type: 'transform', size: 64 },
      { type: 'encode', codec: 'int8', blockSize: 32, rotation: 'block' },
      { type: 'decode' },
      { type: 'transform', inverse: true },
      { type: 'resample', to: 16000 },
    ],
    quantum: 128,
  },
  'stereo: EDEN vectors of 64 and back': {
    input: frames(48000, 2),
    steps: [{ type: 'encode', codec: 'eden', dimension: 64, bits: 3.5, framesPerPacket: 128 }, { type: 'decode' }],
    quantum: 128,
  },
  // A step that carries something from packet to packet.
  'stereo: nvfp4 under a frame’s scale, rotated, and back': {
    input: frames(48000, 2),
    steps: [
      { type: 'encode', codec: 'nvfp4', tensorScale: 'frame', rotation: 'block', framesPerPacket: 128 },
      { type: 'decode' },
    ],
    quantum: 128,
  },
  'stereo: nvint4 under a delayed scale, and back': {
    input: frames(48000, 2),
    steps: [{ type: 'encode', codec: 'nvint4', tensorScale: 'delayed', framesPerPacket: 64 }, { type: 'decode' }],
    quantum: 128,
  },
  'mono: nf4 under nested scales, then spectra in tiles': {
    input: frames(48000, 1),
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

describe('the real-time door', () => {
  it.each(Object.entries(chains))('allocates nothing in tens of thousands of quanta of %s', (_, description) => {
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
