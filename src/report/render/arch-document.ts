import type { ArchResult, LayerKindRow } from "../../analysis/arch.ts";
import { formatCount, formatQuantity, formatShortCount } from "../../format/count.ts";
import { summarizeRanges } from "../../format/ranges.ts";
import type { Report } from "../report.ts";
import { adapterBlocks } from "./adapter-blocks.ts";
import {
  attentionRows,
  cacheRows,
  formatFigure,
  isForeign,
  moeRows,
  noneOf,
  originOf,
  positionRows,
} from "./arch-facts.ts";
import type { Block, Inline } from "./document.ts";
import {
  classPhrase,
  exactAndShort,
  headTitle,
  KIND_WORDS,
  kindTitle,
  sharedRow,
  titleOf,
  unknownRoles,
} from "./phrases.ts";

export interface ArchDocumentOptions {
  /** Draw the layers as blocks, and leave the tables away. */
  readonly diagram: boolean;
}

/** The story of a model: one screen of facts with where each comes from, then layers, linears and disagreements. */
export function archDocument(report: Report<ArchResult>, options: ArchDocumentOptions): Block[] {
  const { result } = report;
  if (options.diagram)
    return [titleOf(report), ...result.diagrams.map((diagram): Block => ({ kind: "diagram", diagram }))];
  if (result.parts.length > 0) return wholeBlocks(report);
  if (result.adapter !== null)
    return [titleOf(report), ...incompleteness(result), ...adapterBlocks(result, result.adapter)];
  if (result.blocks !== null) return sideBySideBlocks(report);
  return [
    titleOf(report),
    ...incompleteness(result),
    { kind: "facts", rows: story(result) },
    ...featureBlock(result),
    ...layerBlocks(result),
    ...linearBlocks(result),
    ...disagreementBlock(result),
    ...unknownBlock(result),
  ];
}

/** Several models that work together: what they are, and how much of it each is. */
function wholeBlocks(report: Report<ArchResult>): Block[] {
  const { result } = report;
  return [
    titleOf(report),
    ...incompleteness(result),
    {
      kind: "facts",
      rows: [
        ["kind", kindPhrase(result)],
        familyRow(result),
        ["parts", formatCount(result.parts.length)],
        ["parameters", exactAndShort(result.parameters.total)],
      ],
    },
    { kind: "heading", text: "Parts" },
    {
      kind: "table",
      columns: [
        { title: "component", meaning: "name", flexible: true },
        { title: "kind" },
        { title: "what", dropAt: 2 },
        { title: "parameters", align: "right", meaning: "number" },
        { title: "short", align: "right", dropAt: 3 },
      ],
      rows: result.parts.map(({ component, kind, family, className, parameters }) => [
        component,
        KIND_WORDS[kind],
        className ?? family ?? "",
        formatCount(parameters),
        formatShortCount(parameters),
      ]),
    },
  ];
}

/** What has no layers one after the other: its blocks by width. */
function sideBySideBlocks(report: Report<ArchResult>): Block[] {
  const { result } = report;
  return [
    titleOf(report),
    ...incompleteness(result),
    {
      kind: "facts",
      rows: [
        ...nameRows(result),
        ...blockRow(result),
        ...cacheRows(result),
        ["parameters", exactAndShort(result.parameters.total)],
        ...(hasOneRun(result) ? [] : activeRow(result.parameters)),
      ],
    },
    ...disagreementBlock(result),
    ...unknownBlock(result),
  ];
}

/** `70 transformer blocks: 10 of width 640, 60 of width 1,280`. */
function blockRow({ blocks }: ArchResult): (readonly [string, string])[] {
  const all = blocks?.reduce((sum, { count }) => sum + count, 0) ?? 0;
  if (blocks === null || all === 0) return [];
  const each = blocks.map(({ width, count }) => `${formatCount(count)} of width ${formatCount(width)}`);
  return [["blocks", `${formatQuantity(all, "transformer block")}: ${each.join(", ")}`]];
}

/** Words of a class that are shown as lacking or too many. */
const MAX_WORDS = 3;

/** `transformers 5.23.0, LlamaForCausalLM, but for q_norm.weight`. */
function nearestPhrase({ lacking, extra, ...nearest }: NonNullable<ArchResult["nearest"]>): string {
  const told = [
    ...(extra.length === 0 ? [] : [`beside ${shorten(extra)}`]),
    ...(lacking.length === 0 ? [] : [`without ${shorten(lacking)}`]),
  ];
  return [classPhrase(nearest), ...told].join(", ");
}

function shorten(words: readonly string[]): string {
  const shown = words.slice(0, MAX_WORDS).join(", ");
  return words.length > MAX_WORDS ? `${shown}, …` : shown;
}

