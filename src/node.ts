/**
 * Recordings in files and standard streams of Node, beside all that `paley` has for recordings in memory.
 *
 * @packageDocumentation
 */
export { type InterleavedSample, type StageDuplexOptions, stageDuplex } from './adapters/streams/node.js';
export * from './files/index.js';
export * from './files/node.js';
