import { colourMap } from '../../dist/measure/index.js';

/** A spectrogram that scrolls: a column of the canvas for each frame drawn, low frequencies at the bottom. */

const FLOOR_DECIBELS = -110;
const CEILING_DECIBELS = -25;

const COLOURS = 256;
const palette = colourMap(COLOURS);

export class Spectrogram {
  #canvas;
  #context;
  #column;
  #decibels = new Float32Array(0);

  constructor(canvas) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d', { willReadFrequently: true });
    this.#column = this.#context.createImageData(2, canvas.height);
  }

  /** Moves all to the left and draws what the analyser hears now. */
  draw(analyser) {
    const { width, height } = this.#canvas;
    const bins = analyser.frequencyBinCount;
    if (this.#decibels.length !== bins) this.#decibels = new Float32Array(bins);
    analyser.getFloatFrequencyData(this.#decibels);
    const { data, width: columnWidth } = this.#column;
    for (let row = 0; row < height; row++) {
      const bin = Math.floor(((height - 1 - row) / height) * bins);
      const share = (this.#decibels[bin] - FLOOR_DECIBELS) / (CEILING_DECIBELS - FLOOR_DECIBELS);
      const step = 3 * Math.round(Math.max(0, Math.min(1, share)) * (COLOURS - 1));
      for (let x = 0; x < columnWidth; x++) {
        data.set(palette.subarray(step, step + 3), 4 * (row * columnWidth + x));
        data[4 * (row * columnWidth + x) + 3] = 255;
      }
    }
    this.#context.drawImage(this.#canvas, -columnWidth, 0);
    this.#context.putImageData(this.#column, width - columnWidth, 0);
  }
}