function story(result: ArchResult): (readonly [string, Inline])[] {
  const { layers, parameters } = result;
  return [
    ...nameRows(result),
    ...(layers.kinds.length === 0 && layers.count.value === null
      ? []
      : [
          [
            "layers",
            [{ text: `${formatFigure(layers.count)}${mixersOf(result)}` }, originOf(layers.count)],
          ] as const,
        ]),
    ...(layers.kinds.length === 0 && result.hidden.value === null
      ? []
      : [["hidden", [{ text: formatFigure(result.hidden) }, originOf(result.hidden)]] as const]),
    ...attentionRows(result),
    ...moeRows(result),
    ...applying(result, [
      ["MLP", mlpPhrase(result)],
      ["norms", normPhrase(result)],
      ["embedding", embeddingPhrase(result)],
      ["head", headPhrase(result)],
    ]),
    ...positionRows(result),
    ...mtpRow(result),
    ...towerRows(result),
    ...cacheRows(result),
    ["parameters", exactAndShort(parameters.total)],
    ...(hasOneRun(result) ? [] : activeRows(parameters)),
  ];
}

/** A list beside the main one, and each of two that do the same, is told by its path: not all that is no image is text. */
function towerRows({ towers }: ArchResult): (readonly [string, string])[] {
  return towers.map(({ scope, stack, layers, width, parameters }) => {
    const isBeside = scope === "text" && stack !== null;
    const isOneOfSeveral = towers.filter((tower) => tower.scope === scope).length > 1;
    const path = stack !== null && (isBeside || isOneOfSeveral) ? `${stack}: ` : "";
    const wide = width === null ? "" : ` of width ${formatCount(width)}`;
    const count = layers === 0 ? "" : `${formatQuantity(layers, "layer")}${wide}, `;
    return [isBeside ? "beside it" : scope, `${path}${count}${exactAndShort(parameters)} parameters`];
  });
}

/** Whether every input passes through all parameters, for certain, or it is several parts: there is nothing to tell of those that are active. */
function hasOneRun(result: ArchResult): boolean {
  const { moe, parameters } = result;
  return (
    "components" in result || (moe === null && parameters.active !== null && parameters.sharedBlocks === null)
  );
}

/** `, GQA`; nothing of what no rule recognises where layers need no mixer that has a name. */
function mixersOf(result: ArchResult): string {
  const { mixers } = result.layers;
  return mixers.includes("unknown mixer") && isForeign(result) ? "" : `, ${mixers}`;
}

/** What a model lacks for certain, or is of no kind to have, is no row; what was not seen, or not recognised, is. */
function applying(
  result: ArchResult,
  rows: readonly (readonly [string, Inline])[],
): readonly (readonly [string, Inline])[] {
  if (noneOf(result) !== "none" && !isForeign(result)) return rows;
  return rows.filter(([, value]) => typeof value !== "string" || !/^(none|no dense block)\b/.test(value));
}

function activeRows(parameters: ArchResult["parameters"]): (readonly [string, string])[] {
  return [
    ...activeRow(parameters),
    ...(parameters.activeWithoutEmbedding === null || parameters.activeWithoutEmbeddingAndHead === null
      ? []
      : [
          ["", `${exactAndShort(parameters.activeWithoutEmbedding)} without the input embedding`] as const,
          [
            "",
            `${exactAndShort(parameters.activeWithoutEmbeddingAndHead)} without embedding and head`,
          ] as const,
          ...sharedRow(parameters),
        ]),
  ];
}

function nameRows(result: ArchResult): (readonly [string, Inline])[] {
  const { declares, heldAgainst, nearest } = result;
  const says = [declares?.architecture, declares?.modelType].filter(
    (name) => name !== null && name !== undefined,
  );
  return [
    ["kind", kindPhrase(result)],
    familyRow(result),
    ["config says", says.length === 0 ? "nothing" : says.join(" · ")],
    ...(heldAgainst === null ? [] : [["held against", classPhrase(heldAgainst)] as const]),
    ...(nearest === null ? [] : [["stored like", nearestPhrase(nearest)] as const]),
  ];
}

function familyRow({ family }: ArchResult): readonly [string, string] {
  // What it is told by is not called by its own name again.
  const told = family.evidence.map((each) => each.replace(` of ${family.title}`, ""));
  const evidence = told.length === 0 ? "" : `: ${told.join(", ")}`;
  return ["family", `${family.title} (${family.confidence}${evidence})`];
}

function activeRow({ active, activeBasis }: ArchResult["parameters"]): (readonly [string, string])[] {
  return [["active", active === null ? `? (${activeBasis})` : `${exactAndShort(active)}: ${activeBasis}`]];
}

function kindPhrase(result: ArchResult): string {
  const parts = result.towers.map(({ scope }) => scope);
  const head = headTitle(result.task);
  return [kindTitle(result, parts, result.kvCache !== null), ...(head === null ? [] : [head])].join(", ");
}

function mlpPhrase(result: ArchResult): string {
  const { activation, widths, gated } = result.feedForward;
  const width =
    widths.length === 0
      ? noneOf(result).replace("none", "no dense block")
      : `dense ${widths.map(formatCount).join(" and ")}`;
  const gate = gated === null ? "" : gated ? ", gated" : ", not gated";
  return `${width}${gate}${activation === null ? "" : `; ${activation} (config)`}`;
}

