import type { ComponentOverview } from "../../analysis/overview.ts";
import { formatBytes } from "../../format/bytes.ts";
import { formatCount, formatQuantity, formatShare } from "../../format/count.ts";
import { formatShape } from "../../format/shape.ts";
import type { OverviewReport } from "../overview-report.ts";
import type { Report } from "../report.ts";
import { drawBar } from "./bar.ts";
import type { Block, Inline, Span, Table } from "./document.ts";
import { componentTable, modelTable, partTable, targetTable } from "./overview-tables.ts";
import { verdictBlock } from "./overview-verdict.ts";
import { geometryPhrase, whatPhrase } from "./overview-words.ts";
import {
  classPhrase,
  exactAndShort,
  KIND_WORDS,
  parametersPhrase,
  titleOf,
  uncertainRow,
} from "./phrases.ts";
import { activationWords, cacheWords, rotationWords } from "./scheme-words.ts";
import { quoteForShell } from "./shell-word.ts";

/** Dtypes on the one screen. */
const MAX_DTYPES = 4;

/** Columns of the bars of memory: of the whole, weights and cache. */
const MEMORY_BAR = 20;

export interface OverviewDocumentOptions {
  /** The source as it was typed, for commands to paste. */
  readonly typed?: string;
}

type Rows = (readonly [label: string, value: Inline])[];

/** One screen: what is this, how big, how precise; the verdict; what was read, and where to go on. */
export function overviewDocument(
  report: Report<OverviewReport>,
  { typed = report.source.id }: OverviewDocumentOptions = {},
): Block[] {
  const { components } = report.result;
  const [only] = components;
  const isSingle = components.length === 1 && only !== undefined;
  return [
    ...(isSingle ? describe(report, only) : describeAll(report)),
    verdictBlock(report, typed),
    { kind: "facts", rows: [...(isSingle ? originRows(only) : []), ...closingRows(report, typed)] },
  ];
}

function describe(report: Report<OverviewReport>, overview: ComponentOverview): Block[] {
  const table = tableOf(overview);
  return [
    withLines(titleOf(report), whatPhrase(overview), geometryPhrase(overview)),
    {
      kind: "facts",
      rows: [...factRows(report, overview), ...fitsRow(report.result), ...stepsRow(report.result)],
    },
    ...(table.rows.length > 0 ? [table] : []),
  ];
}

/** What it is made of: the modules that an adapter changes, the models of a file of several, else roles. */
function tableOf(overview: ComponentOverview): Table {
  if (overview.adapter !== null) return targetTable(overview);
  return overview.parts.length > 1 ? modelTable(overview) : partTable(overview);
}

function describeAll(report: Report<OverviewReport>): Block[] {
  const { components, kind, parameters, pipeline } = report.result;
  const sum =
    parameters === null
      ? "separate checkpoints: their sum means nothing"
      : `${exactAndShort(parameters)} parameters in all`;
  const [first] = components;
  const what =
    kind === "pipeline"
      ? [[KIND_WORDS.pipeline, pipeline?.className ?? ""].join(" ").trim()]
      : pipeline === null || first === undefined
        ? []
        : [whatPhrase(first)];
  const line = [...what, formatQuantity(components.length, "component"), sum].join(" · ");
  const steps = stepsRow(report.result);
  return [
    withLines(titleOf(report), line),
    ...(steps.length > 0 ? [{ kind: "facts", rows: steps } as const] : []),
    componentTable(report.result),
  ];
}

/** The fewest GPUs that hold it with one sequence, and the most that do not. */
function fitsRow({ fits }: OverviewReport): Rows {
  if (fits === null) return [];
  const { plans, not, context, engine, version } = fits;
  const told = plans.map(({ gpu, count }) => `${count} × ${gpu}${count > 1 ? ` (tp ${count})` : ""}`);
  const tooFew = not === null ? [] : [`not ${not.count} × ${not.gpu}`];
  const basis = `${engine} ${version}, ${formatCount(context)} tokens`;
  return [
    [
      "fits",
      [
        { text: [told.join(", "), ...tooFew].filter(Boolean).join("; ") },
        { text: ` (${basis})`, meaning: "muted" },
      ],
    ],
  ];
}

