import type { Disagreement } from "../architecture/config-checks/comparing.ts";
import { compareWithConfig } from "../architecture/config-checks/find.ts";
import { countShown } from "../format/shown.ts";
import { type Check, defineCheck, type Seen } from "./check.ts";
import { namesOfPattern } from "./places.ts";
import type { Subject } from "./subject.ts";

interface Disagreed extends Seen {
  readonly about: Disagreement;
}

/** Patterns shown of one disagreement, and names given in full. */
const MAX_SHOWN = 3;

/**
 * A check of some of the comparisons between `config.json` and the headers, by their ids. Where none of them could be
 * made it is skipped, with the reason of the first.
 */
export function fromConfig(
  ids: readonly string[],
  check: Omit<Check, "find" | "message" | "needs" | "lack"> & {
    /** Words of its own, where the usual ones read badly. */
    readonly tell?: (disagreement: Disagreement) => string;
  },
  isMeant: (disagreement: Disagreement, subject: Subject) => boolean = () => true,
): Check {
  const { tell = tellUsually, ...rest } = check;
  return defineCheck<Disagreed>({
    ...rest,
    needs: ["whole", "config", "layers"],
    lack: ({ model }) => {
      const { made, lacks } = compareWithConfig(model);
      if (ids.some((id) => made.has(id))) return null;
      return (
        ids.map((id) => lacks.get(id)).find((reason) => reason !== undefined) ?? "there is nothing to compare"
      );
    },
    find: (subject) =>
      compareWithConfig(subject.model)
        .disagreements.filter(
          (disagreement) => ids.includes(disagreement.id) && isMeant(disagreement, subject),
        )
        .map((about) => ({
          ...placesOfTensors(about),
          severity: about.severity,
          expected: about.config,
          found: about.headers,
          about,
        })),
    message: ({ about }) => tell(about),
  });
}

function tellUsually({ subject, config, headers, basis }: Disagreement): string {
  return basis === "config"
    ? `${subject}: the configuration says ${config}, the headers ${headers}`
    : `${subject}: ${config} expected, ${headers} stored`;
}

/** Where it was seen: the tensors that a disagreement is about, none for one about the whole model. */
function placesOfTensors({ tensors, count }: Disagreement): Pick<Seen, "where" | "modules" | "count"> {
  if (tensors.length === 0) return {};
  const shown = tensors.slice(0, countShown(tensors.length, MAX_SHOWN));
  const rest = tensors.length - shown.length;
  return {
    where: `${shown.join(", ")}${rest === 0 ? "" : ` and ${rest} more`}`,
    modules: tensors.flatMap(namesOfPattern).slice(0, MAX_SHOWN),
    count,
  };
}
