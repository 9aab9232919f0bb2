// The block formats written plainly in JavaScript: the oracles of the tests, as the benchmark's yardstick.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '../..');

async function importReference(name) {
  const { outputFiles } = await build({
    entryPoints: [join(root, `test/reference/${name}.ts`)],
    bundle: true,
    format: 'esm',
    write: false,
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}

/** The table of a golden vector file. */
function readTable(name) {
  const { table_u32: words } = JSON.parse(readFileSync(join(root, `test/vectors/${name}.json`), 'utf8'));
  return [...new Float32Array(Uint32Array.from(words, (word) => Number.parseInt(word, 16)).buffer)];
}

/** An encoder of `x` for each format, by its id and, after a comma, the rule where it is not the format's own. */
export async function plainEncoders() {
  const [integer, scaled, ggml, lookup, planes, shared, edges] = await Promise.all(
    ['quantize', 'scaled', 'ggml', 'lookup', 'planes', 'shared-exponent', 'edges'].map(importReference),
  );
  const { elements } = scaled;
  const encoders = {};
  for (let bits = 2; bits <= 8; bits++)
    encoders[`int${bits}`] = (x) => integer.encodeInteger(x, { bits, blockSize: 32 });
  const mx = {
    'fp8-e4m3': 'e4m3',
    'fp8-e5m2': 'e5m2',
    'fp6-e3m2': 'e3m2',
    'fp6-e2m3': 'e2m3',
    fp4: 'e2m1',
    int8: 'mxint8',
  };
  for (const [name, element] of Object.entries(mx)) {
    const { bits } = elements[element];
    encoders[`mx${name}`] = (x) => scaled.packScaled(scaled.encodeMx(x, elements[element], 'search'), bits);
    encoders[`mx${name}, floor`] = (x) => scaled.packScaled(scaled.encodeMx(x, elements[element], 'floor'), bits);
  }
  const nv = { nvfp4: 'e2m1', nvint4: 'int4', 'fp4-e1m2': 'e1m2' };
  for (const [name, element] of Object.entries(nv)) {
    const definition = elements[element];
    const tensorScale = Math.fround(1 / (448 * definition.values.at(-1)));
    encoders[name] = (x) => scaled.packScaled(scaled.encodeNv(x, definition, { tensorScale }), 4);
    if (name === 'fp4-e1m2') continue;
    const wide = { tensorScale: 1, scaleValues: scaled.ue5m3, least: 0 };
    encoders[`${name}-ue5m3`] = (x) => scaled.packScaled(scaled.encodeNv(x, definition, wide), 4);
  }
  const tables = {
    nf4: [lookup.nearestEntry(readTable('nf4'), 4), 64],
    'bnb-fp4': [lookup.fp4, 64],
    dynamic8: [lookup.nearestEntry(readTable('dynamic8'), 8), 2048],
    mulaw8: [lookup.mulaw, 32],
  };
  for (const [name, [definition, blockSize]] of Object.entries(tables)) {
    encoders[name] = (x) => lookup.encodeLookup(x, definition, blockSize);
  }
  for (const name of ['ggml-q8_0', 'ggml-q4_0', 'ggml-mxfp4']) encoders[name] = (x) => ggml.encodeGgml(name, x);
  encoders['fp6-4plus2'] = (x) => planes.encodePlanes(x, 32);
  encoders.bfp = (x) => shared.encodeSharedExponent(x, { bits: 4, blockSize: 16 });
  encoders.dfp16 = (x) => shared.encodeSharedExponent(x, { bits: 16, blockSize: 256 });
  encoders.twinlog = (x) => edges.encodeGrid(x, edges.twinGrid, 256);
  encoders.ifsq = (x) => edges.encodeGrid(x, edges.equalBins, 256);
  encoders.ternary = (x) => edges.encodeTernary(x, 320);
  encoders.sign = (x) => edges.encodeSign(x, 128);
  encoders['mixed-int'] = (x) => edges.encodeMixed(x);
  const tensorScale = Math.fround(1 / 2688);
  encoders['nvfp4-residual'] = (x) => edges.encodeResidual(x, tensorScale).bytes;
  encoders['nvfp4-residual, loud parts'] = (x) => edges.encodeResidual(x, tensorScale, 256).bytes;
  return encoders;
}
