// The module's entry: one line a kernel family, nothing else.
export { heapBase } from './engine/memory';
export { float16Above, float16Nearest, float32FromFloat16 } from './quantize/float16';
export { decodeIntegerBlocks, encodeIntegerBlocks } from './quantize/integer';
export { polyphaseF32, polyphasePairF32 } from './resample/polyphase';
export { copyFiniteF32 } from './stage/finite';
export { convolverForwardF32, convolverInverseF32, convolverSumF32 } from './transform/convolution';
export { fftComplexF32, fftComplexF64 } from './transform/fft';
export { multiplySpectraF32, multiplySpectraF64 } from './transform/fft-product';
export { fftRealF32, fftRealF64, inverseFftRealF32, inverseFftRealF64 } from './transform/fft-real';
export { fwhtF32, rotateF32, unrotateF32 } from './transform/fwht';
export { fwhtOrderedF32 } from './transform/fwht-ordered';
export { flipSignsF32, scaleF32 } from './transform/signs';
