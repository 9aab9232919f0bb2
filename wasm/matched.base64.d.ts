/** The kernels of assembly/transform/matched.index.ts, deflated (RFC 1951) and in base64. */
declare const base64: string;
export default base64;
