/**
 * The error classes of paley. Wrong types give a TypeError and wrong values a RangeError, as everywhere in JavaScript;
 * these are for what has no name there.
 */

/** Damaged or foreign data: what was wrong, and the byte at which it was seen. */
export class BitstreamError extends Error {
  override readonly name = 'BitstreamError';
  /** Offset in bytes from the start of the data, of the first byte that could not be as it is. */
  readonly byteOffset: number;

  constructor(message: string, byteOffset: number, options?: ErrorOptions) {
    super(`${message} (at byte ${byteOffset})`, options);
    this.byteOffset = byteOffset;
  }
}

/** The engine's memory cannot hold what was asked for. It is never grown later: ask for more when loading the engine. */
export class EngineMemoryError extends RangeError {
  override readonly name = 'EngineMemoryError';
  readonly requestedBytes: number;
  readonly freeBytes: number;

  constructor(message: string, requestedBytes: number, freeBytes: number) {
    super(message);
    this.requestedBytes = requestedBytes;
    this.freeBytes = freeBytes;
  }
}

/** A processor was used after `dispose()`: its memory may already belong to another. */
export class DisposedError extends Error {
  override readonly name = 'DisposedError';

  constructor(title: string) {
    super(`${title} was used after dispose(): make a new one`);
  }
}

/** What one stage of a chain asks of the latency budget. */
export interface LatencyShare {
  readonly stage: string;
  /** Seconds this stage adds to the stages before it. */
  readonly latencySeconds: number;
}

/** The chain cannot keep its latency budget, whatever the load; the message lists every stage's share. */
export class LatencyBudgetError extends RangeError {
  override readonly name = 'LatencyBudgetError';
  readonly latencySeconds: number;
  readonly budgetSeconds: number;
  readonly shares: readonly LatencyShare[];

  constructor(latencySeconds: number, budgetSeconds: number, shares: readonly LatencyShare[]) {
    const milliseconds = (seconds: number) => `${(seconds * 1000).toFixed(3)} ms`;
    const list = shares.map(({ stage, latencySeconds: share }) => `${stage} ${milliseconds(share)}`).join(', ');
    super(
      `the chain's latency is ${milliseconds(latencySeconds)}, its budget ${milliseconds(budgetSeconds)}; each stage adds: ${list}`,
    );
    this.latencySeconds = latencySeconds;
    this.budgetSeconds = budgetSeconds;
    this.shares = shares;
  }
}

/** Stages that do not fit each other: the output of one is not what the next one takes. */
export class FormatMismatchError extends TypeError {
  override readonly name = 'FormatMismatchError';
}
