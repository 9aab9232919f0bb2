// The module's entry, wasm/resample.base64.js: the resampling kernels. One line a kernel file, nothing else.
export {
  countStretched,
  interpolatedF32,
  interpolatedF64,
  interpolatedRowsF32,
  interpolatedRowsF64,
} from './interpolated';
export { demoteF64, promoteFiniteF32, weightSpectrumF64 } from './offline';
export { polyphaseF32, polyphaseF64 } from './polyphase';
export { constantPositions, varyingPositions } from './position';
