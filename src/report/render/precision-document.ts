import type { PrecisionResult, SchemeRow } from "../../analysis/precision.ts";
import { formatBytes } from "../../format/bytes.ts";
import {
  formatBitsShort,
  formatCount,
  formatQuantity,
  formatShare,
  formatShortCount,
} from "../../format/count.ts";
import { summarizePattern } from "../../format/ranges.ts";
import { formatShape } from "../../format/shape.ts";
import { countShown } from "../../format/shown.ts";
import type { Report } from "../report.ts";
import type { Block, Column, Inline, Span } from "./document.ts";
import { roleName, titleOf } from "./phrases.ts";
import { activationWords, cacheWords, granularityWords, rotationWords, schemeName } from "./scheme-words.ts";

const NAME = { meaning: "name", flexible: true } as const;
const RIGHT = { align: "right", meaning: "number" } as const;

/** Rows of a list before the rest is counted; `--verbose` shows all. */
const MAX_ROWS = 24;

export interface PrecisionView {
  readonly verbose: boolean;
  /** What the modules were narrowed to, in words: then they alone are shown, as all other figures are the whole model's. */
  readonly only: string | undefined;
  /** Whether it is of several parts, each of which lists its own modules. */
  readonly isOfParts?: boolean;
}

/** The answer first: what is quantized, how, is it whole, does the configuration agree; then the tables. */
export function precisionDocument(report: Report<PrecisionResult>, view: PrecisionView): Block[] {
  const { result } = report;
  if (view.only !== undefined) {
    const heading = { kind: "heading", text: `Modules ${view.only}`, subtitle: "alike ones folded" } as const;
    return [titleOf(report), heading, ...modules(result, view)];
  }
  return [
    titleOf(report),
    { kind: "facts", rows: answers(result) },
    ...findings(result, view),
    { kind: "heading", text: "Dtypes", subtitle: "as stored" },
    dtypes(result),
    { kind: "heading", text: "Schemes" },
    schemes(result),
    ...(result.byRole.length === 0 ? [] : [{ kind: "heading", text: "By role" } as const, roles(result)]),
    ...(view.isOfParts === true
      ? []
      : [
          { kind: "heading", text: "Modules", subtitle: "alike ones folded" } as const,
          ...modules(result, view),
        ]),
  ];
}

function answers(result: PrecisionResult): (readonly [string, Inline])[] {
  const quantized = result.schemes.filter(({ scheme }) => scheme !== "none");
  const { activations } = result;
  const rows: (readonly [string, Inline])[] = [
    [
      "schemes",
      quantized.length === 0 ? "none: nothing is quantized" : quantized.map(schemePhrase).join("; "),
    ],
  ];
  if (quantized.length > 0) {
    rows.push(["quantized", listOr(result.quantizedRoles, "nothing")]);
    rows.push(["not quantized", listOr(result.unquantizedRoles, "nothing")]);
    const inputs = activationWords(activations, result.declared?.activations ?? null);
    if (inputs !== null) rows.push(["activations", inputs]);
    rows.push(["scales", scalesPhrase(result)]);
  }
  if (result.kvCache !== null) rows.push(["KV cache", cacheWords(result.kvCache)]);
  if (result.rotations !== null) rows.push(["rotations", rotationWords(result.rotations)]);
  rows.push(["configuration", declaredPhrase(result)]);
  return rows;
}

function schemePhrase(row: SchemeRow): string {
  const bits = row.bitsPerWeight === null ? "" : `, ${formatBitsShort(row.bitsPerWeight)} bits a weight`;
  return `${schemeName(row, granularityWords(row, row.title))} on ${formatQuantity(row.modules, "weight")}${bits}`;
}

function listOr(names: readonly string[], nothing: string): string {
  return names.length === 0 ? nothing : names.map(roleName).join(", ");
}

function scalesPhrase({ scales }: PrecisionResult): Inline {
  const { paired, missing, orphan, mismatched } = scales;
  if (missing === null || orphan === null) {
    return `${formatCount(paired)} paired, ${formatCount(mismatched)} mismatched; missing ones cannot be told: only a part of the tensors is here`;
  }
  const text = `${formatCount(paired)} paired, ${formatCount(missing)} missing, ${formatCount(orphan)} orphan, ${formatCount(mismatched)} mismatched`;
  return { text, meaning: missing + orphan + mismatched > 0 ? "error" : "plain" };
}

function declaredPhrase({ declared, schemes: rows }: PrecisionResult): Inline {
  if (declared === null)
    return rows.some(({ scheme }) => scheme !== "none") ? "declares nothing" : "declares no quantization";
  const settings = [
    declared.method ?? "no method",
    ...(declared.bits === null ? [] : [`${declared.bits} bits`]),
    ...(declared.group === null ? [] : [`groups of ${declared.group}`]),
    ...(declared.block === null ? [] : [`blocks of ${declared.block.join("×")}`]),
  ].join(", ");
  const count = declared.disagreements.filter(({ severity }) => severity !== "info").length;
  const verdict = declared.agrees ? "agrees" : `disagrees in ${formatQuantity(count, "point")}`;
  return {
    text: `${declared.file} says ${settings}: ${verdict}`,
    meaning: declared.agrees ? "plain" : "error",
  };
}

