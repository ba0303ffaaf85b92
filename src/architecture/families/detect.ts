import { isUnknownMatrix } from "../places.ts";
import type { FamilyContext } from "./family.ts";
import { FAMILIES } from "./table.ts";

/** Which family a model is of, and how sure that is. */
export interface FamilyVerdict {
  readonly id: string | null;
  readonly title: string;
  /** `certain`: names and config agree; `likely`: one of the two; `unknown`: neither, and nothing is guessed. */
  readonly confidence: "certain" | "likely" | "unknown";
  readonly evidence: readonly string[];
  readonly remarks: readonly string[];
}

/** Holds names against the config's own word. The names win: they are what is stored. */
export function detectFamily(context: FamilyContext): FamilyVerdict {
  const claimed = context.claims.typeNames;
  const byConfig = FAMILIES.find((family) => family.modelTypes.some((type) => claimed.includes(type)));
  // Families share names, so the one that the config names is asked first. Names that also hold what no rule knows are
  // those of something new that borrows from a family.
  const byNames =
    byConfig?.matches(context) === true
      ? byConfig
      : context.places.some((place) => place.stack !== null && isUnknownMatrix(place))
        ? undefined
        : FAMILIES.find((family) => family.matches(context));
  // The names that would tell may be in a shard that is missing: then the config's word is the better one.
  const family = context.isComplete ? (byNames ?? byConfig) : (byConfig ?? byNames);
  if (family === undefined) {
    return { id: null, title: "unknown family", confidence: "unknown", evidence: [], remarks: [] };
  }
  const agree = byNames !== undefined && byNames === byConfig;
  const evidence = [
    ...(byNames === undefined ? [] : [`tensor names of ${byNames.title}`]),
    ...(byConfig === undefined ? [] : [`model_type of ${byConfig.title} in config.json`]),
  ];
  return {
    id: family.id,
    title: family.title,
    confidence: agree ? "certain" : "likely",
    evidence,
    remarks: family.remarks?.(context) ?? [],
  };
}
