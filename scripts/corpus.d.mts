export interface Clip {
  readonly name: string;
  readonly sampleRate: number;
  readonly planes: Float32Array[];
}
export const clipNames: readonly string[];
export function makeCorpus(options?: { names?: readonly string[]; seconds?: number }): Promise<Clip[]>;
