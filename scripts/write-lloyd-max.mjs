// Writes src/vectors/_lloyd-max.ts: the levels of the least-squares scalar quantisers (S. P. Lloyd, 1957; J. Max, 1960) of
// the densities below. A level is the mean of its cell, and a cell ends halfway between two levels; Newton's method finds
// where both hold, from the start that P. F. Panter and W. Dite (1951) give: levels dense as the cube root of the density.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const FILE = join(import.meta.dirname, '..', 'src', 'vectors', '_lloyd-max.ts');

/** Nodes and weights of Gauss–Legendre quadrature on [−1, 1]: the zeros of the Legendre polynomial, by Newton's method. */
function gaussLegendre(count) {
  return Array.from({ length: count }, (_, i) => {
    let x = Math.cos((Math.PI * (i + 0.75)) / (count + 0.5));
    let slope = 1;
    for (let step = 0; step < 60; step++) {
      let [previous, value] = [1, x];
      for (let n = 2; n <= count; n++) [previous, value] = [value, ((2 * n - 1) * x * value - (n - 1) * previous) / n];
      slope = (count * (x * value - previous)) / (x * x - 1);
      x -= value / slope;
    }
    return { node: x, weight: 2 / ((1 - x * x) * slope * slope) };
  });
}

const RULE = gaussLegendre(24);

/** ∫ f from a to b, in pieces no longer than a quarter. */
function integrate(f, a, b) {
  const pieces = Math.max(1, Math.ceil((b - a) / 0.25));
  const half = (b - a) / pieces / 2;
  let sum = 0;
  for (let piece = 0; piece < pieces; piece++) {
    const middle = a + (2 * piece + 1) * half;
    for (const { node, weight } of RULE) sum += weight * f(middle + half * node);
  }
  return sum * half;
}

/** Levels as many as `count` of a density on [0, end]; with `zero` the first of them is 0 whatever its cell's mean. */
export function lloydMax(density, end, count, zero = false) {
  // Panter and Dite: quantiles of the cube root, from a running sum.
  const steps = 20000;
  const cumulated = [0];
  for (let i = 0; i < steps; i++) cumulated.push(cumulated[i] + Math.cbrt(density(((i + 0.5) * end) / steps)));
  let levels = Array.from({ length: count }, (_, k) => {
    const part = (zero ? (2 * k) / (2 * count - 1) : (k + 0.5) / count) * cumulated[steps] || 0;
    return (cumulated.findIndex((sum) => sum >= part) * end) / steps;
  });
  for (let step = 0; step < 200; step++) {
    const edges = [0, ...levels.slice(1).map((level, k) => (level + levels[k]) / 2), end];
    const mass = levels.map((_, k) => integrate(density, edges[k], edges[k + 1]));
    const mean = levels.map((_, k) =>
      zero && k === 0 ? 0 : integrate((x) => x * density(x), edges[k], edges[k + 1]) / mass[k],
    );
    // Of mean − level: half of what each edge moves the mean, for the levels on both of its sides.
    const pull = (k, edge) => (zero && k === 0 ? 0 : (Math.abs(edge - mean[k]) * density(edge)) / mass[k] / 2);
    const below = levels.map((_, k) => (k > 0 ? pull(k, edges[k]) : 0));
    const above = levels.map((_, k) => (k + 1 < count ? pull(k, edges[k + 1]) : 0));
    // (1 − below − above)·δ_k − below·δ_(k−1) − above·δ_(k+1) = mean − level: tridiagonal.
    const factor = [];
    const right = [];
    for (let k = 0; k < count; k++) {
      const pivot = 1 - below[k] - above[k] - (k > 0 ? below[k] * factor[k - 1] : 0);
      factor.push(above[k] / pivot);
      right.push((mean[k] - levels[k] + (k > 0 ? below[k] * right[k - 1] : 0)) / pivot);
    }
    const change = [...right];
    for (let k = count - 2; k >= 0; k--) change[k] += factor[k] * change[k + 1];
    const next = levels.map((level, k) => level + change[k]);
    const ordered = next.every((level, k) => level >= (k > 0 ? next[k - 1] : 0) && level < end);
    levels = ordered ? next : mean;
    if (ordered && Math.max(...change.map(Math.abs)) < 1e-15) break;
  }
  return levels;
}

