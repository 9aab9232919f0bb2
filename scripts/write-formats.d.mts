/** Types of write-formats.mjs for the test that finds stale figures. */
export function withFigures(text: string, names?: readonly string[]): Promise<string>;
