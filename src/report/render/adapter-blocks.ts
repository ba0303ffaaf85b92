import type { ArchResult } from "../../analysis/arch.ts";
import { formatCount, formatQuantity } from "../../format/count.ts";
import type { Block } from "./document.ts";
import { adapterPhrase, exactAndShort } from "./phrases.ts";

/** Rows of targets on a screen; the JSON has them all. */
const MAX_TARGETS = 60;

type Story = NonNullable<ArchResult["adapter"]>;

/** An adapter: what is added to which modules of which base. */
export function adapterBlocks(result: ArchResult, adapter: Story): Block[] {
  return [
    { kind: "facts", rows: rowsOf(result, adapter) },
    ...(adapter.targetDetails.length === 0
      ? []
      : [
          { kind: "heading", text: "Adapted modules", subtitle: "in → out of the base" } as const,
          targetTable(adapter),
        ]),
  ];
}

function rowsOf(result: ArchResult, adapter: Story): (readonly [string, string])[] {
  const { alpha, base, baseFamily, metadata, savedModules, scaling, targets, trainedTokens } = adapter;
  return [
    ["kind", adapterPhrase(adapter)],
    ["base", [base, baseFamily].filter((each) => each !== null).join(" · ") || "not stated"],
    ...rankRow(adapter),
    ...(alpha === null ? [] : [["alpha", String(alpha)] as const]),
    ...(scaling === null ? [] : [["scaling", scaling.toFixed(4).replace(/\.?0+$/, "")] as const]),
    ...(adapter.modules === 0 ? [] : [["modules", formatCount(adapter.modules)] as const]),
    ...(targets.length === 0 ? [] : [["targets", targets.join(", ")] as const]),
    ...(savedModules.length === 0 ? [] : [["saved whole", savedModules.join(", ")] as const]),
    ...(trainedTokens === null ? [] : [["trained tokens", formatCount(trainedTokens)] as const]),
    ["parameters", exactAndShort(result.parameters.total)],
    ...Object.entries(metadata),
  ];
}

/** The ranks; where modules are adapted and no rank is told, why. */
function rankRow({ kind, ranks, modules }: Story): (readonly [string, string])[] {
  if (ranks !== null) return [["rank", ranksPhrase(ranks)]];
  return modules === 0 ? [] : [["rank", `? (${WITHOUT_RANK[kind] ?? "no side of its tensors is one"})`]];
}

/** Methods whose tensors have no side that is a rank, and what they have instead. Source: the layers of `peft/tuners`. */
const WITHOUT_RANK: Readonly<Record<string, string>> = {
  oft: "blocks that turn, no factors",
  boft: "blocks that turn, no factors",
  ia3: "scales, no factors",
  lokr: "both factors are stored whole",
  fourierft: "coefficients of a spectrum, no factors",
  waveft: "coefficients of a spectrum, no factors",
  c3a: "circular kernels, no factors",
  road: "angles, no factors",
  shira: "single weights, no factors",
  full: "differences, no factors",
  "ln-tuning": "norms, no factors",
};

function ranksPhrase(ranks: Readonly<Record<string, number>>): string {
  return Object.entries(ranks)
    .map(([rank, modules]) => `${rank} in ${formatQuantity(modules, "module")}`)
    .join(", ");
}

function targetTable({ targetDetails }: Story): Block {
  const side = (value: number | null) => (value === null ? "?" : formatCount(value));
  const rest = targetDetails.length - MAX_TARGETS;
  const rows = targetDetails
    .slice(0, rest > 1 ? MAX_TARGETS : undefined)
    .map((each) => [
      each.pattern,
      formatCount(each.count),
      each.rank === null ? "–" : formatCount(each.rank),
      `${side(each.in)} → ${side(each.out)}`,
    ]);
  if (rest > 1) rows.push([`… ${formatCount(rest)} more`, "", "", ""]);
  return {
    kind: "table",
    columns: [
      { title: "module", meaning: "name", flexible: true, isPath: true },
      { title: "count", align: "right", dropAt: 1 },
      { title: "rank", align: "right" },
      { title: "in → out", align: "right", dropAt: 2 },
    ],
    rows,
  };
}
