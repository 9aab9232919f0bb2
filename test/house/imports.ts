/** Reads who imports whom in a tree of TypeScript files, for the test that holds the house. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

export interface Import {
  /** The importing file, relative to the root of the tree. */
  readonly from: string;
  /** The imported file in the same form, or the bare name of a package. */
  readonly to: string;
  /** True for `import type`, which is gone once compiled. */
  readonly typeOnly: boolean;
}

export function listFiles(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

const IMPORT = /^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|import\('([^']+)'\)/gm;

/** All imports of the files below `root`. */
export function readImports(root: string): Import[] {
  return listFiles(root).flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(IMPORT)].map(([, type, fixed, dynamic]) => {
      const target = fixed ?? dynamic;
      const to = target.startsWith('.') ? normalize(join(dirname(file), target)).replace(/\.js$/, '.ts') : target;
      return {
        from: file,
        to: to.startsWith('node:') || !target.startsWith('.') ? to : withEnding(to),
        typeOnly: type !== undefined,
      };
    }),
  );
}

/** AssemblyScript imports have no ending. */
function withEnding(path: string): string {
  return /\.[a-z]+$/.test(path) ? path : `${path}.ts`;
}

/** One cycle of the graph as a list of files, or undefined where there is none. */
export function findCycle(imports: readonly Import[]): string[] | undefined {
  const targets = new Map<string, string[]>();
  for (const { from, to } of imports) targets.set(from, [...(targets.get(from) ?? []), to]);
  const done = new Set<string>();
  const visit = (file: string, path: string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    done.add(file);
    for (const target of targets.get(file) ?? []) {
      const cycle = visit(target, [...path, file]);
      if (cycle) return cycle;
    }
    return undefined;
  };
  for (const file of targets.keys()) {
    const cycle = visit(file, []);
    if (cycle) return cycle;
  }
  return undefined;
}
