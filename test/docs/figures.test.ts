import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { withFigures } from '../../scripts/write-figures.mjs';

it('the figures of the README are what is measured', async () => {
  const readme = readFileSync('README.md', 'utf8');
  expect(readme).toContain('<!-- figures: ');
  expect(await withFigures(readme), 'run node scripts/write-figures.mjs').toBe(readme);
});
