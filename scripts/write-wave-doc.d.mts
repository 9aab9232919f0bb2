/** Types of write-wave-doc.mjs for the tests that find stale figures. */
import type { Clip } from './corpus.mjs';

export function withFigures(text: string): Promise<string>;
export function rowsOf(names: readonly string[]): Promise<string[]>;
export function fileBits(clip: Clip, bitsPerSample: number): Promise<number>;
