import type { Claims } from "../../checkpoint/claims.ts";
import { isUnknownMatrix } from "../tensor-roles.ts";
import type { Family, FamilyContext } from "./family.ts";
import { FAMILIES } from "./table.ts";
import type { Traits } from "./traits.ts";

/** Which family a model is of, and how sure that is. */
export interface FamilyVerdict {
  readonly id: string | null;
  readonly title: string;
  /** `certain`: names and config agree; `likely`: one of the two; `unknown`: neither, and nothing is guessed. */
  readonly confidence: "certain" | "likely" | "unknown";
  readonly evidence: readonly string[];
  readonly remarks: readonly string[];
  /** What the code of the family does; of the claimed type's own where it is one of the family's. */
  readonly traits: Traits;
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
    return {
      id: null,
      title: "unknown family",
      confidence: "unknown",
      evidence: [],
      remarks: [],
      traits: {},
    };
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
    traits: traitsWithin(family, context.claims),
  };
}

/** What the code does that the configuration names; nothing where it names none that is known. */
export function claimedTraits(claims: Claims): Traits {
  const family = claims.typeNames.map(familyOfType).find((found) => found !== undefined);
  return family === undefined ? {} : traitsWithin(family, claims);
}

function familyOfType(type: string): Family | undefined {
  return FAMILIES.find(({ modelTypes }) => modelTypes.includes(type));
}

function traitsWithin(family: Family, claims: Claims): Traits {
  const ofType = claims.typeNames
    .map((type) => family.traits?.get(type))
    .find((found) => found !== undefined);
  return { ...family, ...ofType };
}
