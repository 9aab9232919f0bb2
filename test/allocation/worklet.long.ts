import { describe, it } from 'vitest';
import { expectNoGarbage, waveTask } from './_worklet-probe.js';

describe('the worklet script, for long', () => {
  it('makes no garbage in 10^5 quanta where a jitter buffer, concealment and a varying ratio are at work', () => {
    expectNoGarbage({ ...waveTask, quanta: 100_000, jitter: true });
  });
});
