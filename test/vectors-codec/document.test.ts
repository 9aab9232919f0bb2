import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { withFigures } from '../../scripts/write-quantisers.mjs';
import { VectorCodec } from '../../src/vectors/index.js';

const document = readFileSync('docs/QUANTISERS.md', 'utf8');

/** Measured in `npm test`; all of them in `npm run test:long`, which sets PALEY_LONG. */
const QUICK = process.env.PALEY_LONG ? undefined : ['lattice', 'channels', 'bias'];

it('the figures of docs/QUANTISERS.md are what is measured', async () => {
  expect(document).toContain('<!-- figures: ');
  expect(await withFigures(document, QUICK), 'run node scripts/write-quantisers.mjs').toBe(document);
}, 60_000);

it('docs/QUANTISERS.md names every codec', () => {
  for (const codec of VectorCodec.codecs) expect(document).toContain(`\`${codec}\``);
});