/** A line says what is wrong where, the next what was expected and found: no column of a table is wide enough for either. */
function findings(result: PrecisionResult, { verbose }: PrecisionView): Block[] {
  const isShown = ({ severity }: { readonly severity: string }) => verbose || severity !== "info";
  const scales = result.scales.details
    .filter(isShown)
    .map((row) => findingLines(row, row.tensor, `expected ${row.expected}, found ${row.found}`));
  const claims = (result.declared?.disagreements ?? [])
    .filter(isShown)
    .map((row) =>
      findingLines(row, row.module || "(the checkpoint)", `declared ${row.declared}, stored ${row.stored}`),
    );
  return [...limited("Scales", scales, verbose), ...limited("Declared and stored", claims, verbose)];
}

/** How each severity looks. */
const SEVERITY_MEANING: Readonly<Record<string, Span["meaning"]>> = { error: "error", warning: "warning" };

function findingLines(
  { severity, rule, count }: { readonly severity: string; readonly rule: string; readonly count: number },
  where: string,
  what: string,
): readonly Inline[] {
  const times = count === 1 ? "" : ` × ${formatCount(count)}`;
  const first: Span[] = [
    { text: severity, meaning: SEVERITY_MEANING[severity] ?? "muted" },
    { text: `  ${rule}  ` },
    { text: where, meaning: "name" },
    { text: times },
  ];
  return [first, `  ${what}`];
}

function limited(heading: string, rows: readonly (readonly Inline[])[], verbose: boolean): Block[] {
  if (rows.length === 0) return [];
  const shown = verbose ? rows : rows.slice(0, countShown(rows.length, MAX_ROWS));
  const rest = rows.length - shown.length;
  const more = rest === 0 ? [] : [`and ${formatCount(rest)} more; --verbose shows all`];
  return [
    { kind: "heading", text: heading },
    { kind: "lines", lines: [...shown.flat(), ...more] },
  ];
}

function limitedTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  verbose: boolean,
): Block[] {
  const shown = verbose ? rows : rows.slice(0, countShown(rows.length, MAX_ROWS));
  const rest = rows.length - shown.length;
  const table: Block = { kind: "table", columns, rows: shown };
  return rest === 0
    ? [table]
    : [table, { kind: "lines", lines: [`and ${formatCount(rest)} more; --verbose shows all`] }];
}

function dtypes({ dtypes: rows }: PrecisionResult): Block {
  const columns: Column[] = [
    { title: "dtype", meaning: "dtype" },
    { title: "tensors", ...RIGHT },
    { title: "elements", ...RIGHT, dropAt: 2 },
    { title: "parameters", ...RIGHT },
    { title: "size", ...RIGHT, dropAt: 1 },
    { title: "of bytes", ...RIGHT },
  ];
  const cells = rows.map((row) => [
    row.dtype,
    formatCount(row.tensors),
    formatCount(row.elements),
    formatCount(row.parameters),
    formatBytes(row.bytes),
    formatShare(row.share),
  ]);
  return { kind: "table", columns, rows: cells };
}

function schemes({ schemes: rows }: PrecisionResult): Block {
  const columns: Column[] = [
    { title: "scheme", ...NAME },
    { title: "weights", ...RIGHT },
    { title: "parameters", ...RIGHT },
    { title: "size", ...RIGHT, dropAt: 2 },
    { title: "bits", ...RIGHT },
    { title: "granularity", meaning: "plain", dropAt: 1 },
    { title: "scale", meaning: "dtype", dropAt: 3 },
    { title: "confidence", meaning: "plain", dropAt: 4 },
  ];
  const cells = rows.map((row) => [
    row.scheme,
    formatCount(row.modules),
    formatCount(row.parameters),
    formatBytes(row.bytes),
    formatBitsShort(row.bitsPerWeight),
    granularityWords(row),
    [row.scaleSuffix, row.scaleDtype].filter((word) => word !== null).join(" "),
    row.scheme === "none" ? "" : row.confidence,
  ]);
  return { kind: "table", columns, rows: cells };
}

function roles({ byRole }: PrecisionResult): Block {
  const columns: Column[] = [
    { title: "role", ...NAME },
    { title: "parameters", ...RIGHT },
    { title: "bits", ...RIGHT },
    { title: "schemes", meaning: "plain" },
    { title: "dtypes", meaning: "dtype", dropAt: 1 },
  ];
  const words = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${formatCount(count)}`)
      .join(", ");
  const cells = byRole.map((row) => [
    roleName(row.role),
    formatShortCount(row.parameters),
    formatBitsShort(row.bitsPerWeight),
    words(row.schemes),
    words(row.dtypes),
  ]);
  return { kind: "table", columns, rows: cells };
}

function modules({ modules: rows }: PrecisionResult, view: PrecisionView): Block[] {
  const columns: Column[] = [
    { title: "module", ...NAME, isPath: true },
    { title: "count", ...RIGHT },
    { title: "scheme", meaning: "plain" },
    { title: "dtype", meaning: "dtype", dropAt: 1 },
    { title: "shape", meaning: "plain", dropAt: 3 },
    { title: "bits", ...RIGHT, dropAt: 2 },
    { title: "scales", meaning: "plain", dropAt: 4 },
  ];
  const cells = rows.map((row) => [
    summarizePattern(row.pattern),
    formatCount(row.count),
    row.scheme,
    row.weight.dtype,
    row.weight.logicalShape === null
      ? `? stored ${formatShape(row.weight.shape)}`
      : formatShape(row.weight.logicalShape),
    formatBitsShort(row.bitsPerWeight),
    row.auxiliaries.map(({ suffix, shape }) => `${suffix} ${formatShape(shape)}`).join(", "),
  ]);
  if (cells.length === 0)
    return [{ kind: "lines", lines: [view.only === undefined ? "none has weights" : "there is none"] }];
  return limitedTable(columns, cells, view.verbose);
}
