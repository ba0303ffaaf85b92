import type { ComponentOverview } from "../../analysis/overview.ts";
import { formatBytes } from "../../format/bytes.ts";
import {
  formatBits,
  formatCount,
  formatQuantity,
  formatShare,
  formatShortCount,
} from "../../format/count.ts";
import { countShown } from "../../format/shown.ts";
import type { OverviewReport } from "../overview-report.ts";
import type { Report } from "../report.ts";
import type { Block, Inline } from "./document.ts";
import {
  adapterPhrase,
  classPhrase,
  exactAndShort,
  KIND_WORDS,
  openedFile,
  parametersPhrase,
  titleOf,
  uncertainRow,
} from "./phrases.ts";
import { activationWords, cacheWords, schemeName } from "./scheme-words.ts";

/** Runs of layers on the one screen: dense, sparse, and one or two kinds more. */
const MAX_LAYER_RUNS = 4;

/** Module rows on the one screen; the tree has them all. */
const MAX_MODULES = 12;

/** One screen: what is this, how big, how precise. */
export function overviewDocument(report: Report<OverviewReport>): Block[] {
  const { components, parameters } = report.result;
  if (components.length === 1)
    return [titleOf(report), verdict(report), ...describe(report, components[0] as ComponentOverview)];
  const sum =
    parameters === null
      ? "separate checkpoints: their sum means nothing"
      : `${exactAndShort(parameters)} parameters in all`;
  return [
    titleOf(report),
    verdict(report),
    { kind: "lines", lines: [`${formatQuantity(components.length, "component")}; ${sum}`] },
    componentTable(components),
  ];
}

/** Is anything wrong: what the checks say, the worst of it in words. */
function verdict({ result: { check } }: Report<OverviewReport>): Block {
  const counts = [formatQuantity(check.errors, "error"), formatQuantity(check.warnings, "warning")].join(
    ", ",
  );
  if (check.verdict === null && check.worst.length === 0)
    return {
      kind: "lines",
      lines: [{ text: "no verdict: not all of it could be read", meaning: "warning" }],
    };
  if (check.worst.length === 0)
    return { kind: "lines", lines: [{ text: "checks pass: no errors, no warnings", meaning: "good" }] };
  const meaning = check.errors > 0 ? "error" : "warning";
  const worst = check.worst.map((finding): Inline => {
    const { rule, severity, message, findings } = finding;
    const times = findings > 1 ? ` (${formatCount(findings)} findings)` : "";
    const opened = openedFile(finding);
    const place = opened === null ? "" : `${opened}: `;
    return [{ text: `  ${severity} ${rule}${times}  `, meaning }, { text: `${place}${message}` }];
  });
  return {
    kind: "lines",
    lines: [{ text: `checks find ${counts}; all of them: unfold check`, meaning }, ...worst],
  };
}

function describe(report: Report, overview: ComponentOverview): Block[] {
  const rows: [string, Inline][] = [
    ["what", whatPhrase(overview)],
    ["parameters", parametersPhrase(report, overview.parameters)],
    ...uncertainRow(overview.uncertain).map(([label, text]): [string, Inline] => [label, text]),
    ...activeRow(overview),
    ["elements", storedElements(overview)],
    ["bits per weight", formatBits(overview.bitsPerWeight)],
    ["dtypes", overview.dtypes.map((row) => `${row.dtype} ${formatShare(row.share)}`).join(" · ") || "none"],
  ];
  rows.push(...precisionRows(overview));
  const runs = countShown(overview.layers.length, MAX_LAYER_RUNS);
  for (const layer of overview.layers.slice(0, runs)) {
    rows.push([
      layer === overview.layers[0] ? "layers" : "",
      `${layer.stack} ${layer.layers}: ${formatQuantity(layer.count, "layer")} of ${formatCount(layer.parametersEach)} parameters`,
    ]);
  }
  if (runs < overview.layers.length)
    rows.push([
      "",
      `… ${formatCount(overview.layers.length - runs)} more runs of layers (unfold params --by layer)`,
    ]);
  const { declares } = overview;
  if (declares !== null)
    rows.push([
      "config says",
      [declares.architecture, declares.modelType].filter((name) => name !== null).join(" · ") ||
        "no architecture",
    ]);
  if (overview.heldAgainst !== null) rows.push(["held against", classPhrase(overview.heldAgainst)]);
  rows.push(["read", `${formatBytes(report.checkpoint.headerBytes)} of headers; no weights`]);
  return [{ kind: "facts", rows }, moduleTable(overview)];
}

