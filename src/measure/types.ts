/** One plane: the samples of one channel, in order. */
export type Samples = Float32Array | Float64Array | Int32Array;
