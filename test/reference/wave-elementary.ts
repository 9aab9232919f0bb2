/** The elementary functions of docs/BITSTREAM.md 8.13, of + − × ÷ in the order that stands there, all float64. */

/** 1/n!, n! being exact. */
function inverseFactorial(n: number): number {
  let factorial = 1;
  for (let i = 2; i <= n; i++) factorial *= i;
  return 1 / factorial;
}

/** sin x, 0 ≤ x ≤ π/4. */
function smallSine(x: number): number {
  const square = x * x;
  let t = 0;
  for (let n = 17; n >= 3; n -= 2) t = (n % 4 === 1 ? 1 : -1) * inverseFactorial(n) + t * square;
  return x + x * (square * t);
}

/** cos x, 0 ≤ x ≤ π/4. */
function smallCosine(x: number): number {
  const square = x * x;
  let t = 0;
  for (let n = 18; n >= 4; n -= 2) t = (n % 4 === 0 ? 1 : -1) * inverseFactorial(n) + t * square;
  return 1 - (0.5 * square - square * square * t);
}

/** sin πx, 0 ≤ x ≤ 1/2. */
export function sineOfTurns(x: number): number {
  return x <= 0.25 ? smallSine(Math.PI * x) : smallCosine(Math.PI * (0.5 - x));
}

/** cos πx, 0 ≤ x ≤ 1/2. */
export function cosineOfTurns(x: number): number {
  return x <= 0.25 ? smallCosine(Math.PI * x) : smallSine(Math.PI * (0.5 - x));
}

/** e^x, 0 ≤ x ≤ 20. */
export function exponential(x: number): number {
  const n = Math.floor(x / Math.LN2 + 0.5);
  const rest = x - n * 0.6931471803691238 - n * 1.9082149292705877e-10;
  let t = 0;
  for (let i = 16; i >= 2; i--) t = inverseFactorial(i) + t * rest;
  return (1 + (rest + rest * rest * t)) * 2 ** n;
}
