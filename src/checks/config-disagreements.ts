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
  check: Omit<Check, "find" | "message" | "needs">,
  isMeant: (disagreement: Disagreement, subject: Subject) => boolean = () => true,
): Check {
  return defineCheck<Disagreed>({
    ...check,
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
    message: ({ about }) =>
      escapeForTerminal(
        `${about.subject}: the configuration says ${about.config}, the headers ${about.headers}`,
      ),
  });
}
