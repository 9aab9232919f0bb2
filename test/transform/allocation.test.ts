import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

/** 10^5 in `npm run test:long`, which sets PALEY_LONG. */
const CALLS = process.env.PALEY_LONG ? 100_000 : 10_000;

it('stages that choose allocate nothing in tens of thousands of calls, nor do their inverses', () => {
  const output = execFileSync(process.execPath, ['test/transform/_allocation-probe.mjs', String(CALLS)], {
    encoding: 'utf8',
  });
  const found = Object.entries<{ sampled: number; places: string[]; memoryKept: boolean }>(JSON.parse(output));
  expect(found.length).toBe(15);
  for (const [name, { sampled, places, memoryKept }] of found) {
    expect(places, name).toEqual([]);
    expect(sampled, name).toBeLessThan(64 * 1024);
    expect(memoryKept, name).toBe(true);
  }
}, 120_000);
