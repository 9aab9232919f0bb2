/**
 * Argument checks, all of one form: `title expected what, got that`. The message is built on the throwing path only,
 * so a check costs a comparison in code that runs often.
 */

function show(value: unknown): string {
  if (typeof value === 'string') return value.length > 40 ? `'${value.slice(0, 40)}…'` : `'${value}'`;
  if (typeof value === 'bigint') return `${value}n`;
  if (value === null || typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (ArrayBuffer.isView(value) && 'length' in value) return `${value.constructor.name}(${value.length})`;
  return value.constructor?.name ?? 'an object';
}

/** Throws the TypeError of a wrong type: `title expected what, got value`. */
export function throwType(title: string, expected: string, value: unknown): never {
  throw new TypeError(`${title} expected ${expected}, got ${show(value)}`);
}

/** Throws the RangeError of a wrong value: `title expected what, got value`. */
export function throwRange(title: string, expected: string, value: unknown): never {
  throw new RangeError(`${title} expected ${expected}, got ${show(value)}`);
}

/** A finite number in `[minimum, maximum]`. */
export function checkNumber(title: string, value: unknown, minimum: number, maximum: number): number {
  if (typeof value !== 'number') throwType(title, 'a number', value);
  if (!(value >= minimum && value <= maximum)) throwRange(title, `a number from ${minimum} to ${maximum}`, value);
  return value;
}

/** A whole number in `[minimum, maximum]`. */
export function checkInteger(title: string, value: unknown, minimum: number, maximum: number): number {
  if (typeof value !== 'number') throwType(title, 'a whole number', value);
  if (!(Number.isInteger(value) && value >= minimum && value <= maximum)) {
    throwRange(title, `a whole number from ${minimum} to ${maximum}`, value);
  }
  return value;
}

/** A power of two in `[minimum, maximum]`, which lies below 2^31. */
export function checkPowerOfTwo(title: string, value: unknown, minimum: number, maximum: number): number {
  if (typeof value !== 'number') throwType(title, 'a power of two', value);
  if (!(Number.isInteger(value) && value >= minimum && value <= maximum && (value & (value - 1)) === 0)) {
    throwRange(title, `a power of two from ${minimum} to ${maximum}`, value);
  }
  return value;
}

/** One of a list of words. */
export function checkOneOf<T extends string>(title: string, value: unknown, allowed: readonly T[]): T {
  if (typeof value !== 'string') throwType(title, `one of ${allowed.join(', ')}`, value);
  if (!(allowed as readonly string[]).includes(value)) throwRange(title, `one of ${allowed.join(', ')}`, value);
  return value as T;
}

/** A boolean. */
export function checkBoolean(title: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throwType(title, 'true or false', value);
  return value;
}

/** An options object that has no key but the named ones: a misspelt option is an error, not a silent default. */
export function checkOptions(title: string, value: unknown, keys: readonly string[]): void {
  if (typeof value !== 'object' || value === null) throwType(title, 'an options object', value);
  for (const key of Object.keys(value)) {
    if (!keys.includes(key)) throw new TypeError(`${title} has no option '${key}'; its options are ${keys.join(', ')}`);
  }
}

/** A Float32Array; of `length` values where one is given. */
export function checkFloat32(title: string, value: unknown, length?: number): Float32Array {
  if (!(value instanceof Float32Array)) throwType(title, 'a Float32Array', value);
  if (length !== undefined && value.length !== length) {
    throw new RangeError(`${title} expected ${length} values, got ${value.length}`);
  }
  return value;
}

/** A Uint8Array. */
export function checkBytes(title: string, value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throwType(title, 'a Uint8Array', value);
  return value;
}

/** One Float32Array, or what else `PlaneArray` is, a channel, all of one length; returns that length. */
export function checkPlanes(
  title: string,
  value: unknown,
  channels: number,
  PlaneArray: typeof Float32Array | typeof Float64Array = Float32Array,
): number {
  const { name } = PlaneArray;
  if (!Array.isArray(value)) throwType(title, `an array of ${channels} ${name} planes`, value);
  if (value.length !== channels) throw new RangeError(`${title} expected ${channels} planes, got ${value.length}`);
  for (let channel = 0; channel < channels; channel++) {
    if (!(value[channel] instanceof PlaneArray)) throwType(`${title}[${channel}]`, `a ${name}`, value[channel]);
    if (value[channel].length !== value[0].length) {
      throw new RangeError(
        `${title}[${channel}] expected ${value[0].length} frames as in plane 0, got ${value[channel].length}`,
      );
    }
  }
  return value[0].length;
}
