/** The kernels of simd.wasm in base64. */
declare const base64: string;
export default base64;
