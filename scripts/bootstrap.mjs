// Makes the checkout ready: installs what the lock file names, compiles the kernels, builds dist. Does nothing twice.
// It uses Node alone, since on a fresh clone nothing else is there yet.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const readJson = (...path) => {
  try {
    return JSON.parse(readFileSync(join(root, ...path), 'utf8'));
  } catch {
    return undefined;
  }
};

/** A digest over files and folders, names included, in a stable order. */
export function digest(...paths) {
  const hash = createHash('sha256');
  const add = (path) => {
    const full = join(root, path);
    if (!existsSync(full)) return;
    const entries = readdirSync(full, { withFileTypes: true, recursive: true });
    const names = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
    for (const name of names.sort())
      hash.update(name.slice(root.length)).update('\0').update(readFileSync(name)).update('\0');
  };
  for (const path of paths) {
    if (/\.[a-z]+$/.test(path)) hash.update(readFileSync(join(root, path)));
    else add(path);
  }
  return hash.digest('hex');
}

/** True when node_modules holds the versions the lock file names (what npm itself notes in its hidden lock file). */
function installed() {
  const wanted = readJson('package-lock.json')?.packages ?? {};
  const found = readJson('node_modules', '.package-lock.json')?.packages ?? {};
  return Object.entries(wanted).every(
    ([path, { version, optional, devOptional, peer }]) =>
      path === '' || optional || devOptional || peer || found[path]?.version === version,
  );
}

function run(title, command, ...args) {
  console.error(`paley: ${title}`);
  try {
    // Output goes to stderr: `npm run bench -- --json` keeps its stdout clean.
    execFileSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  } catch (error) {
    console.error(`paley: ${title} failed (exit status ${error.status})`);
    process.exit(1);
  }
}

/** Builds dist, and marks it with what it was built from. */
function buildDist() {
  const sources = digest(
    'src',
    'wasm',
    'tsconfig.json',
    'tsconfig.build.json',
    'package.json',
    'scripts/build-dist.mjs',
    'scripts/build-worklet.mjs',
  );
  const stamp = join(root, 'dist', '.sources');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) return;
  run('building dist', process.execPath, 'scripts/build-dist.mjs');
  writeFileSync(stamp, sources);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  if (!installed()) run('installing from the lock file', 'npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund');
  if (readJson('wasm', 'manifest.json')?.sources !== digest('assembly') || !existsSync(join(root, 'wasm/simd.wasm'))) {
    run('compiling the kernels', process.execPath, 'scripts/build-wasm.mjs');
  }
  buildDist();
}
