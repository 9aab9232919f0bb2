// The module's entry, wasm/engine.base64.js: what every family needs: where the arena begins, the door samples come in by. One line a kernel file, nothing else.

export { copyFiniteF32, copyFiniteF64 } from './finite';
export { heapBase } from './memory';
