/** Types of pack.mjs for the test of the tarball. */
export function pack(folder: string): { path: string; bytes: number; files: string[] };
