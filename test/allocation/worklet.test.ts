import { describe, expect, it } from 'vitest';
import { expectNoGarbage, waveTask } from './_worklet-probe.js';

/** 10^5 in `npm run test:long`, which sets PALEY_LONG. */
const QUANTA = process.env.PALEY_LONG ? 100_000 : 10_000;

describe('the worklet script', () => {
  it('makes no garbage in tens of thousands of quanta of resample → wave encode → ring → decode → play over shared memory', () => {
    // 128 frames at 48 kHz are a third of a packet of 128 at 16 kHz.
    expect(expectNoGarbage({ ...waveTask, quanta: QUANTA, jitter: false })).toBeGreaterThan(QUANTA / 3 - 10);
  });

  it('makes none with a jitter buffer and a varying ratio before what is heard, where packets are lost', () => {
    expectNoGarbage({
      channels: 1,
      encoding: [{ type: 'encode', codec: 'int8', framesPerPacket: 128 }],
      decoding: [{ type: 'decode' }],
      quanta: QUANTA,
      jitter: true,
    });
  });
});
