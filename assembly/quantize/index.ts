// The module's entry, wasm/quantize.base64.js: the kernels of block number formats. One line a kernel file, nothing else.
export { encodeMulawBlocks } from './companded';
export { decodeDeviationBlocks, encodeDeviationBlocks } from './deviation';
export { decodeSignBlocks, decodeTernaryBlocks, encodeSignBlocks, encodeTernaryBlocks } from './few-levels';
export { float16Above, float16Nearest, float32FromFloat16 } from './float16';
export { decodeGgmlBlocks, decodeGgmlQ4K, encodeGgmlBlocks } from './ggml';
export { decodeIntegerBlocks, encodeIntegerBlocks } from './integer';
export { decodeLookupBlocks, decodeNestedBlocks, encodeLookupBlocks, encodeNestedBlocks } from './lookup';
export { largestMagnitudeF32 } from './magnitude';
export { decodeMixedBlocks, encodeMixedBlocks } from './mixed';
export { gatherF32, scatterF32 } from './order';
export { decodePlaneBlocks, encodePlaneBlocks } from './planes';
export { requantizeI32 } from './requantize';
export { decodeResidualBlocks, encodeResidualBlocks } from './residual';
export { rotateBlocksF32, unrotateBlocksF32 } from './rotation';
export { decodeScaledBlocks, encodeScaledBlocks, minifloatCodes } from './scaled';
export { decodeSearchedBlocks, encodeSearchedBlocks } from './searched';
export { decodeSharedExponentBlocks, encodeSharedExponentBlocks } from './shared-exponent';
export { rowsFromTiles, tilesFromRows } from './tiles';
