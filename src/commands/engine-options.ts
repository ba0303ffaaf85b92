import { findGpu, GPUS, type Gpu } from "../engines/gpus.ts";
import { ENGINE_NAMES, ENGINES, type EngineName, parseEngine } from "../engines/names.ts";
import type { Plan } from "../engines/plan.ts";
import { UnfoldError } from "../errors.ts";
import { quoteForMessage } from "../format/escape.ts";
import { findNearest } from "../format/nearest.ts";
import { underOption } from "./options.ts";

/** The engines of `--engine`, each once; `all` stands for every one, and names none. */
export function readEngineNames(asked: readonly string[]): {
  readonly engines: readonly EngineName[];
  readonly isNamed: boolean;
} {
  if (asked.some((each) => each.toLowerCase() === "all")) return { engines: ENGINE_NAMES, isNamed: false };
  const engines = asked.map((text) => {
    const found = parseEngine(text);
    if (found === undefined) throw unknownEngine(text);
    const { version } = ENGINES[found.engine];
    // A verdict holds for the release it is made for, and is said for no other.
    if (found.version !== null && found.version !== version)
      throw new UnfoldError(
        "USAGE",
        {
          message: `${found.engine} is judged as of ${version}; of ${quoteForMessage(found.version)} there are no tables`,
        },
        { hint: `Ask for ${found.engine}, and mind the version in the verdict.` },
      );
    return found.engine;
  });
  return { engines: [...new Set(engines)], isNamed: true };
}

function unknownEngine(text: string): UnfoldError {
  const near = findNearest(text.toLowerCase(), [...ENGINE_NAMES, "all"]);
  const hint = near === undefined ? `Engines: ${ENGINE_NAMES.join(", ")}, all.` : `Did you mean ${near}?`;
  return new UnfoldError("USAGE", { message: `there is no engine ${quoteForMessage(text)}` }, { hint });
}

/** The plan of the command line: one GPU each, unless it says otherwise. */
export function readPlan(options: {
  readonly tp?: number;
  readonly ep?: number;
  readonly pp?: number;
  readonly gpu?: string;
  readonly dtype?: string;
}): Plan {
  const { tp = 1, ep = 1, pp = 1, gpu, dtype = "auto" } = options;
  return { tp, ep, pp, gpu: gpu === undefined ? null : underOption("--gpu", () => readGpu(gpu)), dtype };
}

export function readGpu(text: string): Gpu {
  const gpu = findGpu(text);
  if (gpu !== undefined) return gpu;
  const near = findNearest(
    text,
    GPUS.flatMap(({ names }) => names),
  );
  const hint = near === undefined ? "unfold fit --gpu all lists them." : `Did you mean ${near}?`;
  throw new UnfoldError("USAGE", { message: `there is no GPU ${quoteForMessage(text)}` }, { hint });
}
