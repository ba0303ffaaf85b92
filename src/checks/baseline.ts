import { UnfoldError } from "../errors.ts";
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

/** Reads a baseline file's content. Throws `USAGE` for anything else. */
export function parseBaseline(value: unknown): Baseline {
  const { unfoldBaseline, findings } = (value ?? {}) as Partial<Record<keyof Baseline, unknown>>;
  const isEntry = (entry: unknown) =>
    typeof entry === "object" && entry !== null && typeof (entry as BaselineEntry).rule === "string";
  if (unfoldBaseline !== 1 || !Array.isArray(findings) || !findings.every(isEntry))
    throw new UnfoldError(
      "USAGE",
      { message: "the baseline is no baseline of unfold" },
      { hint: "Write one with --update-baseline." },
    );
  return { unfoldBaseline: 1, findings: findings as BaselineEntry[] };
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
