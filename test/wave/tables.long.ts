import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

it('the tables of levels are those of the corpus: what comes there costs at most a fiftieth of a bit more than the least', () => {
  const excess = Number(execFileSync(process.execPath, ['scripts/train-wave.mjs', '--check'], { encoding: 'utf8' }));
  expect(excess).toBeGreaterThan(0);
  expect(excess).toBeLessThan(0.02);
});
