import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const CALLS = 100_000;
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
};

describe('the real-time door', () => {
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