/** Steps of sentence-transformers, in their order; those of diffusers are parts beside each other. */
function stepsRow({ kind, pipeline }: OverviewReport): Rows {
  if (pipeline === null || kind === "pipeline" || pipeline.className !== null) return [];
  const names = pipeline.steps.map(({ name, className }) => className?.split(".").at(-1) ?? name);
  return names.length === 0 ? [] : [["steps", `${names.join(" → ")} (sentence-transformers, modules.json)`]];
}

/** The title with what the thing is right below it. */
function withLines(title: Block, ...lines: readonly string[]): Block {
  return title.kind === "title" ? { ...title, lines: lines.filter((line) => line !== "") } : title;
}

/** Whether the worst findings of the screen tell of scales: a fault is told once. */
function isTold({ check }: OverviewReport): boolean {
  return check.worst.some(({ rule }) => rule.includes("scale"));
}

function factRows(report: Report<OverviewReport>, overview: ComponentOverview): Rows {
  return [
    ["parameters", parametersPhrase(report, overview.parameters)],
    ...uncertainRow(overview.uncertain),
    ...activeRow(overview),
    ...(overview.bitsPerWeight === null ? [] : [precisionRow(overview)]),
    ...runtimeRows(overview, isTold(report.result)),
    ...cacheRow(overview),
    ...memoryRows(overview),
  ];
}

/** What is largest, and what it is called elsewhere. */
function originRows(overview: ComponentOverview): Rows {
  return [...largestRows(overview), ...configRows(overview)];
}

/** Said of experts: a token passes through all of a dense model, whatever stands beside it. */
function activeRow({ active, activeBasis, geometry, parameters }: ComponentOverview): Rows {
  if (active === parameters || (active !== null && geometry?.experts === null)) return [];
  if (active === null) return [["active", `? ${activeBasis}`]];
  return [["active", `${exactAndShort(active)} a token: ${activeBasis}`]];
}

function precisionRow({ bitsPerWeight, dtypes }: ComponentOverview): Rows[number] {
  const shown = dtypes.slice(0, MAX_DTYPES).map(({ dtype, share }) => `${dtype} ${formatShare(share)}`);
  const more = dtypes.length > MAX_DTYPES ? [`${formatCount(dtypes.length - MAX_DTYPES)} more dtypes`] : [];
  const bits = bitsPerWeight === null ? "?" : String(Number(bitsPerWeight.toFixed(2)));
  if (dtypes.length === 1) return ["precision", `${bits} bits a weight, all ${dtypes[0]?.dtype}`];
  return ["precision", `${bits} bits a weight: ${[...shown, ...more].join(" · ")} of bytes`];
}

