/** The allocation proof for one way of using a resampler, in a process of its own. */
import { execFileSync } from 'node:child_process';
import { expect } from 'vitest';

/** What `calls` calls allocated, at best in a few windows of so many. */
export function allocationsOf(way: string, calls: number): { places: string[]; memoryKept: boolean } {
  const script = 'test/resample/_allocation-probe.mjs';
  const output = execFileSync(process.execPath, [script, way, String(calls)], { encoding: 'utf8' });
  const { frames, sampled, places, memoryKept } = JSON.parse(output);
  expect(frames).toBeGreaterThan(calls / 2);
  expect(sampled).toBeLessThan(64 * 1024);
  return { places, memoryKept };
}
