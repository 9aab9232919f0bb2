import { beforeAll, describe, it } from 'vitest';
import { Engine } from '../../src/index.js';
import { expectWell, simulateLive } from './_live.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load();
});

describe('thirty seconds from one clock to another, over a network that loses and delays', () => {
  it.each([200e-6, -200e-6])(
    'with clocks %d apart: what is made up is told to the frame, and the pitch is right to a cent',
    (drift) => expectWell(simulateLive(engine, { seconds: 30, drift, loss: 0.01 })),
  );
});
