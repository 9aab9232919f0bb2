// The module's entry, wasm/transform.base64.js: Hadamard transforms and rotations. One line a kernel file, nothing else.
export { fwhtF32, rotateF32, unrotateF32 } from './fwht';
export { fwhtBits } from './fwht-bits';
export { fwhtColumns } from './fwht-columns';
export { fwhtF64 } from './fwht-f64';
export { fwhtI16, fwhtI32 } from './fwht-integer';
export { fwhtOrderedF32 } from './fwht-ordered';
export { reorderWalsh } from './fwht-reorder';
export { hadamardStepF32, hadamardStepF64, hadamardStepI16, hadamardStepI32 } from './hadamard-step';
export { flipOuterSignsF32, flipSignsF32, scaleF32 } from './signs';
