// Takes the comments out of the compiled modules: the declarations beside them carry the documentation, and a package
// that has it twice is half as large again.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';

const folder = process.argv[2];
for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !entry.name.endsWith('.js')) continue;
  const path = join(entry.parentPath, entry.name);
  const { code } = transformSync(readFileSync(path, 'utf8'), {
    format: 'esm',
    target: 'es2022',
    legalComments: 'none',
  });
  writeFileSync(path, code);
}
