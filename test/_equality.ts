/**
 * Equal samples at the speed of memory: vitest compares arrays value by value, at a microsecond each, and tests compare a
 * great many. Arrays of one type with the same bytes are equal, and so are arrays of the same numbers; where they are not,
 * vitest looks itself, and says where.
 */
import { expect } from 'vitest';

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) => Buffer.from(buffer, byteOffset, byteLength);

function sameNumbers(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (typeof a[i] !== 'number' || !Object.is(a[i], b[i])) return false;
  return true;
}

function areSame(a: unknown, b: unknown): true | undefined {
  if (Array.isArray(a) && Array.isArray(b)) return sameNumbers(a, b) ? true : undefined;
  if (!ArrayBuffer.isView(a) || !ArrayBuffer.isView(b) || a.constructor !== b.constructor) return undefined;
  return bytesOf(a).equals(bytesOf(b)) ? true : undefined;
}

// This file runs before each test file of a worker, whose testers stay.
const marked = globalThis as { [key: symbol]: unknown };
const mark = Symbol.for('paley: equal arrays');
if (marked[mark] === undefined) {
  marked[mark] = true;
  expect.addEqualityTesters([areSame]);
}
