// Codecs of vectors: MB/s of float32 in bulk, and how often faster than EDEN written plainly in JavaScript.
import { Engine } from '../../dist/engine/engine.js';
import { BlockCodec } from '../../dist/quantize/index.js';
import { VectorCodec } from '../../dist/vectors/index.js';
import { leastSeconds } from './_turns.mjs';

export const title =
  'codecs of vectors of 128 (e8: 1024): MB/s of float32 in bulk, how often faster than plain JavaScript';

const VALUES = 2 ** 18;
const DIMENSION = 128;

/** The numbers of a seeded generator (xorshift32; Marsaglia, 2003), roughly normal: sums of four. */
function signal(length) {
  let state = 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state / 2 ** 31;
  };
  return Float32Array.from({ length }, () => next() + next() + next() + next());
}

/** Levels of the normal distribution at 4 bits, those above zero. */
const ABOVE = [0.12839503, 0.3880483, 0.65675912, 0.94234046, 1.2562312, 1.61804639, 2.06901723, 2.73258957];

/** EDEN as one would write it down: two rotations, a linear search in the levels, codes in nibbles. */
function plainEden(x, dimension, signs) {
  const levels = [...ABOVE.map((level) => -level).reverse(), ...ABOVE];
  const bytes = new Uint8Array((x.length / dimension) * (4 + dimension / 2));
  const view = new DataView(bytes.buffer);
  const y = new Float64Array(dimension);
  const rotate = (block) => {
    for (let i = 0; i < dimension; i++) y[i] *= signs[block * dimension + i];
    for (let stride = 1; stride < dimension; stride *= 2) {
      for (let i = 0; i < dimension; i += 2 * stride) {
        for (let j = i; j < i + stride; j++) {
          const [a, b] = [y[j], y[j + stride]];
          y[j] = a + b;
          y[j + stride] = a - b;
        }
      }
    }
    for (let i = 0; i < dimension; i++) y[i] /= Math.sqrt(dimension);
  };
  for (let vector = 0, at = 0; vector * dimension < x.length; vector++) {
    for (let i = 0; i < dimension; i++) y[i] = x[vector * dimension + i];
    rotate(0);
    rotate(1);
    let square = 0;
    for (let i = 0; i < dimension; i++) square += y[i] * y[i];
    const factor = Math.sqrt(dimension / square);
    let product = 0;
    let energy = 0;
    const start = at;
    at += 4;
    for (let i = 0; i < dimension; i++) {
      const u = y[i] * factor;
      let code = 0;
      while (code < 15 && u > (levels[code] + levels[code + 1]) / 2) code++;
      product += y[i] * levels[code];
      energy += levels[code] ** 2;
      if (i % 2 === 0) bytes[at] = code;
      else bytes[at++] |= code << 4;
    }
    view.setFloat32(start, product / energy, true);
  }
  return bytes;
}

function plainDecode(bytes, dimension, signs) {
  const levels = [...ABOVE.map((level) => -level).reverse(), ...ABOVE];
  const view = new DataView(bytes.buffer);
  const vectors = bytes.length / (4 + dimension / 2);
  const x = new Float32Array(vectors * dimension);
  const y = new Float64Array(dimension);
  for (let vector = 0; vector < vectors; vector++) {
    const at = vector * (4 + dimension / 2);
    const scale = view.getFloat32(at, true);
    for (let i = 0; i < dimension; i++) y[i] = scale * levels[(bytes[at + 4 + (i >> 1)] >> (4 * (i & 1))) & 15];
    for (let block = 1; block >= 0; block--) {
      for (let stride = 1; stride < dimension; stride *= 2) {
        for (let i = 0; i < dimension; i += 2 * stride) {
          for (let j = i; j < i + stride; j++) {
            const [a, b] = [y[j], y[j + stride]];
            y[j] = a + b;
            y[j + stride] = a - b;
          }
        }
      }
      for (let i = 0; i < dimension; i++) y[i] *= signs[block * dimension + i] / Math.sqrt(dimension);
    }
    x.set(y, vector * dimension);
  }
  return x;
}

