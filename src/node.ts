/**
 * Recordings in files and standard streams of Node, beside all that `paley` has for recordings in memory.
 *
 * @packageDocumentation
 */
export * from './files/index.js';
export * from './files/node.js';
