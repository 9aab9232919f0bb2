/** The kernels of assembly/quantize/index.ts, deflated (RFC 1951) and in base64. */
declare const base64: string;
export default base64;