function normPhrase(result: ArchResult): string {
  const { kind, placement, epsilon } = result.norms;
  return `${kind === null ? noneOf(result) : `${kind}, ${placement}`}${epsilon === null ? "" : `; epsilon ${epsilon} (config)`}`;
}

function embeddingPhrase(result: ArchResult): Inline {
  const { rows, width } = result.embedding;
  if (rows.value === null) return `${noneOf(result)} for tokens`;
  return [{ text: `${formatFigure(rows)} × ${width === null ? "?" : formatCount(width)}` }, originOf(rows)];
}

function incompleteness({ isComplete }: ArchResult): Block[] {
  if (isComplete) return [];
  const text =
    "Only a part of the tensors is here: layers, experts and shapes below are those that were seen.";
  return [{ kind: "lines", lines: [{ text, meaning: "warning" }] }];
}

function headPhrase(result: ArchResult): string {
  const { embedding, isComplete } = result;
  if (embedding.tied === null)
    return isComplete ? `${noneOf(result)} for tokens` : "? only a part of the tensors is here";
  return embedding.tied
    ? "tied: the embedding table, stored and counted once"
    : `untied: stored, ${formatCount(embedding.headRows ?? 0)} rows`;
}

function mtpRow({ mtp }: ArchResult): (readonly [string, string])[] {
  if (mtp.modules === 0 && mtp.parameters === 0)
    return mtp.claimed
      ? [["MTP", `none stored; config.json advertises ${formatQuantity(mtp.claimed, "module")}`]]
      : [];
  return [["MTP", `${formatQuantity(mtp.modules, "module")}, ${exactAndShort(mtp.parameters)} parameters`]];
}

function featureBlock({ features }: ArchResult): Block[] {
  if (features.length === 0) return [];
  return [
    { kind: "heading", text: "Features" },
    { kind: "lines", lines: features.map((feature) => `· ${feature}`) },
  ];
}

function layerBlocks(result: ArchResult): Block[] {
  if (result.layers.kinds.length === 0) return [];
  const subtitle = result.layers.stack ?? "no list of layers";
  return [{ kind: "heading", text: "Layers", subtitle }, layerTable(result)];
}

function linearBlocks(result: ArchResult): Block[] {
  if (result.linears.length === 0) return [];
  return [{ kind: "heading", text: "Linears of a layer", subtitle: "in → out" }, linearTable(result)];
}

/** What layers of a kind without such parts are not told to lack; a column of nothing else is left out. */
const NOTHING_TOLD = /^(?:none|no mixer|unknown mixer|no MLP|unknown)$/;

function layerTable(result: ArchResult): Block {
  const { layers } = result;
  const isWindowed = layers.kinds.some(({ window }) => window !== null);
  const told = (text: string) => (isForeign(result) && NOTHING_TOLD.test(text) ? "" : text);
  return {
    kind: "table",
    columns: [
      { title: "layers", meaning: "name", flexible: true },
      { title: "count", align: "right", meaning: "number" },
      { title: "mixer" },
      // A column that says "all" of every layer says nothing.
      { title: "window", align: "right", dropAt: 3 },
      { title: "feed-forward" },
      { title: "norms", dropAt: 2 },
      { title: "parameters each", align: "right", meaning: "number", dropAt: 1 },
    ],
    rows: layers.kinds.map((row: LayerKindRow) => [
      summarizeRanges(row.layers),
      formatCount(row.count),
      told(row.mixer || "none"),
      row.window === null ? (isWindowed ? "all" : "") : formatCount(row.window),
      told(row.feedForward),
      told(row.norms),
      formatCount(row.parametersEach),
    ]),
  };
}

function linearTable({ linears }: ArchResult): Block {
  return {
    kind: "table",
    columns: [
      { title: "layers", dropAt: 2 },
      { title: "module", meaning: "name", flexible: true },
      { title: "role", dropAt: 1 },
      { title: "in → out", align: "right" },
      { title: "per layer", align: "right", dropAt: 3 },
    ],
    rows: linears.map((row) => [
      summarizeRanges(row.layers),
      row.module,
      row.role,
      `${formatCount(row.in)} → ${formatCount(row.out)}`,
      formatCount(row.perLayer),
    ]),
  };
}

function disagreementBlock({ disagreements }: ArchResult): Block[] {
  if (disagreements.length === 0) return [];
  // Sentences, as no column of a table is wide enough for what they are about.
  const lines = disagreements.map(
    ({ severity, subject, config, headers }): Inline => [
      { text: severity, meaning: severity === "info" ? "muted" : severity },
      { text: `  ${subject}: config.json says ${config}, the headers ${headers}` },
    ],
  );
  return [
    { kind: "heading", text: "The configuration disagrees", subtitle: "headers are what is stored" },
    { kind: "lines", lines },
  ];
}

function unknownBlock({ unknown }: ArchResult): Block[] {
  if (unknown.length === 0) return [];
  return [{ kind: "heading", text: "Roles not known" }, unknownRoles(unknown)];
}
