// The module's entry, wasm/resample.base64.js: the resampling kernels. One line a kernel file, nothing else.
export { interpolatedF32, interpolatedF64 } from './interpolated';
export { polyphaseF32, polyphasePairF32 } from './polyphase';
export { polyphaseF64, polyphaseMixedF32 } from './polyphase-wide';
export { constantPositions, varyingPositions } from './position';
