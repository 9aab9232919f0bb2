import { describe, expect, it } from 'vitest';
import { expectNoGarbage, waveTask } from './_worklet-probe.js';

describe('the worklet script', () => {
  it('makes no garbage in 10^5 quanta of resample → wave encode → ring → decode → play over shared memory', () => {
    const quanta = 100_000;
    // 128 frames at 48 kHz are a third of a packet of 128 at 16 kHz.
    expect(expectNoGarbage({ ...waveTask, quanta, jitter: false })).toBeGreaterThan(quanta / 3 - 10);
  });

  it('makes none with a jitter buffer and a varying ratio before what is heard, where packets are lost', () => {
    expectNoGarbage({
      channels: 1,
      encoding: [{ type: 'encode', codec: 'int8', framesPerPacket: 128 }],
      decoding: [{ type: 'decode' }],
      quanta: 20_000,
      jitter: true,
    });
  });
});
