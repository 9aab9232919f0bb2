/**
 * AudioWorkletNode as a base class that need not be there yet: a server that renders pages imports the class, too, and in
 * Node it comes from a package.
 */

type NodeConstructor = typeof AudioWorkletNode;

let found: NodeConstructor | undefined;

function LateNode(this: unknown, context: BaseAudioContext, name: string, options: AudioWorkletNodeOptions): object {
  if (found === undefined) throw new TypeError('PaleyNode expected addPaleyModule(context) to have been awaited first');
  try {
    return Reflect.construct(found, [context, name, options], new.target);
  } catch (cause) {
    if ((cause as Error).name !== 'InvalidStateError' && (cause as Error).name !== 'Error') throw cause;
    throw new Error(
      `the context has no processor '${name}' (${(cause as Error).message}): await addPaleyModule(context) first, and where it was given a url, look whether that is the file paley/worklet/processor.js`,
      { cause },
    );
  }
}

/** What PaleyNode extends: an AudioWorkletNode in every respect from `useAudioWorkletNode` on. */
export const LateAudioWorkletNode = LateNode as unknown as NodeConstructor;

/** Puts the class in that makes the nodes of the contexts in use. */
export function useAudioWorkletNode(nodeClass: NodeConstructor): void {
  found = nodeClass;
  Object.setPrototypeOf(LateNode.prototype, nodeClass.prototype);
}
