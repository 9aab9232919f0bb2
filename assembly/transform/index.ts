// The module's entry, wasm/transform.base64.js: the transform kernels. One line a kernel file, nothing else.
export { convolverForwardF32, convolverInverseF32, convolverSumF32 } from './convolution';
export { fftComplexF32, fftComplexF64 } from './fft';
export { multiplySpectraF32, multiplySpectraF64 } from './fft-product';
export { fftRealF32, fftRealF64, inverseFftRealF32, inverseFftRealF64 } from './fft-real';
export { fwhtF32, rotateF32, unrotateF32 } from './fwht';
export { fwhtBits } from './fwht-bits';
export { fwhtColumns } from './fwht-columns';
export { fwhtF64 } from './fwht-f64';
export { fwhtI16, fwhtI32 } from './fwht-integer';
export { fwhtOrderedF32 } from './fwht-ordered';
export { reorderWalsh } from './fwht-reorder';
export { hadamardStepF32, hadamardStepF64 } from './hadamard-step';
export { flipOuterSignsF32, flipSignsF32, scaleF32 } from './signs';
