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

/**
 * The configuration's own word comes first: families borrow names from one another, and a model of another family's names
 * is not of it. Names alone decide only where nothing is stated.
 */
export function detectFamily(context: FamilyContext): FamilyVerdict {
  const { claims } = context;
  const claimed = FAMILIES.filter(({ modelTypes }) =>
    modelTypes.some((type) => claims.typeNames.includes(type)),
  );
  // One type may serve two families (DeepSeek-OCR calls its text part deepseek_v2): there the names decide.
  const fitting = claimed.find((family) => family.matches(context));
  const byConfig = fitting ?? claimed[0];
  if (byConfig !== undefined) {
    const agrees = fitting !== undefined;
    const evidence = [
      ...(agrees ? [`tensor names of ${byConfig.title}`] : []),
      `model_type of ${byConfig.title} in config.json`,
    ];
    return verdict(byConfig, agrees ? "certain" : "likely", evidence, context);
  }
  return ofItsOwn(claims) ?? byNames(context) ?? UNKNOWN_FAMILY;
}

const UNKNOWN_FAMILY: FamilyVerdict = {
  id: null,
  title: "unknown family",
  confidence: "unknown",
  evidence: [],
  remarks: [],
  traits: {},
};

/**
 * A type without a row here is a family of its own, called as its class is; nothing else is known of its code. Also what a
 * model is called that only holds a part of a known family.
 */
export function ofItsOwn({ typeNames, modelType, architecture }: Claims): FamilyVerdict | undefined {
  const type = modelType ?? typeNames[0];
  if (type === undefined) return undefined;
  return {
    id: type,
    title: ownTitle(type, architecture),
    confidence: "likely",
    evidence: [`model_type ${type} in config.json`],
    remarks: [],
    traits: {},
  };
}

/** Types that a configuration may call a family by; none for what is no row here. */
export function typesOf(id: string): readonly string[] {
  return FAMILIES.find((family) => family.id === id || family.called?.[id] !== undefined)?.modelTypes ?? [];
}

/** `JetMoe` of JetMoeForCausalLM; the type as it stands where the class is called otherwise. */
function ownTitle(type: string, architecture: string | undefined): string {
  // `LayoutLM` is a name that ends like a class.
  const whole = architecture?.replace(/(?:For[A-Z]\w*|Model)$/, "") ?? "";
  if (plain(whole) === plain(type)) return whole;
  const stem = architecture?.replace(CLASS_ENDING, "") ?? "";
  const [a, b] = [plain(stem), plain(type)];
  return a !== "" && (a.startsWith(b) || b.startsWith(a)) ? stem : type;
}

/** What the name of a class says of its head. */
const CLASS_ENDING =
  /(?:For[A-Z]\w*|(?:With)?LM(?:Head)?Model\w*|DoubleHeadsModel|(?:Text|Vision|Audio)?(?:Encoder|Decoder)?Model\w*)$/;

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}

/** Names that also hold what no rule knows are those of something new that borrows from a family. */
function byNames(context: FamilyContext): FamilyVerdict | undefined {
  if (context.tensorRoles.some((tensorRole) => tensorRole.stack !== null && isUnknownMatrix(tensorRole)))
    return undefined;
  const family = FAMILIES.find((each) => each.matches(context));
  return family && verdict(family, "likely", [`tensor names of ${family.title}`], context);
}

function verdict(
  family: Family,
  confidence: "certain" | "likely",
  evidence: readonly string[],
  context: FamilyContext,
): FamilyVerdict {
  const { called = {} } = family;
  const own = context.claims.typeNames.find((type) => called[type] !== undefined);
  return {
    id: own ?? family.id,
    title: own === undefined ? family.title : (called[own] as string),
    confidence,
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
