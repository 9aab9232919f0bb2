/** Which scheme each codec is. */

import { createCodebookScheme } from './_codebook-scheme.js';
import { createIntegerScheme } from './_integer.js';
import { createLatticeScheme } from './_lattice.js';
import { createLevelScheme } from './_levels.js';
import { createOctahedralScheme } from './_octahedral.js';
import { createProjectionScheme } from './_projection.js';
import { createPulseScheme } from './_pulse-scheme.js';
import type { SchemeSite, VectorScheme } from './_scheme.js';
import { createTernaryScheme } from './_ternary.js';
import type { VectorCodecName } from './_vector-options.js';

const schemes: Record<VectorCodecName, (site: SchemeSite) => VectorScheme> = {
  eden: createLevelScheme,
  drive: createLevelScheme,
  'turbo-mse': createLevelScheme,
  'turbo-prod': createProjectionScheme,
  pvq: createPulseScheme,
  e8: createLatticeScheme,
  octopus: createOctahedralScheme,
  itq3s: createTernaryScheme,
  gsq: createCodebookScheme,
  cq: createCodebookScheme,
  'saw-int4': createIntegerScheme,
};

export function createScheme(site: SchemeSite): VectorScheme {
  return schemes[site.options.codec](site);
}
