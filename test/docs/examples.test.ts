import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { transformSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listFiles } from '../house/imports.js';

/** Inside the checkout, so that 'paley' is the package itself. */
const folder = resolve('.cache/examples');

interface Example {
  /** The file and line it stands in. */
  readonly place: string;
  readonly code: string;
}

/** The fenced TypeScript blocks of a text; of a source file those in docstrings, without their stars. */
function readExamples(path: string): Example[] {
  const text = readFileSync(path, 'utf8');
  const plain = path.endsWith('.ts') ? text.replace(/^\s*\* ?/gm, '') : text;
  return [...plain.matchAll(/^```(?:ts|js)\n([\s\S]*?)^```$/gm)].map((match) => ({
    place: `${path}:${plain.slice(0, match.index).split('\n').length}`,
    code: match[1],
  }));
}

const examples = [...listFiles('src').map((file) => `src/${file}`), 'README.md'].flatMap(readExamples);
/** Those that can run here: a page's own code needs a browser. */
const runnable = examples.filter(({ code }) => !/\b(AudioContext|audioWorklet|document)\b/.test(code));
const nameOf = (index: number) => `example-${index}`;

/** Runs the examples one after the other, with the recordings under the names they use, and tells what each threw. */
const RUNNER = `
import { readFileSync, writeFileSync } from 'node:fs';
globalThis.fetch = async (name) => new Response(readFileSync(name));
console.log = () => {};
const failures = {};
for (const name of process.argv.slice(2)) {
  await import('./' + name + '.mjs').catch((error) => { failures[name] = String(error.stack); });
}
writeFileSync('failures.json', JSON.stringify(failures));
`;

describe('the examples of the documentation', () => {
  let failures: Record<string, string>;

  beforeAll(() => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'run.mjs'), RUNNER);
    copyFileSync('node_modules/audio-lena/lena.wav', join(folder, 'recording.wav'));
    copyFileSync('node_modules/audio-lena/lena.flac', join(folder, 'song.flac'));
    for (const [index, { code }] of examples.entries()) {
      writeFileSync(join(folder, `${nameOf(index)}.ts`), `${code}\nexport {};\n`);
      writeFileSync(join(folder, `${nameOf(index)}.mjs`), transformSync(code, { loader: 'ts', format: 'esm' }).code);
    }
    const names = runnable.map((example) => nameOf(examples.indexOf(example)));
    execFileSync(process.execPath, ['run.mjs', ...names], { cwd: folder });
    failures = JSON.parse(readFileSync(join(folder, 'failures.json'), 'utf8'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('are there', () => {
    expect(runnable.length).toBeGreaterThan(15);
  });

  it.each(runnable)('run: $place', (example) => {
    expect(failures[nameOf(examples.indexOf(example))]).toBeUndefined();
  });

  // A whole run of the compiler: in `npm run test:long`, which sets PALEY_LONG.
  it.each(process.env.PALEY_LONG ? ['tsc'] : [])('have the types that they use, says %s', () => {
    const config = { extends: '../../tsconfig.json', compilerOptions: { noUnusedLocals: false }, include: ['*.ts'] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const compiler = resolve('node_modules/typescript/bin/tsc');
    expect(() =>
      execFileSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8', stdio: 'pipe' }),
    ).not.toThrow();
  });
});