/** Beyond 14 there is less than 2^-140 of a normal distribution. */
const FAR = 14;
const normal = (x) => Math.exp((-x * x) / 2);
/** √d times one coordinate of a point drawn uniformly from the sphere in d dimensions. */
const sphere = (d) => (x) => (1 - (x * x) / d) ** ((d - 3) / 2);
/** The length of three normal values. */
const radius = (x) => x * x * Math.exp((-x * x) / 2);
/**
 * One coordinate of the octahedral map of a direction drawn uniformly: the map takes an area du·dv to a solid angle in
 * proportion to (u² + v² + w²)^(−3/2), with w = 1 − |u| − |v| on the folded faces as on the others.
 */
function octahedral(u) {
  const f = (v) => (u * u + v * v + (1 - u - v) ** 2) ** -1.5;
  return integrate(f, 0, 1 - u) + integrate(f, 1 - u, 1);
}

const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

export const SPHERES = [32, 64, 128, 256, 512];

export function tables() {
  return {
    normal: range(1, 8).map((bits) => lloydMax(normal, FAR, 2 ** (bits - 1))),
    sphere: Object.fromEntries(
      SPHERES.map((d) => [d, range(1, 4).map((bits) => lloydMax(sphere(d), Math.sqrt(d), 2 ** (bits - 1)))]),
    ),
    ternary: lloydMax(normal, FAR, 2, true),
    radius: range(1, 4).map((bits) => lloydMax(radius, FAR, 2 ** bits)),
    octahedral: range(1, 6).map((bits) => lloydMax(octahedral, 1, 2 ** (bits - 1))),
  };
}

/** The file's text. Levels are float32 in the codes: ten digits say which. */
export function text() {
  const { normal: n, sphere: s, ternary, radius: r, octahedral: o } = tables();
  const row = (levels) => `[${levels.map((level) => Number(level.toPrecision(10))).join(', ')}]`;
  const rows = (list, indent = '  ') => list.map((levels) => `${indent}${row(levels)},`).join('\n');
  return `/**
 * Levels of least-squares scalar quantisers (S. P. Lloyd, 1957; J. Max, 1960), written by scripts/write-lloyd-max.mjs: do not
 * edit. Where the density is even, the levels above zero; thresholds lie halfway between two levels, and at 0.
 */

/** Of the normal distribution, by bits − 1. */
export const NORMAL_LEVELS: readonly (readonly number[])[] = [
${rows(n)}
];

/** Of √d times a coordinate of a point drawn uniformly from the sphere in d dimensions, by d and then bits − 1. */
export const SPHERE_LEVELS: Readonly<Record<number, readonly (readonly number[])[]>> = {
${Object.entries(s)
  .map(([d, list]) => `  ${d}: [\n${rows(list, '    ')}\n  ],`)
  .join('\n')}
};

/** Of the normal distribution with three levels: 0 and this. */
export const TERNARY_LEVEL = ${Number(ternary[1].toPrecision(10))};

/** Of the length of three normal values, all 2^bits levels, by bits − 1. */
export const RADIUS_LEVELS: readonly (readonly number[])[] = [
${rows(r)}
];

/** Of a coordinate of the octahedral map of a direction drawn uniformly, by bits − 1. */
export const OCTAHEDRAL_LEVELS: readonly (readonly number[])[] = [
${rows(o)}
];
`;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const written = text();
  const plain = (code) => code.replace(/\s+|,(?=\s*\])/g, ''); // whatever the formatter made of it
  if (process.argv.includes('--check')) process.exit(plain(readFileSync(FILE, 'utf8')) === plain(written) ? 0 : 1);
  writeFileSync(FILE, written);
}
