// The transform as anybody would write it, timed in a process of its own: how fast the loop comes out of the JIT
// compiler changes from process to process. Arguments: log2 of the sizes; prints a line "log nanoseconds" for each.
function plainFwht(x) {
  const n = x.length;
  for (let h = 1; h < n; h *= 2) {
    for (let i = 0; i < n; i += 2 * h) {
      for (let j = i; j < i + h; j++) {
        const a = x[j];
        const b = x[j + h];
        x[j] = a + b;
        x[j + h] = a - b;
      }
    }
  }
}

const warm = new Float32Array(1024);
for (let call = 0; call < 2000; call++) plainFwht(warm);
for (const log of process.argv.slice(2).map(Number)) {
  const x = new Float32Array(2 ** log);
  const calls = Math.max(1, Math.round(2e5 / (log * x.length)));
  let least = Infinity;
  for (let repeat = 0; repeat < (log > 16 ? 4 : 12); repeat++) {
    const start = process.hrtime.bigint();
    for (let call = 0; call < calls; call++) plainFwht(x);
    least = Math.min(least, Number(process.hrtime.bigint() - start) / calls);
  }
  console.log(`${log} ${least}`);
}
