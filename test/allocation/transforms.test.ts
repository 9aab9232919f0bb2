import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

/** 10^5 in `npm run test:long`, which sets PALEY_LONG. */
const CALLS = process.env.PALEY_LONG ? 100_000 : 10_000;

it('transforms allocate nothing in tens of thousands of calls: every class, order and type, and every stage', () => {
  const output = execFileSync(process.execPath, ['test/allocation/transforms-probe.mjs', String(CALLS)], {
    encoding: 'utf8',
  });
  const found = Object.entries<{ sampled: number; places: string[]; memoryKept: boolean }>(JSON.parse(output));
  expect(found.length).toBeGreaterThan(20);
  for (const [name, { sampled, places, memoryKept }] of found) {
    expect(places, name).toEqual([]);
    expect(sampled, name).toBeLessThan(64 * 1024);
    expect(memoryKept, name).toBe(true);
  }
});
