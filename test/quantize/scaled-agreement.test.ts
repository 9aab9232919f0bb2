import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { expectScaledAgreement, scaledPlain } from './_scaled-plain.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load({ memory: 2 ** 20 });
});

describe.each(scaledPlain)('$name', (plain) => {
  it('agrees with its plain reference to the bit on 10^5 random values', () => {
    expectScaledAgreement(engine, plain, 1e5);
    expect.assertions(1);
  });
});
