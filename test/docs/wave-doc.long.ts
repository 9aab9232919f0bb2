import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { withFigures } from '../../scripts/write-wave-doc.mjs';

it('all figures of docs/WAVE.md are what is measured', async () => {
  const document = readFileSync('docs/WAVE.md', 'utf8');
  expect(document).toContain('<!-- figures: ');
  expect(await withFigures(document), 'run node scripts/write-wave-doc.mjs').toBe(document);
});
