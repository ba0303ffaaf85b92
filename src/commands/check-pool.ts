import type { Io } from "../terminal/io.ts";
import type { CheckCommandOptions } from "./check-options.ts";
import type { CheckSetup } from "./check-run.ts";
import { checkSource, type Listed, type Outcome } from "./check-source.ts";
import { partsOf } from "./open.ts";

/** Sources at once: reading one waits for the line while another is judged. */
const DEFAULT_JOBS = 4;

/** As many at once as asked for, started in the order of the list; `take` gets each as it ends. */
export async function checkAll(
  io: Io,
  listed: readonly Listed[],
  options: CheckCommandOptions,
  setup: CheckSetup,
  jobs: number = DEFAULT_JOBS,
  take: (outcome: Outcome) => Promise<void>,
): Promise<void> {
  const { part, end } = partsOf(io, options.timeout);
  const next = listed[Symbol.iterator]();
  let isOver = false;
  const work = async () => {
    for (let turn = next.next(); !turn.done && !isOver; turn = next.next()) {
      const outcome = await checkSource(part(), turn.value, options, setup);
      // What was under way at the end of the run was cut off, and says nothing of the source.
      end.throwIfAborted();
      if (!isOver) await take(outcome);
    }
  };
  try {
    await Promise.all(Array.from({ length: jobs }, work));
  } finally {
    isOver = true;
  }
}
