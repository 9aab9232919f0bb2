/** Types of write-quantisers.mjs for the test that finds stale figures. */
export function withFigures(text: string): Promise<string>;
