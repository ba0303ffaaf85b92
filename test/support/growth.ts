/** Runs of each size, of which the quickest counts: the others were disturbed. */
const RUNS = 3;

/**
 * How many times more work the larger of two inputs takes than the smaller, by the processor time of this process: what else the
 * machine does is not in it. Twice the input is 2 for what is linear and 4 for what compares each with each.
 */
export function growthOf(run: (size: number) => void, small: number, large: number): number {
  const least = (size: number) =>
    Math.min(...Array.from({ length: RUNS }, () => processorTime(() => run(size))));
  least(small); // compiles what is to be measured
  return least(large) / least(small);
}

/** The same of runs that are waited for. */
export async function growthOfRuns(
  run: (size: number) => Promise<void>,
  small: number,
  large: number,
): Promise<number> {
  const least = async (size: number): Promise<number> => {
    let best = Number.POSITIVE_INFINITY;
    for (let k = 0; k < RUNS; k++) {
      const before = process.cpuUsage();
      await run(size);
      const { user, system } = process.cpuUsage(before);
      best = Math.min(best, Math.max(1, user + system));
    }
    return best;
  };
  await least(small);
  const before = await least(small);
  return (await least(large)) / before;
}

function processorTime(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return Math.max(1, user + system);
}

/** A list that counts how often one of its entries is read. */
export function countingReads<List extends ArrayLike<unknown> & object>(
  list: List,
): { list: List; reads: () => number } {
  let reads = 0;
  const counting = new Proxy(list, {
    get(target, key) {
      if (typeof key === "string" && /^\d/.test(key)) reads++;
      return Reflect.get(target, key, target) as unknown;
    },
  });
  return { list: counting, reads: () => reads };
}
