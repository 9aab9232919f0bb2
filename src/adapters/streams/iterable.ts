/** A stage over iterables. */
import type { Stage } from '../../stage/stage.js';
import { checkStage, flushPieces, processPieces, type StreamChunk, type StreamInput } from './_pieces.js';

type Source = AsyncIterable<StreamInput> | Iterable<StreamInput>;

/**
 * Runs the chunks of an iterable (an array, a generator, a ReadableStream, a Node stream) through stages, one after the
 * other, and gives what comes out as it comes. Chunks are planes or packets as for `stageStream`; a chunk is taken from
 * the source only when the one before has been used up. The stages stay the caller's to dispose of. Not real-time safe.
 * @throws TypeError where a stage is none; whatever the stages and the source throw.
 *
 * @example
 * ```ts
 * import { Engine, Resampler, throughStages } from 'paley';
 *
 * const resampler = new Resampler(await Engine.load(), { from: 100, to: 50, channels: 1 });
 * const readings = [Float32Array.of(1, 2, 3, 4), Float32Array.of(5, 6, 7, 8)].map((plane) => [plane]);
 * for await (const planes of throughStages(readings, resampler)) console.log(planes[0]);
 * ```
 */
export function throughStages(source: Source, ...stages: Stage[]): AsyncGenerator<StreamChunk> {
  return stages.reduce<AsyncGenerator<StreamChunk>>(
    (chunks, stage) => throughStage(chunks, checkStage(stage)),
    (async function* () {
      yield* source as AsyncIterable<StreamChunk>;
    })(),
  );
}

async function* throughStage(source: AsyncIterable<StreamChunk>, stage: Stage): AsyncGenerator<StreamChunk> {
  for await (const chunk of source) yield* processPieces(stage, chunk);
  yield* flushPieces(stage);
}
