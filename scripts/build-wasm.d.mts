export const families: readonly string[];
export function compileKernels(options?: { name?: string; text?: boolean }): Promise<{ binary: Buffer; text?: string }>;
export function describeKernels(binaries: Readonly<Record<string, Uint8Array>>): Promise<unknown>;
