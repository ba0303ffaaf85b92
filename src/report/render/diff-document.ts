import type { ChangedRow, DiffResult, DiffRow, Sides } from "../../analysis/diff.ts";
import { formatBytes } from "../../format/bytes.ts";
import { formatCount } from "../../format/count.ts";
import { shortenMiddle } from "../../format/escape.ts";
import { summarizePattern } from "../../format/ranges.ts";
import type { Report } from "../report.ts";
import type { Block } from "./document.ts";
import { titleOf } from "./phrases.ts";

/** One component of a comparison; a side that lacks it is null. */
export interface ComponentDiff extends DiffResult {
  readonly component: string;
}

export interface DiffReport {
  readonly same: boolean;
  /** What it is compared with: the source on the left. */
  readonly before: Report["source"];
  readonly components: readonly ComponentDiff[];
  /** Components that only one side has. */
  readonly onlyBefore: readonly string[];
  readonly onlyAfter: readonly string[];
}

/** What changed, from the left source to the right one. */
export function diffDocument(report: Report<DiffReport>): Block[] {
  const { components, same, onlyBefore, onlyAfter, before } = report.result;
  const lines = [
    `compared with ${before.id}${before.revision === null ? "" : `@${before.revision}`}`,
    ...onlyBefore.map((name) => `component ${name} is removed`),
    ...onlyAfter.map((name) => `component ${name} is added`),
    ...(same ? [sameWords(components)] : []),
  ];
  return [
    titleOf(report),
    { kind: "lines", lines },
    ...components
      .filter((component) => !component.same)
      .flatMap((component) => describe(component, components.length > 1, report.checkpoint.whole)),
  ];
}

function sameWords(components: readonly ComponentDiff[]): string {
  const isCompared = components.some(({ configs }) => configs.changes !== null);
  return isCompared
    ? "no difference in tensors and configurations"
    : "no difference in tensors; one side has no configuration to compare";
}

function fingerprintWords({ fingerprints: { before, after } }: ComponentDiff): string {
  return before === after ? `${after}, the same` : `${before} → ${after}`;
}

function describe(diff: ComponentDiff, isNamed: boolean, isWhole: boolean): Block[] {
  const { totals, renamed } = diff;
  const facts: Block = {
    kind: "facts",
    rows: [
      ["parameters", change(totals.parameters, formatCount) + ratioWords(totals.parameters)],
      [
        "bytes",
        change(totals.bytes, (bytes) => `${formatCount(bytes)} (${formatBytes(bytes)})`) +
          ratioWords(totals.bytes),
      ],
      ["tensors", change(totals.tensors, formatCount)],
      ...(renamed === null ? [] : [["prefix", `"${renamed.before}" → "${renamed.after}"`] as const]),
      ["unchanged", formatCount(diff.unchanged)],
      ["fingerprint", fingerprintWords(diff)],
    ],
  };
  return [
    ...(isNamed ? [{ kind: "heading", text: `Component ${diff.component}` } as const] : []),
    facts,
    ...rows("Removed", diff.removed, isWhole ? undefined : "or in a shard that is missing"),
    ...rows("Added", diff.added),
    ...changes(
      "Reshaped",
      diff.changed.filter(({ what }) => what === "shape"),
    ),
    ...changes(
      "Stored differently",
      diff.changed.filter(({ what }) => what === "storage"),
    ),
    ...configuration(diff),
  ];
}

/** Characters of a setting's value on a screen: lists of layers have thousands, and JSON has all of them. */
const MAX_VALUE = 60;

function configuration({ configs: { changes, more } }: ComponentDiff): Block[] {
  if (changes === null)
    return [{ kind: "lines", lines: ["configurations: one side has none"], isApart: true }];
  if (changes.length === 0) return [];
  const value = (text: string | null) => (text === null ? "not there" : shortenMiddle(text, MAX_VALUE));
  const files = [...new Set(changes.map(({ file }) => file))];
  const tables = files.flatMap((file): Block[] => [
    { kind: "heading", text: "Configuration", subtitle: file, meaning: "warning" },
    {
      kind: "table",
      columns: [{ title: "setting", meaning: "name", flexible: true, isPath: true }, ...SIDES],
      rows: changes
        .filter((change) => change.file === file)
        .map(({ key, before, after }) => [key === "" ? "(the file)" : key, value(before), value(after)]),
    },
  ]);
  return more === 0 ? tables : [...tables, { kind: "lines", lines: [`and ${formatCount(more)} more`] }];
}

function change({ before, after }: Sides, spell: (count: number) => string): string {
  return before === after ? `${spell(after)}, the same` : `${spell(before)} → ${spell(after)}`;
}

/** How kinds of changes look where there is colour; their words say the same without. */
const MEANINGS = {
  Removed: "error",
  Added: "good",
  Reshaped: "warning",
  "Stored differently": "warning",
} as const;

/** Changes below which a ratio says nothing: 5 %. */
const MIN_RATIO = 1.05;

/** `, ÷ 3.5` for what a quantization made smaller; "" where little changed, or there was nothing. */
function ratioWords({ before, after }: Sides): string {
  if (before === 0 || after === 0) return "";
  const ratio = after > before ? after / before : before / after;
  return ratio < MIN_RATIO
    ? ""
    : `, ${after > before ? "×" : "÷"} ${Number(ratio.toFixed(ratio < 10 ? 1 : 0))}`;
}

const NAME = { title: "weight", meaning: "name", flexible: true, isPath: true } as const;
const COUNT = { title: "count", align: "right", dropAt: 1 } as const;
const SHAPE = { title: "shape", dropAt: 2 } as const;

/** What stood, and what stands: below each other where there is no room beside each other. */
const SIDES = [{ title: "before" }, { title: "after", foldsUnder: true }] as const;

function rows(title: keyof typeof MEANINGS, list: readonly DiffRow[], subtitle?: string): Block[] {
  if (list.length === 0) return [];
  const cells = list.map(({ pattern, count, stored }) => [
    summarizePattern(pattern),
    formatCount(count),
    stored,
  ]);
  return [
    {
      kind: "heading",
      text: title,
      meaning: MEANINGS[title],
      ...(subtitle === undefined ? {} : { subtitle }),
    },
    { kind: "table", columns: [NAME, COUNT, { title: "stored" }], rows: cells },
  ];
}

function changes(title: keyof typeof MEANINGS, list: readonly ChangedRow[]): Block[] {
  if (list.length === 0) return [];
  const cells = list.map(({ pattern, count, before, after }) => {
    const [old, shape] = withoutShape(before);
    const [young, other] = withoutShape(after);
    // A shape that both sides have is told once.
    const isShared = shape !== "" && shape === other;
    return [
      summarizePattern(pattern),
      formatCount(count),
      isShared ? shape : "",
      isShared ? old : before,
      isShared ? young : after,
    ];
  });
  return [
    { kind: "heading", text: title, meaning: MEANINGS[title] },
    { kind: "table", columns: [NAME, COUNT, SHAPE, ...SIDES], rows: cells },
  ];
}

/** `fp8-block (8-bit) [48, 24]` → what it is stored as, and its shape; "" for text that ends in none. */
function withoutShape(stored: string): readonly [string, string] {
  const at = /^([^,]*) (\[[^\]]*\])$/.exec(stored);
  return at === null ? [stored, ""] : [at[1] as string, at[2] as string];
}
