/** The worklet script and the kernels for a context: what has to be there before a node can be made. */
import { checkOptions, throwType } from '../../engine/check.js';
import { Engine } from '../../engine/engine.js';
import { useAudioWorkletNode } from './_audio-worklet-node.js';
import { SCRIPT } from './_protocol.js';

export interface PaleyModuleOptions {
  /** Address of a copy of `paley/worklet/processor.js`, where the page's Content-Security-Policy forbids blob: scripts. */
  readonly url?: string | URL;
  /** The bytes of `paley/wasm/simd.wasm`, where the page has them. Default: those that come with the package's modules. */
  readonly kernels?: ArrayBuffer | Uint8Array<ArrayBuffer>;
  /** The class of the context's nodes, where it is no global: that of `web-audio-api` in Node, say. */
  readonly AudioWorkletNode?: typeof AudioWorkletNode;
}

/** What nodes on a context are made with. */
export interface PaleyModule {
  readonly kernels: readonly ArrayBuffer[];
  readonly engine: Engine;
}

const loaded = new WeakMap<BaseAudioContext, PaleyModule>();
const loading = new WeakMap<BaseAudioContext, Promise<void>>();

/**
 * Brings the worklet script and the kernels to an audio context; await it once a context, before the first PaleyNode.
 * Called again it gives the same promise, unless it failed.
 *
 * The script comes from a Blob URL. Where the page's Content-Security-Policy forbids that, copy
 * `node_modules/paley/dist/adapters/worklet/processor.js` to the site and give its address as `url`; the policy then needs
 * `script-src 'self' 'wasm-unsafe-eval'` and no more.
 *
 * @throws TypeError where the argument is no audio context, or `kernels` are not of this version of paley; Error, saying
 * what to do, where the script cannot be loaded or WebAssembly is forbidden.
 *
 * @example
 * ```ts
 * import { addPaleyModule, PaleyNode } from 'paley/worklet';
 * import { Pipeline } from 'paley';
 *
 * const context = new AudioContext();
 * await addPaleyModule(context);
 * const pipeline = { input: { kind: 'frames', sampleRate: { numerator: context.sampleRate, denominator: 1 }, channels: 1, sample: 'f32' }, steps: [{ type: 'encode', codec: 'int4' }, { type: 'decode' }], quantum: 128 } as const;
 * const node = new PaleyNode(context, { pipeline });
 * ```
 */
export function addPaleyModule(context: BaseAudioContext, options: PaleyModuleOptions = {}): Promise<void> {
  let promise = typeof context === 'object' && context !== null ? loading.get(context) : undefined;
  if (promise === undefined) {
    promise = load(context, options);
    if (typeof context === 'object' && context !== null) loading.set(context, promise);
    promise.catch(() => loading.delete(context));
  }
  return promise;
}

/** @throws Error where the module was not added. */
export function moduleOf(context: BaseAudioContext): PaleyModule {
  const module = typeof context === 'object' && context !== null ? loaded.get(context) : undefined;
  if (module !== undefined) return module;
  throw new Error('new PaleyNode expected a context with the worklet script: await addPaleyModule(context) first');
}

async function load(context: BaseAudioContext, options: PaleyModuleOptions): Promise<void> {
  checkOptions('PaleyModuleOptions', options, ['url', 'kernels', 'AudioWorkletNode']);
  if (typeof context !== 'object' || context === null || typeof context.createGain !== 'function') {
    throwType('context', 'an AudioContext or OfflineAudioContext', context);
  }
  if (context.audioWorklet === undefined) {
    throw new Error(
      'the context has no audioWorklet, which a browser keeps for secure pages: serve the page over https, or from localhost',
    );
  }
  useAudioWorkletNode(options.AudioWorkletNode ?? (await findNodeClass(context)));
  const { kernels, engine } = options.kernels === undefined ? await loadKernels() : takeKernels(options.kernels);
  if (options.url === undefined) await addFromBlob(context.audioWorklet);
  else await addFromUrl(context.audioWorklet, String(options.url));
  loaded.set(context, { kernels, engine });
}

/** The engine on the page is for the chains' figures: its memory is no more than has to be. */
const SMALL = { memory: 2 ** 16 };

async function loadKernels(): Promise<PaleyModule> {
  try {
    return { kernels: await Engine.kernelBytes(), engine: await Engine.load(SMALL) };
  } catch (cause) {
    const { message } = cause as Error;
    // Browsers have no error of its own for it; all of them name the directive or the policy.
    if (!/unsafe-eval|Content Security Policy|CSP/i.test(message)) throw cause;
    throw new Error(
      `the page's Content-Security-Policy forbids WebAssembly (${message}): add 'wasm-unsafe-eval' to its script-src`,
      { cause },
    );
  }
}

/** Bytes that are not ours are found here and not in the worklet, where nobody would hear of them. */
function takeKernels(bytes: ArrayBuffer | Uint8Array<ArrayBuffer>): PaleyModule {
  const engine = Engine.fromBytes(bytes, SMALL);
  // A copy of the bytes alone: a view may be of a part.
  const copy = bytes instanceof ArrayBuffer ? bytes.slice(0) : bytes.slice().buffer;
  return { kernels: [copy], engine };
}

/** In a browser it is a global; in Node it comes with the package the context is from. */
async function findNodeClass(context: BaseAudioContext): Promise<typeof AudioWorkletNode> {
  if (typeof AudioWorkletNode !== 'undefined') return AudioWorkletNode;
  const module = await importByName('web-audio-api').catch(() => undefined);
  if (module !== undefined && context instanceof module.BaseAudioContext) return module.AudioWorkletNode;
  throw new Error(
    "AudioWorkletNode is no global here: give it, as in addPaleyModule(context, { AudioWorkletNode }), or import 'web-audio-api/polyfill' first",
  );
}

/** By a name that bundlers do not see: pages need no such package, and must not be asked for it. */
const importByName = (name: string) => import(name);

/** The script's text: the file leaves the function it consists of where the page can find it. */
async function readScript(): Promise<string> {
  await import('./processor.js');
  const script = (globalThis as unknown as Record<symbol, unknown>)[SCRIPT];
  if (typeof script !== 'function') {
    throw new Error(
      'the worklet script did not come with this bundle: copy paley/worklet/processor.js to the site and give its address, as in addPaleyModule(context, { url })',
    );
  }
  return `(${script})();`;
}

async function addFromBlob(worklet: AudioWorklet): Promise<void> {
  const blob = new Blob([await readScript()], { type: 'text/javascript' });
  const url = URL.createObjectURL(blob);
  try {
    await worklet.addModule(url);
  } catch (cause) {
    throw new Error(
      `the worklet script was refused as a Blob URL (${(cause as Error).message}); where the page's Content-Security-Policy has no blob: in script-src, copy paley/worklet/processor.js to the site and give its address, as in addPaleyModule(context, { url: '/processor.js' })`,
      { cause },
    );
  } finally {
    URL.revokeObjectURL(url);
  }
}

async function addFromUrl(worklet: AudioWorklet, url: string): Promise<void> {
  try {
    await worklet.addModule(url);
  } catch (cause) {
    throw new Error(
      `the worklet script was not found at ${url} (${(cause as Error).message}): put the package's file paley/worklet/processor.js there, served as text/javascript`,
      { cause },
    );
  }
}
