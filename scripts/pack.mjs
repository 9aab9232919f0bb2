// Packs the package as it would be published, into a folder of its own, and looks at what is inside.
// `node scripts/pack.mjs` also runs publint and Are The Types Wrong on it.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Writes the tarball into `folder`; returns its path, its size and the names inside. */
export function pack(folder) {
  const output = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const described = JSON.parse(output);
  // npm 12 gives an object by package name where npm 11 gave an array.
  const { filename, size, files } = Array.isArray(described) ? described[0] : Object.values(described)[0];
  return { path: join(folder, filename), bytes: size, files: files.map(({ path }) => path) };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const folder = mkdtempSync(join(tmpdir(), 'paley-pack-'));
  try {
    const { path, bytes, files } = pack(folder);
    console.log(`${files.length} files, ${(bytes / 1000).toFixed(1)} kB packed`);
    const run = (...args) => execFileSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
    run('node_modules/publint/src/cli.js', 'run', path, '--strict');
    run(
      'node_modules/@arethetypeswrong/cli/dist/index.js',
      path,
      '--profile',
      'esm-only',
      '--exclude-entrypoints',
      './wasm/*',
      './worklet/processor.js',
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
