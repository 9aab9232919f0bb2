/**
 * The colours of the spectrograms: 256 steps from near black through violet, red and orange to pale yellow. Lightness
 * rises in equal steps of OKLab (Björn Ottosson, "A perceptual color space for image processing", 2020), so that equal
 * differences in dB look equally large and the figure survives grey printing; the idea of such maps is that of Smith and
 * van der Walt's viridis and inferno (2015), the path through the colours is our own.
 */

const DARKEST = 0.13;
const LIGHTEST = 0.975;

/** Hue in degrees at equal steps of lightness; it runs up from blue-violet through red, past 360, to yellow. */
const HUES = [285, 298, 322, 352, 380, 402, 426, 452, 466];
/** The colourfulness wished for at the same steps; where the screen cannot show it, as much as it can. */
const CHROMAS = [0.04, 0.12, 0.165, 0.185, 0.2, 0.185, 0.165, 0.15, 0.06];

function between(points: readonly number[], t: number): number {
  const x = t * (points.length - 1);
  const i = Math.min(points.length - 2, Math.floor(x));
  return points[i] + (points[i + 1] - points[i]) * (x - i);
}

/** OKLab to linear sRGB, by the matrices of Ottosson's page. */
function linearRgb(lightness: number, a: number, b: number): [number, number, number] {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

/** The transfer curve of IEC 61966-2-1, as a byte. */
function screenByte(linear: number): number {
  const value = linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
  return Math.round(255 * Math.min(1, Math.max(0, value)));
}

function colour(t: number): [number, number, number] {
  const lightness = DARKEST + (LIGHTEST - DARKEST) * t;
  const angle = (between(HUES, t) * Math.PI) / 180;
  const at = (chroma: number) => linearRgb(lightness, chroma * Math.cos(angle), chroma * Math.sin(angle));
  const shows = (chroma: number) => at(chroma).every((value) => value >= 0 && value <= 1);
  let chroma = between(CHROMAS, t);
  if (!shows(chroma)) {
    let low = 0;
    for (let high = chroma, i = 0; i < 20; i++) {
      const middle = (low + high) / 2;
      if (shows(middle)) low = middle;
      else high = middle;
    }
    chroma = low;
  }
  const [red, green, blue] = at(chroma);
  return [screenByte(red), screenByte(green), screenByte(blue)];
}

/** The palette: red, green, blue of `steps` colours, dark to light, 0 … 255. */
export function colourMap(steps = 256): Uint8Array {
  const out = new Uint8Array(3 * steps);
  for (let i = 0; i < steps; i++) out.set(colour(steps > 1 ? i / (steps - 1) : 0), 3 * i);
  return out;
}
