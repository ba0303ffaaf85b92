import { UnfoldError } from "../errors.ts";
import { quoteForMessage } from "../format/escape.ts";
import type { Finding } from "./check.ts";

/** Findings that were there when the baseline was written, by what identifies them. */
export interface Baseline {
  readonly unfoldBaseline: 1;
  readonly findings: readonly BaselineEntry[];
}

export interface BaselineEntry {
  readonly rule: string;
  readonly component: string | null;
  readonly shard: string | null;
  readonly where: string | null;
  readonly found: string | null;
}

export function buildBaseline(findings: readonly Finding[]): Baseline {
  return { unfoldBaseline: 1, findings: findings.map(entryOf) };
}

/** Reads what the baseline `file` holds. Throws `USAGE` for anything but what `buildBaseline` writes. */
export function parseBaseline(value: unknown, file: string): Baseline {
  const refuse = (problem: string) =>
    new UnfoldError(
      "USAGE",
      { message: `${quoteForMessage(file)} is no baseline of unfold: ${problem}` },
      { hint: "--update-baseline writes one, to a name where nothing is yet or where one is." },
    );
  if (!isObject(value)) throw refuse("it must be an object");
  if (value.unfoldBaseline !== 1) throw refuse("unfoldBaseline must be 1");
  if (!Array.isArray(value.findings)) throw refuse("findings must be a list");
  const findings = value.findings.map((entry: unknown, at) => {
    const problem = problemOfEntry(entry);
    if (problem !== undefined) throw refuse(`findings[${at}]${problem}`);
    return entry as BaselineEntry;
  });
  return { unfoldBaseline: 1, findings };
}

const PLACES = ["component", "shard", "where", "found"] as const satisfies readonly (keyof BaselineEntry)[];

/** A place that is not named is one that the finding did not have. */
function problemOfEntry(entry: unknown): string | undefined {
  if (!isObject(entry)) return " must be an object";
  if (typeof entry.rule !== "string") return ".rule must be a text";
  const wrong = PLACES.find((place) => !isTextOrNothing(entry[place]));
  return wrong === undefined ? undefined : `.${wrong} must be a text or null`;
}

function isTextOrNothing(value: unknown): boolean {
  return value === undefined || value === null || typeof value === "string";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Accepts what a baseline lists, and tells what it lists that is there no more. */
export class BaselineMatcher {
  private readonly open = new Map<string, BaselineEntry>();
  private readonly known = new Set<string>();

  constructor(baseline: Baseline) {
    for (const entry of baseline.findings) {
      this.known.add(keyOf(entry));
      this.open.set(keyOf(entry), entry);
    }
  }

  accepts(finding: Finding): boolean {
    const key = keyOf(entryOf(finding));
    this.open.delete(key);
    return this.known.has(key);
  }

  /** Entries that no finding met: the fault was mended, the entry can go. */
  stale(): readonly BaselineEntry[] {
    return [...this.open.values()];
  }
}

function entryOf({ rule, component, shard, where, found }: Finding): BaselineEntry {
  return { rule, component, shard, where, found };
}

function keyOf({ rule, component, shard, where, found }: BaselineEntry): string {
  return JSON.stringify([rule, component ?? null, shard ?? null, where ?? null, found ?? null]);
}
