import type { PlaceRow } from "../architecture/place-rows.ts";
import type { PlaceSet } from "../checkpoint/place-set.ts";
import type { Fault, Severity } from "../faults/fault.ts";
import type { Need } from "./needs.ts";
import type { Subject } from "./subject.ts";

export { SEVERITIES, type Severity } from "../faults/fault.ts";

/** One thing that a check saw, before it is put into words. What does not apply is left out. */
export interface Seen {
  /** Another severity than the check's own, where the circumstances call for it. */
  readonly severity?: Severity;
  readonly shard?: string | null;
  /** The modules or tensors it is about; the component as a whole unless said. */
  readonly at?: PlaceSet;
  /** The place as printed, where that is another form than that of `at`; null for none. */
  readonly where?: string | null;
  /** The places as data, where these are more, or more exact, than the one that is printed. */
  readonly places?: readonly PlaceSet[];
  /** How many there are in all; as many as there are places unless said. */
  readonly count?: number;
  readonly expected?: string | null;
  readonly found?: string | null;
  /** The contradiction that it tells, null for what is seen beyond those of one component. */
  readonly fault?: Fault;
  /** Whether it is said of the source as a whole: of parts beside each other, and of none of them. */
  readonly isOfSource?: boolean;
  /** What to do in this case, where that is more exact than the check's own advice. */
  readonly fix?: string;
}

/** What a check is about: the sections of the list of checks. */
export const FAMILIES = {
  files: "Files",
  index: "Index and shards",
  quantization: "Quantization",
  structure: "Structure",
  config: "Configuration",
  adapter: "Adapters",
  original: "Against the original",
  request: "Asked for",
  engine: "Engines",
} as const;
export type Family = keyof typeof FAMILIES;

/** An opinion about a checkpoint: what is looked for, how it is worded, what to do about it. */
export interface Check<S extends Seen = Seen> {
  /** Kebab-case noun for the failing state; stays once released. */
  readonly id: string;
  readonly family: Family;
  readonly severity: Severity;
  readonly title: string;
  /** Facts without which the check says nothing: it is then skipped, with the reason. */
  readonly needs: readonly Need[];
  /** Why it cannot be made here, beyond those facts; null where it can. */
  lack?(subject: Subject): string | null;
  find(subject: Subject): readonly S[];
  /** One sentence, or what is said of the place. Outside strings in it are quoted with `quoteForMessage`. */
  message(seen: S, where: string | null): string | Saying;
  readonly fix: string;
  /** The page that `unfold explain` prints, Markdown. */
  readonly page: string;
}

/** What is said of a place, which stands before it. */
export interface Saying {
  readonly says: string;
  readonly joint: " " | ": ";
}

/** `"model.norm.weight" is [0]`: the rest of a sentence about the place. */
export function predicate(says: string): Saying {
  return { says, joint: " " };
}

/** `"model.norm.weight": expected [4], found none`: a remark on the place. */
export function remark(says: string): Saying {
  return { says, joint: ": " };
}

/** Types a check by what it sees, so that wording and logic agree; the registry holds them all alike. */
export function defineCheck<S extends Seen>(check: Check<S>): Check {
  return check as unknown as Check;
}

/** A finding as reports have it; fields that do not apply are null. */
export interface Finding {
  readonly rule: string;
  /** What the other views call it (`MISSING_SCALE`, `shape.kv`), null for what check alone finds. */
  readonly code: string | null;
  readonly severity: Severity;
  readonly message: string;
  /** What the message says of its place, without the place; null where it is about the whole. */
  readonly says: string | null;
  readonly shard: string | null;
  /** The file to open about it: the shard, the configuration, the index, or the shard of what is named first. */
  readonly file: string | null;
  readonly modules: readonly string[];
  readonly count: number;
  readonly where: string | null;
  /** The places as data, all of them. */
  readonly places: readonly PlaceRow[];
  readonly expected: string | null;
  readonly found: string | null;
  readonly fix: string;
  /** Rules of the findings that explain this one: it is then told by them, and counts for nothing itself. */
  readonly because: readonly string[];
  readonly help: string;
  /** The component it is about, where the source holds several; null for the source as a whole. */
  readonly component: string | null;
}