/** What it is, in a line: kind, family and head; of an adapter its method and its base. */
function whatPhrase({ kind, task, family, adapter }: ComponentOverview): string {
  if (adapter !== null) {
    const base = adapter.base ?? adapter.baseFamily;
    return `${adapterPhrase(adapter)}${base === null ? "" : ` for ${base}`}`;
  }
  if (kind === "unknown" && family === null) return KIND_WORDS[kind];
  return [KIND_WORDS[kind], family ?? "unknown family", ...(task === null ? [] : [task])].join(" · ");
}

/** Said where it differs: of a dense model all parameters are active. */
function activeRow({ active, activeBasis, parameters }: ComponentOverview): [string, Inline][] {
  if (active === parameters) return [];
  return [["active", active === null ? `? ${activeBasis}` : `${exactAndShort(active)}: ${activeBasis}`]];
}

/** Which schemes, on what, whether every scale is there, whether the configuration agrees. */
function precisionRows({ precision }: ComponentOverview): [string, Inline][] {
  const { schemes, quantizedRoles, unquantizedRoles, scales, declared, agrees } = precision;
  const { activations, declaredActivations, kvCache } = precision;
  const quantized = schemes.filter(({ scheme }) => scheme !== "none");
  if (quantized.length === 0 && declared === null && kvCache === null) return [["quantized", "nothing"]];
  const names = quantized
    .map((row) => `${schemeName(row)} (${formatQuantity(row.weights, "weight")})`)
    .join(", ");
  const where =
    quantizedRoles.length === 0
      ? ""
      : ` in ${quantizedRoles.join(", ")}; not in ${unquantizedRoles.join(", ") || "anything else"}`;
  const faults = (scales.missing ?? 0) + (scales.orphan ?? 0) + scales.mismatched;
  const rows: [string, Inline][] = [["quantized", `${names || "nothing"}${where}`]];
  const inputs = quantized.length === 0 ? null : activationWords(activations, declaredActivations);
  if (inputs !== null) rows.push(["activations", inputs]);
  if (kvCache !== null) rows.push(["KV cache", cacheWords(kvCache)]);
  if (faults > 0) {
    const text = `${formatCount(scales.missing ?? 0)} missing, ${formatCount(scales.orphan ?? 0)} orphan, ${formatCount(scales.mismatched)} mismatched: see unfold precision`;
    rows.push(["scales", { text, meaning: "error" }]);
  }
  if (declared !== null) {
    const verdict: Inline = agrees
      ? `agrees with "${declared}"`
      : { text: `disagrees with what is stored ("${declared}"): see unfold precision`, meaning: "error" };
    rows.push(["config", verdict]);
  }
  return rows;
}

function storedElements({ elements, auxiliaryElements }: ComponentOverview): string {
  const scales =
    auxiliaryElements === 0 ? "" : `, ${formatCount(auxiliaryElements)} of them scales and other bookkeeping`;
  return `${exactAndShort(elements)} stored${scales}`;
}

function moduleTable({ modules }: ComponentOverview): Block {
  const most = countShown(modules.length, MAX_MODULES);
  const shown = modules.slice(0, most);
  const rest = modules.slice(most);
  const rows = shown.map((row) => [
    row.module,
    formatCount(row.tensors),
    formatShortCount(row.parameters),
    formatBytes(row.bytes),
    formatShare(row.share),
  ]);
  if (rest.length > 0) {
    const sum = (of: (row: (typeof rest)[number]) => number) =>
      rest.reduce((total, row) => total + of(row), 0);
    rows.push([
      `… ${formatCount(rest.length)} more`,
      formatCount(sum((row) => row.tensors)),
      formatShortCount(sum((row) => row.parameters)),
      formatBytes(sum((row) => row.bytes)),
      formatShare(sum((row) => row.share)),
    ]);
  }
  return {
    kind: "table",
    columns: [
      { title: "module", meaning: "name", flexible: true },
      { title: "tensors", align: "right", dropAt: 1 },
      { title: "parameters", align: "right" },
      { title: "size", align: "right", dropAt: 2 },
      { title: "of params", align: "right", dropAt: 3 },
    ],
    rows,
  };
}

function componentTable(components: readonly ComponentOverview[]): Block {
  return {
    kind: "table",
    columns: [
      { title: "component", meaning: "name", flexible: true },
      { title: "what", dropAt: 5 },
      { title: "shards", align: "right", dropAt: 3 },
      { title: "tensors", align: "right", dropAt: 2 },
      { title: "parameters", align: "right" },
      { title: "size", align: "right", dropAt: 1 },
      { title: "dtypes", dropAt: 4 },
    ],
    rows: components.map((each) => [
      each.component,
      whatPhrase(each),
      formatCount(each.shards),
      formatCount(each.tensors),
      formatCount(each.parameters),
      formatBytes(each.bytes),
      each.dtypes.map((row) => row.dtype).join(" "),
    ]),
  };
}
