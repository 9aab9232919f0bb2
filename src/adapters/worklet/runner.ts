/** What a processor does with a render quantum, apart from the worklet it runs in. */

/** The values of the AudioParams in one quantum: one for all frames, or one for each. */
export interface RunnerParameters {
  readonly gain: Float32Array;
  readonly bypass: Float32Array;
  readonly ratio: Float32Array;
  readonly bits: Float32Array;
}

/** The work of one node. Everything is made in its constructor: `render` makes no garbage and does bounded work. */
export interface Runner {
  /**
   * One quantum of `frames` frames, whatever their number: the inputs' planes, fewer or none where nothing is connected,
   * and the outputs' to be filled. Real-time safe.
   */
  render(
    input: readonly Float32Array[],
    output: readonly Float32Array[],
    frames: number,
    parameters: RunnerParameters,
  ): void;
  /** The stream ends here; what the chain still owes comes out. Called between quanta. */
  flush(): void;
  dispose(): void;
}
