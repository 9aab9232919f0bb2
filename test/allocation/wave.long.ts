import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

/** Long windows: what is called rarely is compiled late, and interpreted code boxes each fraction that it reads. */
const CALLS = 20_000;

test('encoding at every effort and decoding with losses allocate nothing at their live doors', {
  timeout: 600_000,
}, () => {
  const text = execFileSync(process.execPath, ['test/allocation/wave-probe.mjs', String(CALLS)], { encoding: 'utf8' });
  const results = Object.entries(
    JSON.parse(text) as Record<string, { result: number; sampled: number; places: string[]; kept: boolean }>,
  );
  expect(results).toHaveLength(7);
  for (const [name, { result, sampled, places, kept }] of results) {
    expect(result, name).toBeGreaterThan(CALLS * 100);
    expect(places, name).toEqual([]);
    expect(sampled, name).toBeLessThan(64 * 1024);
    expect(kept, name).toBe(true);
  }
});
