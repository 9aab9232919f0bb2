// The module's entry, wasm/matched.base64.js: transforms matched to a kind of signal. One line a kernel file, nothing else.
export {
  dctReorderF32,
  dctReorderF64,
  dctRestoreF32,
  dctRestoreF64,
  dctTurnBackF32,
  dctTurnBackF64,
  dctTurnF32,
  dctTurnF64,
} from './dct';
export { haarF32, inverseHaarF32 } from './haar';
