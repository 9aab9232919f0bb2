/** Runs worklet-probe.mjs: a process of its own for each chain. */
import { execFileSync } from 'node:child_process';
import type { Step } from 'paley';
import { expect } from 'vitest';
import { chain, SAMPLE_RATE } from '../adapters/_worklet.js';

export interface ProbeTask {
  readonly channels: number;
  readonly encoding: readonly Step[];
  readonly decoding: readonly Step[];
  readonly quanta: number;
  /** A jitter buffer before the decoder, and one packet in 200 lost. */
  readonly jitter: boolean;
}

/** The codec wave between two resamplers, in stereo. */
export const waveTask = {
  channels: 2,
  encoding: [
    { type: 'resample', to: 16000 },
    { type: 'encode', codec: 'wave', effort: 1 },
  ],
  decoding: [{ type: 'decode' }, { type: 'resample', to: SAMPLE_RATE }],
} as const satisfies Partial<ProbeTask>;

/** Plays and looks at the heap; returns how many packets passed. */
export function expectNoGarbage({ channels, encoding, decoding, quanta, jitter }: ProbeTask): number {
  const parameters = [chain(encoding, channels), decoding, quanta].map((value) => JSON.stringify(value));
  const settings = [...parameters, 'shared', jitter ? 'jitter' : 'none'];
  const output = execFileSync(process.execPath, ['test/allocation/worklet-probe.mjs', ...settings], {
    encoding: 'utf8',
  });
  const { sampled, places, packets, loudest } = JSON.parse(output) as {
    sampled: number;
    places: string[];
    packets: number;
    loudest: number;
  };
  expect(loudest).toBeGreaterThan(0.3);
  expect(places).toEqual([]);
  expect(sampled).toBeLessThan(64 * 1024);
  return packets;
}
