/** All block number formats by id. A new family of formats is one line here. */
import { checkOneOf } from '../engine/check.js';
import { combinedFormats } from './combined.js';
import { compandedFormats } from './companded.js';
import { fewLevelFormats } from './few-levels.js';
import type { BlockFormat } from './format.js';
import { ggmlFormats } from './ggml.js';
import { gridFormats } from './grids.js';
import { integerFormats } from './integer.js';
import { lookupFormats } from './lookup.js';
import { mxFormats } from './mx.js';
import { nvFormats } from './nv.js';
import { planeFormats } from './planes.js';
import { searchedFormats } from './searched.js';
import { sharedExponentFormats } from './shared-exponent.js';

const blockFormats: readonly BlockFormat[] = [
  ...integerFormats,
  ...mxFormats,
  ...nvFormats,
  ...lookupFormats,
  ...planeFormats,
  ...ggmlFormats,
  ...sharedExponentFormats,
  ...compandedFormats,
  ...gridFormats,
  ...fewLevelFormats,
  ...searchedFormats,
  ...combinedFormats,
];

/** The ids of all block formats. */
export const blockFormatIds: readonly string[] = Object.freeze(blockFormats.map(({ id }) => id));

/** Those of them that can be encoded, too. */
export const encodableFormatIds: readonly string[] = Object.freeze(
  blockFormats.filter(({ encode }) => encode !== undefined).map(({ id }) => id),
);

/** The format of an id; throws a TypeError or a RangeError that lists the known ones. */
export function findBlockFormat(title: string, id: string): BlockFormat {
  checkOneOf(title, id, blockFormatIds);
  return blockFormats.find((format) => format.id === id) as BlockFormat;
}
