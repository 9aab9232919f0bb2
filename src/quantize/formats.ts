/** All block number formats by id. A new family of formats is one line here. */
import { checkOneOf } from '../engine/check.js';
import type { BlockFormat } from './format.js';
import { integerFormats } from './integer.js';

const blockFormats: readonly BlockFormat[] = [...integerFormats];

/** The ids of all block formats. */
export const blockFormatIds: readonly string[] = Object.freeze(blockFormats.map(({ id }) => id));

/** The format of an id; throws a TypeError or a RangeError that lists the known ones. */
export function findBlockFormat(title: string, id: string): BlockFormat {
  checkOneOf(title, id, blockFormatIds);
  return blockFormats.find((format) => format.id === id) as BlockFormat;
}
