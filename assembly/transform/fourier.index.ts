// The module's entry, wasm/fourier.base64.js: Fourier transforms and convolution. One line a kernel file, nothing else.
export { convolverForwardF32, convolverInverseF32, convolverSumF32 } from './convolution';
export { fftComplexF32, fftComplexF64 } from './fft';
export { multiplySpectraF32, multiplySpectraF64 } from './fft-product';
export { fftRealF32, fftRealF64, inverseFftRealF32, inverseFftRealF64 } from './fft-real';