/** What is quantized when it runs, and scales that are not as they should be. */
function runtimeRows({ precision }: ComponentOverview, areScalesTold: boolean): Rows {
  const { activations, declaredActivations, kvCache, rotations, scales, schemes } = precision;
  const rows: Rows = [];
  const isQuantized = schemes.some(({ scheme }) => scheme !== "none");
  const inputs = isQuantized ? activationWords(activations, declaredActivations) : null;
  if (inputs !== null) rows.push(["activations", inputs]);
  if (kvCache !== null) rows.push(["cache dtype", cacheWords(kvCache)]);
  if (rotations !== null) rows.push(["rotations", rotationWords(rotations)]);
  const faulty = [
    ["missing", scales.missing ?? 0],
    ["without a weight", scales.orphan ?? 0],
    ["of another shape", scales.mismatched],
  ] as const;
  const counts = faulty
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${formatCount(count)} ${what}`);
  if (counts.length > 0 && !areScalesTold) {
    rows.push(["scales", { text: `${counts.join(", ")}: see unfold precision`, meaning: "error" }]);
  }
  return rows;
}

function cacheRow({ kind, kvCache }: ComponentOverview): Rows {
  if (kvCache === null || kind === "classifier" || kvCache.bytesPerToken === 0) return [];
  const { bytesPerToken, elementBytes } = kvCache;
  return [["KV cache", `${formatQuantity(bytesPerToken, "byte")} a token at ${elementBytes * 8} bits`]];
}

/** Weights and cache as they fill memory; what an engine needs beside them is `unfold fit`'s to say. */
function memoryRows({ bytes, kind, kvCache }: ComponentOverview): Rows {
  // What judges a text in one go keeps nothing of it.
  if (kind === "classifier") return [];
  const cache = kvCache?.bytesAtContext;
  if (kvCache === null || kvCache.context === null || cache === null || cache === undefined) return [];
  const all = bytes + cache;
  const bar = (part: number): Span => ({
    text: drawBar(part / all, MEMORY_BAR).padEnd(MEMORY_BAR),
    meaning: "accent",
  });
  const row = (label: string, part: number, what: string): Rows[number] => [
    label,
    [bar(part), { text: `  ${formatBytes(part)} ${what}` }],
  ];
  return [
    row("memory", bytes, "weights"),
    row("", cache, `cache of ${formatQuantity(kvCache.context, "token")}, one sequence`),
  ];
}

function configRows({ declares, heldAgainst, needsRemoteCode, precision }: ComponentOverview): Rows {
  if (declares === null) return [];
  const { agrees, declared } = precision;
  const names = [declares.architecture, declares.modelType].filter((name) => name !== null).join(" · ");
  const value: Span[] = [{ text: names || "names no class" }];
  if (declared !== null && agrees === true) value.push({ text: `; declares ${declared}, as stored` });
  if (declared !== null && agrees === false)
    value.push({
      text: `; declares ${declared}, unlike what is stored: see unfold precision`,
      meaning: "error",
    });
  const rows: Rows = [["config", value]];
  if (needsRemoteCode)
    rows.push([
      "",
      { text: "needs remote code: auto_map names classes of the repository's own", meaning: "warning" },
    ]);
  if (heldAgainst !== null) rows.push(["held against", classPhrase(heldAgainst)]);
  return rows;
}

function largestRows({ largest, adapter }: ComponentOverview): Rows {
  if (adapter !== null) return [];
  return largest.map(({ pattern, count, dtype, shape, bytes }, k) => {
    const times = count === 1 ? "" : `${formatCount(count)} × `;
    const spans: Span[] = [
      { text: `${times}${shortPattern(pattern)}`, meaning: "name" },
      { text: `  ${dtype}`, meaning: "dtype" },
      { text: ` ${formatShape(shape)}, ${formatBytes(bytes)}` },
    ];
    return [k === 0 ? "largest" : "", spans];
  });
}

/** Numbers are of no interest here, nor is the last name where it is `weight`. */
function shortPattern(pattern: string): string {
  return pattern.replace(/\{[^}]*\}/g, "*").replace(/\.weight$/, "");
}

function closingRows(report: Report<OverviewReport>, typed: string): Rows {
  const { components } = report.result;
  const { headerBytes, shards } = report.checkpoint;
  const [only] = components.length === 1 ? components : [];
  const commands = `unfold tree ${quoteForShell(typed)} (or precision, params, arch, check, fit, report)`;
  return [
    ["read", readWords(components, headerBytes, shards)],
    ...(only === undefined ? [] : [["fingerprint", only.fingerprint] as const]),
    ["read on", { text: commands, meaning: "muted" }],
  ];
}

/** What was read and, where that is so, that nothing in the files is unexplained. */
function readWords(components: readonly ComponentOverview[], headerBytes: number, fileCount: number): string {
  const read = `headers alone, ${formatBytes(headerBytes)}`;
  if (components.some(({ accountedBytes }) => accountedBytes === null)) return read;
  const bytes = components.reduce((sum, each) => sum + (each.accountedBytes ?? 0), 0);
  const what = fileCount === 1 ? "the file" : formatQuantity(fileCount, "file");
  return `${read} of ${formatBytes(bytes)}; every byte of ${what} is accounted for: no hole, no overlap`;
}
