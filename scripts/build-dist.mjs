// Builds dist from src: declarations by the compiler, one file a source; the code bundled into one file an entry and
// shared chunks, without what the declarations already say. A hundred small files would cost the command line a tenth of
// a second at every start, and the package a third of its size.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { lineLimit, withScriptOutside, writeProcessor } from './build-worklet.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');

/** The package's entries, and what scripts and benchmarks look at beside them. */
const entries = ['engine/engine', 'stage/port', 'measure/index', 'cli/main'];
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
for (const { types } of Object.values(exports)) {
  if (types) entries.push(types.replace(/^\.\/dist\//, '').replace(/\.d\.ts$/, ''));
}

rmSync(dist, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: Object.fromEntries(entries.map((entry) => [entry, `src/${entry}.ts`])),
  outdir: 'dist',
  chunkNames: 'shared/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  external: ['node:*', '@audio/decode'],
  // Names stay: errors and profiles show them, and a bundler can still drop what nobody uses.
  minifyWhitespace: true,
  minifySyntax: true,
  // Node prints the line that threw above an uncaught error: without a limit that is a whole file.
  lineLimit,
  legalComments: 'none',
  logLevel: 'warning',
  plugins: [
    withScriptOutside,
    {
      // Every chunk is two folders down, as the sources are: one path fits all.
      name: 'wasm stays outside',
      setup({ onResolve }) {
        onResolve({ filter: /\.base64\.js$/ }, ({ path }) => ({
          path: path.replace(/^.*\//, '../../wasm/'),
          external: true,
        }));
      },
    },
  ],
});
await writeProcessor(dist);

for (const name of readdirSync(dist)) {
  if (name.endsWith('.js') && readFileSync(join(dist, name), 'utf8').includes('.base64.js')) {
    throw new Error(`dist/${name} imports kernels from one folder up: the path of wasm would be wrong`);
  }
}

// A bundler may leave out the kernels of a family that nobody uses; the comment that says so is lost with the whitespace.
for (const name of readdirSync(join(dist, 'shared'))) {
  const path = join(dist, 'shared', name);
  const code = readFileSync(path, 'utf8');
  writeFileSync(path, code.replaceAll('=declareKernels(', '=/* @__PURE__ */declareKernels('));
}

const compiler = join(root, 'node_modules/typescript/bin/tsc');
execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--emitDeclarationOnly'], {
  cwd: root,
  stdio: ['ignore', 2, 2],
});

/** Declarations that no entry leads to are nobody's: a quarter of them all. */
function pruneDeclarations() {
  const reached = new Set();
  const queue = entries.filter((entry) => exportsTypes(entry)).map((entry) => join(dist, `${entry}.d.ts`));
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    for (const [, specifier] of readFileSync(path, 'utf8').matchAll(/(?:from |import\()'(\.[^']+)\.js'/g)) {
      const next = join(dirname(path), `${specifier}.d.ts`);
      if (existsSync(next)) queue.push(next);
    }
  }
  for (const name of readdirSync(dist, { recursive: true })) {
    const path = join(dist, name);
    if (name.endsWith('.d.ts') && !reached.has(path)) rmSync(path);
  }
}

/** Whether the entry is one of the package's own. */
function exportsTypes(entry) {
  return Object.values(exports).some(({ types }) => types === `./dist/${entry}.d.ts`);
}

pruneDeclarations();
