// All families in one module, wasm/simd.wasm.
export * from './engine/index';
export * from './quantize/index';
export * from './resample/index';
export * from './transform/fourier.index';
export * from './transform/index';
export * from './transform/matched.index';
export * from './vectors/index';
export * from './wave/index';
