/**
 * The worklet script: registers the processor. Built into one file without imports or exports by
 * scripts/build-worklet.mjs; all it touches is what the scope of an AudioWorklet has.
 */
import { ProcessorCore } from './_processor-core.js';
import { type FromProcessor, PROCESSOR, type ProcessorSetup, type ToProcessor } from './_protocol.js';
import type { RunnerParameters } from './runner.js';

declare const registerProcessor: (name: string, processor: unknown) => void;
declare const AudioWorkletProcessor: new () => { readonly port: MessagePort };

const NO_PLANES: readonly Float32Array[] = [];

class PaleyProcessor extends AudioWorkletProcessor {
  static get parameterDescriptors() {
    return [
      { name: 'gain', defaultValue: 1, automationRate: 'a-rate' },
      { name: 'bypass', defaultValue: 0, minValue: 0, maxValue: 1, automationRate: 'a-rate' },
      { name: 'ratio', defaultValue: 1, minValue: 1 / 256, maxValue: 256, automationRate: 'k-rate' },
      { name: 'bits', defaultValue: 0, minValue: 0, maxValue: 32, automationRate: 'k-rate' },
    ];
  }

  #core: ProcessorCore | undefined;

  constructor({ processorOptions }: { processorOptions: ProcessorSetup }) {
    super();
    try {
      this.#core = new ProcessorCore(processorOptions);
    } catch (error) {
      // What a browser tells the page of an error thrown here is that there was one.
      const { name, message } = error as Error;
      this.#post({ type: 'error', name, message });
      throw error;
    }
    this.port.onmessage = ({ data }: MessageEvent<ToProcessor>) => this.#take(data);
    // In Node an open port would keep the process alive.
    (this.port as { unref?: () => void }).unref?.();
    this.#post({ type: 'ready' });
  }

  process(
    inputs: readonly (readonly Float32Array[])[],
    outputs: readonly (readonly Float32Array[])[],
    parameters: unknown,
  ): boolean {
    const core = this.#core;
    if (core === undefined) return false;
    const input = inputs.length > 0 ? inputs[0] : NO_PLANES;
    const output = outputs.length > 0 ? outputs[0] : NO_PLANES;
    core.render(input, output, parameters as RunnerParameters);
    return true;
  }

  #take(message: ToProcessor): void {
    if (message.type === 'exchange') {
      this.#core?.exchange(message.buffer);
      this.#post({ type: 'exchange', buffer: message.buffer }, [message.buffer]);
    } else if (message.type === 'flush') {
      this.#core?.flush();
    } else {
      this.#core?.dispose();
      this.#core = undefined;
      this.port.close();
    }
  }

  #post(message: FromProcessor, transfer: Transferable[] = []): void {
    this.port.postMessage(message, transfer);
  }
}

registerProcessor(PROCESSOR, PaleyProcessor);
