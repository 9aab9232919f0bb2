export const isolation: Readonly<Record<string, string>>;
export function serve(options?: {
  folder?: string;
  port?: number;
  headers?: Readonly<Record<string, string>>;
}): Promise<{ address: string; close: () => void }>;
