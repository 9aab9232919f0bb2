// The worklet script: src/adapters/worklet/processor.ts and all that it imports as one file without imports and exports.
//
// The file is at once what a page loads by address and where the page's helper reads the text of its Blob, so that it is
// shipped once. It consists of one function, run where there is a registerProcessor and left for the page elsewhere.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Where the script goes in dist, and how dist/worklet.js names it. */
export const scriptPath = './worklet/processor.js';

/** Characters after which a line of what is built ends as soon as it can: what threw is shown by its line. */
export const lineLimit = 120;

/** A page sends the kernels' bytes, so the script carries none. */
const withoutKernels = {
  name: 'without kernels',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\.base64\.js$/ }, ({ path }) => ({ path, namespace: 'kernels' }));
    onLoad({ filter: /.*/, namespace: 'kernels' }, () => ({ contents: 'export default "";' }));
  },
};

/** For the build of dist: the page's helper imports the script and not the module it is made from. */
export const withScriptOutside = {
  name: 'worklet script stays outside',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/processor\.js$/ }, () => ({ path: scriptPath, external: true }));
  },
};

/** The script's text. */
export async function bundleProcessor() {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['src/adapters/worklet/processor.ts'],
    bundle: true,
    minify: true,
    lineLimit,
    format: 'iife',
    target: 'es2022',
    legalComments: 'none',
    platform: 'neutral',
    external: ['node:*', '@audio/decode'],
    plugins: [withoutKernels],
    write: false,
  });
  const script = outputFiles[0].text.trim().match(/^(?:"use strict";)?\((\(\)=>\{[\s\S]*\})\)\(\);?$/)?.[1];
  if (script === undefined) throw new Error('the bundler wrote no function of the form (()=>{…})();');
  return `{const script=${script};typeof registerProcessor==="function"?script():globalThis[Symbol.for("paley.worklet")]=script}\n`;
}

/** Writes the script into dist. */
export async function writeProcessor(dist) {
  const path = join(dist, scriptPath);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, await bundleProcessor());
}
