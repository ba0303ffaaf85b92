import type { Need } from "./needs.ts";
import type { Subject } from "./subject.ts";

/** From worst to mildest. */
export const SEVERITIES = ["error", "warning", "info"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** One thing that a check saw, before it is put into words. What does not apply is left out. */
export interface Seen {
  /** Another severity than the check's own, where the circumstances call for it. */
  readonly severity?: Severity;
  readonly shard?: string | null;
  /** The first few modules or tensors it is about, by full name. */
  readonly modules?: readonly string[];
  /** How many there are in all; 1 unless said. */
  readonly count?: number;
  /** All of them as one pattern: `model.layers.{0-61}.mlp.experts.7.w1`. */
  readonly where?: string | null;
  readonly expected?: string | null;
  readonly found?: string | null;
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
  /** One sentence. Outside strings in it are quoted with `quoteForMessage`. */
  message(seen: S): string;
  readonly fix: string;
  /** The page that `unfold explain` prints, Markdown. */
  readonly page: string;
}

/** Types a check by what it sees, so that wording and logic agree; the registry holds them all alike. */
export function defineCheck<S extends Seen>(check: Check<S>): Check {
  return check as unknown as Check;
}

/** A finding as reports have it; fields that do not apply are null. */
export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  readonly shard: string | null;
  /** The file to open about it: the shard, the configuration, the index, or the shard of what is named first. */
  readonly file: string | null;
  readonly modules: readonly string[];
  readonly count: number;
  readonly where: string | null;
  readonly expected: string | null;
  readonly found: string | null;
  readonly fix: string;
  readonly help: string;
  /** The component it is about, where the source holds several; null for the source as a whole. */
  readonly component: string | null;
}
