import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { withFigures } from '../../scripts/write-formats.mjs';
import { BlockCodec } from '../../src/quantize/index.js';

const document = readFileSync('docs/FORMATS.md', 'utf8');

/** Measured in `npm test`: one table of each kind; all of them in `npm run test:long`, which sets PALEY_LONG. */
const QUICK = process.env.PALEY_LONG ? undefined : ['scales', 'channels'];

it('the figures of docs/FORMATS.md are what is measured', async () => {
  expect(document).toContain('<!-- figures: ');
  expect(await withFigures(document, QUICK), 'run node scripts/write-formats.mjs').toBe(document);
}, 30_000);

it('docs/FORMATS.md names every format', () => {
  for (const format of BlockCodec.formats) expect(document).toContain(`\`${format}\``);
});
