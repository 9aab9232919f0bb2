// Measuring beside others: what a machine does in a microsecond changes by a third within seconds, with its clock and with
// its neighbours. So contestants take turns, a time is the least or the median of a contestant's turns, and a ratio is taken
// within a round.

/** Seconds of one call of each contestant in every round: `times[contestant][round]`. The first rounds are thrown away. */
export function takeTurns(contestants, { rounds, calls = 1, warmingRounds = 0 }) {
  const times = contestants.map(() => []);
  for (let round = -warmingRounds; round < rounds; round++) {
    for (const [index, work] of contestants.entries()) {
      const start = performance.now();
      for (let call = 0; call < calls; call++) work();
      if (round >= 0) times[index].push((performance.now() - start) / 1000 / calls);
    }
  }
  return times;
}

/** Seconds that `work` takes, the least of `repeats`: whatever else the machine does only ever adds. */
export function leastSeconds(repeats, work) {
  return Math.min(...takeTurns([work], { rounds: repeats })[0]);
}

/** The middle value, or the mean of the two. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

/** The median over the rounds of one contestant's time to another's. */
export const ratioOf = (times, toTimes) => median(times.map((time, round) => time / toTimes[round]));
