/** A stage as a TransformStream of the web, in browsers, workers, Node, Deno and Bun alike. */
import { checkOptions } from '../../engine/check.js';
import type { Stage } from '../../stage/stage.js';
import { checkStage, flushPieces, processPieces, type StreamChunk, type StreamInput } from './_pieces.js';

export interface StageStreamOptions {
  /** Whether the stage is disposed of when the stream ends, however it ends. Default true. */
  readonly dispose?: boolean;
}

/**
 * A TransformStream through a stage. Chunks are planes (an array with a Float32Array a channel; for one channel the
 * array itself will do) or packets (a Uint8Array each). Nothing is computed before somebody reads: a chunk waits at the
 * writable side until the readable side asks, so a slow reader slows the writer down. Not real-time safe.
 *
 * A chunk the stage refuses (a wrong type, planes of unequal lengths) errors both sides with the stage's own error.
 * @throws TypeError where `stage` is none.
 *
 * @example
 * ```ts
 * import { Engine, Pipeline, stageStream } from 'paley';
 *
 * const pipeline = Pipeline.from({ sampleRate: 48000, channels: 1 })
 *   .resample({ to: 16000 })
 *   .encode({ codec: 'int8' })
 *   .build(await Engine.load());
 * const seconds = new ReadableStream({
 *   start(controller) {
 *     for (let second = 0; second < 3; second++) controller.enqueue([new Float32Array(48000)]);
 *     controller.close();
 *   },
 * });
 * let bytes = 0;
 * for await (const packet of seconds.pipeThrough(stageStream(pipeline))) bytes += (packet as Uint8Array).length;
 * console.log(bytes, 'bytes');
 * ```
 */
export function stageStream(stage: Stage, options: StageStreamOptions = {}): TransformStream<StreamInput, StreamChunk> {
  checkStage(stage);
  checkOptions('StageStreamOptions', options, ['dispose']);
  const end = () => {
    if (options.dispose ?? true) stage.dispose();
  };
  // `cancel` runs when either side gives up; older runtimes do not know it and leave the stage to its owner.
  const transformer: Transformer<StreamInput, StreamChunk> & { cancel(): void } = {
    transform(chunk, controller) {
      try {
        for (const piece of processPieces(stage, chunk)) controller.enqueue(piece);
      } catch (error) {
        end();
        throw error;
      }
    },
    flush(controller) {
      for (const piece of flushPieces(stage)) controller.enqueue(piece);
      end();
    },
    cancel: end,
  };
  return new TransformStream(transformer, { highWaterMark: 1 }, { highWaterMark: 0 });
}
