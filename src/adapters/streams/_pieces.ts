/** A stage fed in pieces: what web streams, Node streams and iterables have in common. */
import { throwType } from '../../engine/check.js';
import type { Plane } from '../../stage/port.js';
import type { Stage, StreamData } from '../../stage/stage.js';

/** What goes in or comes out at a time: a plane a channel, or a packet. */
export type StreamChunk = Plane[] | Uint8Array;

/** What a stage can be fed with: one plane stands for one channel, several packets for themselves one by one. */
export type StreamInput = StreamChunk | Plane | Uint8Array[];

/** Items of one piece at least: less would spend more on passing on than on the work. */
const LEAST_ITEMS = 1024;

export function checkStage(stage: Stage): Stage {
  if (typeof stage?.process !== 'function' || typeof stage.flush !== 'function') {
    throwType('stage', 'a Stage: a Pipeline, a Resampler, an encoder …', stage);
  }
  return stage;
}

/** Packets one by one; planes as they are, where there is a sample in them. */
function* chunksOf(data: StreamData): Generator<StreamChunk> {
  if (data.length === 0) return;
  if (data[0] instanceof Uint8Array) yield* data as Uint8Array[];
  else if (data[0].length > 0) yield data as Plane[];
}

/**
 * What a stage makes of a chunk, piece by piece, so that a chunk of minutes does not come out as one heap of packets.
 * The stage itself checks each piece.
 */
export function* processPieces(stage: Stage, chunk: StreamInput): Generator<StreamChunk> {
  const items = Math.max(stage.maxInput, LEAST_ITEMS - (LEAST_ITEMS % stage.maxInput));
  if (stage.input.kind === 'packets') {
    const packets = chunk instanceof Uint8Array ? [chunk] : (chunk as Uint8Array[]);
    if (!Array.isArray(packets)) throwType('chunk', 'a packet: a Uint8Array', chunk);
    for (let from = 0; from < packets.length; from += items) {
      yield* chunksOf(stage.process(packets.slice(from, from + items)));
    }
    return;
  }
  const planes = (chunk instanceof Float32Array || chunk instanceof Float64Array ? [chunk] : chunk) as Plane[];
  const isCuttable = Array.isArray(planes) && planes.length > 0 && planes.every((plane) => ArrayBuffer.isView(plane));
  const length = isCuttable ? Math.max(...planes.map((plane) => plane.length)) : 0;
  const values = items * (stage.input.kind === 'blocks' ? stage.input.size : 1);
  if (length <= values) {
    yield* chunksOf(stage.process(planes));
    return;
  }
  for (let from = 0; from < length; from += values) {
    yield* chunksOf(stage.process(planes.map((plane) => plane.subarray(from, from + values))));
  }
}

/** What a stage still owes at the end. */
export function* flushPieces(stage: Stage): Generator<StreamChunk> {
  yield* chunksOf(stage.flush());
}