const megabytesPerSecond = (seconds, values) => (values * 4) / seconds / 1e6;

/** The codecs measured, with the values they are measured on. */
const CODECS = [
  ...[1, 2, 3, 4, 6, 8].map((bits) => [`eden, ${bits} bits`, { codec: 'eden', bits }]),
  ['turbo-mse, 4 bits', { codec: 'turbo-mse', bits: 4 }],
  ['turbo-prod, 4 bits', { codec: 'turbo-prod', bits: 4 }],
  ['turbo-prod, 4 bits, by Hadamard', { codec: 'turbo-prod', bits: 4, projection: 'hadamard' }],
  ['octopus, 4 bits', { codec: 'octopus', bits: 4 }],
  ['pvq, (8, 12)', { codec: 'pvq', groupSize: 8, pulses: 12 }],
  ['itq3s, 3 bits, blocks of 256', { codec: 'itq3s', dimension: 256 }],
  ['gsq, 2 + 2 bits', { codec: 'gsq' }],
  ['e8, 4 bits, vectors of 1024', { codec: 'e8', dimension: 1024 }],
  ['saw-int4 without its rotation', { codec: 'saw-int4', rotation: 'none' }],
  ['saw-int4', { codec: 'saw-int4' }],
  ['saw-int4, blocks of 128', { codec: 'saw-int4', rotationSize: 128 }],
];

export async function run({ quick = false } = {}) {
  const engine = await Engine.load();
  const values = quick ? 2 ** 15 : VALUES;
  const repeats = quick ? 3 : 30;
  const x = signal(values);
  const signs = signal(2 * DIMENSION).map((value) => (value < 0 ? -1 : 1));
  const part = x.subarray(0, values / 8);
  const plainBytes = plainEden(part, DIMENSION, signs);
  const plainEncode = megabytesPerSecond(
    leastSeconds(repeats, () => plainEden(part, DIMENSION, signs)),
    part.length,
  );
  const plainDecoding = megabytesPerSecond(
    leastSeconds(repeats, () => plainDecode(plainBytes, DIMENSION, signs)),
    part.length,
  );
  const rows = [{ codec: 'eden, 4 bits, plain JavaScript', 'encode MB/s': plainEncode, 'decode MB/s': plainDecoding }];
  for (const [name, options] of CODECS) {
    const codec = new VectorCodec(engine, { dimension: DIMENSION, ...options });
    const bytes = codec.encode(x);
    const fixed = bytes.length === (values / codec.dimension) * codec.vectorBytes ? bytes : undefined;
    const decoded = new Float32Array(values);
    const query = x.slice(0, codec.dimension);
    const products = new Float64Array(values / codec.dimension);
    const encode = megabytesPerSecond(
      leastSeconds(repeats, () => codec.encode(x, fixed)),
      values,
    );
    const decode = megabytesPerSecond(
      leastSeconds(repeats, () => codec.decode(bytes, decoded)),
      values,
    );
    const dot = megabytesPerSecond(
      leastSeconds(repeats, () => codec.innerProducts(bytes, query, products)),
      values,
    );
    codec.dispose();
    const same = name === 'eden, 4 bits';
    rows.push({
      codec: name,
      'encode MB/s': encode,
      'decode MB/s': decode,
      'inner products MB/s': dot,
      ...(same && { '× plain, encode': encode / plainEncode, '× plain, decode': decode / plainDecoding }),
    });
  }
  // What the rotation costs beside the same codes without one.
  const codec = new BlockCodec(engine, { format: 'int4', blockSize: DIMENSION });
  const bytes = codec.encode(x);
  const decoded = new Float32Array(values);
  rows.push({
    codec: 'int4 of BlockCodec, blocks of 128',
    'encode MB/s': megabytesPerSecond(
      leastSeconds(repeats, () => codec.encode(x, bytes)),
      values,
    ),
    'decode MB/s': megabytesPerSecond(
      leastSeconds(repeats, () => codec.decode(bytes, decoded)),
      values,
    ),
  });
  codec.dispose();
  return rows;
}
