import type { Breakdown, ParamsResult } from "../../analysis/params.ts";
import { formatBytes } from "../../format/bytes.ts";
import { formatCount } from "../../format/count.ts";
import type { Report } from "../report.ts";
import type { Block, Table } from "./document.ts";
import { byComponent, byDtype, byExpert, byLayer, byModule, byRole } from "./params-tables.ts";
import {
  exactAndShort,
  parametersPhrase,
  sharedRow,
  titleOf,
  uncertainRow,
  unknownRoles,
} from "./phrases.ts";

const TITLES: Readonly<Record<Breakdown, { readonly text: string; readonly subtitle?: string }>> = {
  role: { text: "By role", subtitle: "each column sums to its total" },
  component: { text: "By component" },
  layer: { text: "By layer" },
  expert: { text: "By expert" },
  dtype: { text: "By dtype", subtitle: "as stored" },
  module: { text: "By module" },
};

const TABLES: Readonly<Record<Breakdown, (result: ParamsResult) => Table>> = {
  role: byRole,
  component: byComponent,
  layer: byLayer,
  expert: byExpert,
  dtype: byDtype,
  module: byModule,
};

/** In the order they are shown. */
const BREAKDOWNS = Object.keys(TABLES) as readonly Breakdown[];

/** Breakdowns by what lies within a component. */
const OF_ONE: ReadonlySet<Breakdown> = new Set<Breakdown>(["layer", "expert", "module"]);

/** Parameters, total and active first, then the breakdowns: all that say something, or the one asked for. */
export function paramsDocument(report: Report<ParamsResult>, by?: Breakdown): Block[] {
  const { result } = report;
  // Layers and modules of several components stand with each of them, below.
  const own = BREAKDOWNS.filter((each) => !("components" in result) || !OF_ONE.has(each));
  const shown = by === undefined ? own.filter((breakdown) => saysSomething(result, breakdown)) : [by];
  return [
    titleOf(report),
    { kind: "facts", rows: totals(report) },
    ...shown.flatMap((breakdown): Block[] => [
      { kind: "heading", ...TITLES[breakdown] },
      TABLES[breakdown](result),
    ]),
    ...("components" in result ? [] : unknownTensors(result)),
  ];
}

/** One component is the total again; a table without rows says nothing. */
function saysSomething(result: ParamsResult, by: Breakdown): boolean {
  return TABLES[by](result).rows.length > (by === "component" ? 1 : 0);
}

function totals(report: Report<ParamsResult>): (readonly [string, string])[] {
  const { result } = report;
  const { parameters, elements, bytes, bitsPerWeight } = result;
  return [
    ["parameters", parametersPhrase(report, parameters.total)],
    ...uncertainRow(parameters.uncertain),
    ...("components" in result ? [] : activeRows(result)),
    [
      "elements",
      `${exactAndShort(elements.stored)} stored, ${formatCount(elements.auxiliary)} of them scales and metadata`,
    ],
    [
      "bytes",
      `${formatCount(bytes.total)} (${formatBytes(bytes.total)}), ${formatCount(bytes.auxiliary)} of them scales and metadata`,
    ],
    ["bits per weight", bitsPerWeight === null ? "?" : String(Number(bitsPerWeight.toFixed(6)))],
    ...tieRow(result),
  ];
}

function activeRows({ byExpert, parameters }: ParamsResult): (readonly [string, string])[] {
  const { active, activeBasis, activeWithoutEmbedding: b, activeWithoutEmbeddingAndHead: c } = parameters;
  if (active === null) return [["active", `? (${activeBasis})`]];
  // Every input passes through all of it: the total, and roles and components tell the rest.
  if (active === parameters.total || (byExpert.length === 0 && parameters.sharedBlocks === null)) return [];
  if (b === null || c === null) return [["active", `${exactAndShort(active)}: ${activeBasis}`]];
  return [
    ["active", `${exactAndShort(active)}: ${activeBasis}`],
    ["", `${exactAndShort(b)} without the input embedding`],
    ["", `${exactAndShort(c)} without embedding and head`],
    ...sharedRow(parameters),
  ];
}

function tieRow({ tiedHead }: ParamsResult): (readonly [string, string])[] {
  if (tiedHead === null) return [];
  return [
    ["head", tiedHead ? "tied: the embedding table, stored and counted once" : "untied: a tensor of its own"],
  ];
}

function unknownTensors({ unknown }: ParamsResult): Block[] {
  if (unknown.length === 0) return [];
  return [
    { kind: "heading", text: "Roles not known", subtitle: formatCount(unknown.length) },
    unknownRoles(unknown),
  ];
}
