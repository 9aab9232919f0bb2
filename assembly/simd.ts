// All families in one module, wasm/simd.wasm.
export * from './engine/index';
export * from './quantize/index';
export * from './resample/index';
export * from './transform/index';
