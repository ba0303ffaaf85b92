import { type Disagreement, findDisagreements } from "../architecture/config-checks.ts";
import { escapeForTerminal } from "../format/escape.ts";
import { type Check, defineCheck, type Seen } from "./check.ts";
import type { Subject } from "./subject.ts";

interface Disagreed extends Seen {
  readonly about: Disagreement;
}

/** A check of some of the comparisons between `config.json` and the headers, by their ids. */
export function fromConfig(
  ids: readonly string[],
  check: Omit<Check, "find" | "message" | "needs"> & {
    /** Words of its own, where the usual ones read badly. */
    readonly tell?: (disagreement: Disagreement) => string;
  },
  isMeant: (disagreement: Disagreement, subject: Subject) => boolean = () => true,
): Check {
  const { tell = tellUsually, ...rest } = check;
  return defineCheck<Disagreed>({
    ...rest,
    needs: ["whole", "config", "layers"],
    find: (subject) =>
      findDisagreements(subject.model)
        .filter((disagreement) => ids.includes(disagreement.id) && isMeant(disagreement, subject))
        .map((about) => ({
          severity: about.severity,
          expected: about.config,
          found: about.headers,
          about,
        })),
    message: ({ about }) => escapeForTerminal(tell(about)),
  });
}

function tellUsually({ subject, config, headers }: Disagreement): string {
  return `${subject}: the configuration says ${config}, the headers ${headers}`;
}
