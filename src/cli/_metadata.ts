/** `--metadata KEY=VALUE`: what a .paley output is to say about itself in words. */
import { ByteWriter } from '../coding/bytes.js';
import { writeMetadata } from '../container/_metadata-page.js';
import type { Metadata } from '../container/index.js';
import { UsageError } from './_command.js';

/** Throws UsageError where a file could not hold these. */
function checkMetadata(metadata: Metadata): Metadata {
  try {
    writeMetadata(new ByteWriter(), '--metadata', metadata);
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(error.message);
    throw error;
  }
  return metadata;
}

/** Reads the entries; an empty value stands for a key to be left out, and of a key that comes twice the last one counts. */
export function readMetadataOptions(entries: readonly string[]): Metadata {
  const pairs = entries.map((entry): [string, string] => {
    const at = entry.indexOf('=');
    if (at < 0) throw new UsageError(`--metadata expected KEY=VALUE, got '${entry}'`);
    if (at === 0) throw new UsageError(`--metadata expected a key before the =, got '${entry}'`);
    return [entry.slice(0, at), entry.slice(at + 1)];
  });
  return checkMetadata(Object.fromEntries(pairs)); // which defines properties, whatever their names
}

/** The input's metadata with the entries asked for; undefined where none are left. */
export function mergeMetadata(input: Metadata | undefined, asked: Metadata): Metadata | undefined {
  const all = new Map([...Object.entries(input ?? {}), ...Object.entries(asked)]);
  // What the input has empty is kept: only what is asked for empty goes.
  for (const [key, value] of Object.entries(asked)) if (value === '') all.delete(key);
  return all.size === 0 ? undefined : checkMetadata(Object.fromEntries(all));
}
