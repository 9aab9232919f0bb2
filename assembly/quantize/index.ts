// The module's entry, wasm/quantize.base64.js: the kernels of block number formats. One line a kernel file, nothing else.
export { float16Above, float16Nearest, float32FromFloat16 } from './float16';
export { decodeGgmlBlocks, decodeGgmlQ4K, encodeGgmlBlocks } from './ggml';
export { decodeIntegerBlocks, encodeIntegerBlocks } from './integer';
export { decodeLookupBlocks, encodeLookupBlocks } from './lookup';
export { largestMagnitudeF32 } from './magnitude';
export { decodePlaneBlocks, encodePlaneBlocks } from './planes';
export { decodeScaledBlocks, encodeScaledBlocks, minifloatCodes } from './scaled';
export { decodeSharedExponentBlocks, encodeSharedExponentBlocks } from './shared-exponent';
