/** Types of build-wasm.mjs for the tests that recompile. */
export function compileKernels(options?: { text?: boolean }): Promise<{ binary: Buffer; text: string | undefined }>;
export function describeKernels(binary: Uint8Array): Promise<Record<string, unknown>>;
