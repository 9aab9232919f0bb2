import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findCycle, listFiles, readImports } from './imports.js';

const FAMILIES = ['transform', 'resample', 'quantize', 'vectors', 'wave'];

/** The floors of the house, from the ground up; a folder imports from the floors below its own. */
const FLOORS = [
  ['engine'],
  ['stage', 'coding'],
  [...FAMILIES, 'container', 'files'],
  ['pipeline'],
  ['adapters', 'cli'],
];

const floorOf = (folder: string) => FLOORS.findIndex((floor) => floor.includes(folder));
const folderOf = (file: string) => (file.includes('/') ? file.split('/')[0] : '');
const folders = (root: string) =>
  readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && readdirSync(`${root}/${entry.name}`).length > 0)
    .map(({ name }) => name);

function mayImport(from: string, to: string): boolean {
  if (from === to || from === '') return true;
  if (from === 'measure') return false;
  if (to === 'measure') return from === 'cli';
  if (FAMILIES.includes(from) && to === 'transform') return true;
  return floorOf(to) >= 0 && floorOf(to) < floorOf(from);
}

describe('the house', () => {
  const imports = readImports('src');
  const inside = imports.filter(({ to }) => existsSync(`src/${to}`));

  it('has a place on a floor for every folder', () => {
    for (const folder of folders('src')) expect([...FLOORS.flat(), 'measure'], folder).toContain(folder);
  });

  it('imports only downwards, and no family imports another but transform', () => {
    const upwards = inside.filter(({ from, to }) => !mayImport(folderOf(from), folderOf(to)));
    expect(upwards).toEqual([]);
  });

  it('imports nothing that is not there', () => {
    const known = /^(node:|@audio\/decode$|\.\.\/wasm\/)/;
    const unknown = imports.filter(({ to }) => !existsSync(`src/${to}`) && !known.test(to));
    expect(unknown).toEqual([]);
  });

  it('needs Node nowhere but in files, cli, adapters and the node entry', () => {
    const node = imports.filter(({ to }) => to.startsWith('node:')).map(({ from }) => from);
    for (const file of node) expect(['files', 'cli', 'adapters', ''], file).toContain(folderOf(file));
  });

  it('has no cycle', () => {
    expect(findCycle(inside.filter(({ typeOnly }) => !typeOnly))).toBeUndefined();
    expect(findCycle(readImports('assembly'))).toBeUndefined();
  });

  it('has the same rooms in assembly as in src, and the same doors between them', () => {
    for (const folder of folders('assembly').filter((name) => name !== 'lib')) expect(folders('src')).toContain(folder);
    for (const { from, to } of readImports('assembly')) {
      const allowed = folderOf(to) === 'lib' || (folderOf(from) !== 'lib' && mayImport(folderOf(from), folderOf(to)));
      expect(allowed, `${from} imports ${to}`).toBe(true);
    }
  });

  it('has function decorators in assembly/lib only', () => {
    for (const file of listFiles('assembly').filter((name) => folderOf(name) !== 'lib')) {
      expect(readFileSync(`assembly/${file}`, 'utf8'), file).not.toMatch(/^@\w+/m);
    }
  });

  it('keeps library functions that differ between engines out of what touches samples or bits', () => {
    const inexact =
      /\bMath\.(sin|cos|tan|asin|acos|atan2?|sinh|cosh|tanh|exp|expm1|log|log2|log10|log1p|pow|cbrt|hypot)\b/;
    for (const file of listFiles('src').filter((name) => !['measure', 'cli'].includes(folderOf(name)))) {
      const code = readFileSync(`src/${file}`, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
      expect(code, file).not.toMatch(inexact);
      // x ** y is Math.pow unless both sides are written out.
      for (const [operation] of code.matchAll(/[\w.)\]]+\s*\*\*\s*[\w.(-]+/g)) {
        expect(operation, file).toMatch(/^2n? \*\* -?\d+n?$/);
      }
    }
  });

  it('has no file that needs scrolling to be understood', () => {
    for (const root of ['src', 'assembly']) {
      for (const file of listFiles(root)) {
        const lines = readFileSync(`${root}/${file}`, 'utf8').split('\n').length;
        expect(lines, `${root}/${file}`).toBeLessThan(450);
      }
    }
  });

  it('names no machine path and no folder of odds and ends', () => {
    for (const root of ['src', 'assembly', 'test', 'scripts', 'examples']) {
      for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
        expect(['utils', 'helpers', 'common', 'misc']).not.toContain(entry.name);
        expect(isAbsolute(entry.name)).toBe(false);
      }
    }
  });
});
