import type { ComponentOverview } from "../../analysis/overview.ts";
import { formatCount, formatQuantity } from "../../format/count.ts";
import { adapterPhrase, headTitle, kindTitle, MIXING_KINDS, mixersInWords } from "./phrases.ts";
import { granularityWords, schemeName } from "./scheme-words.ts";

/** Share of the parameters below which a tower is a remark, not what a model is. */
const MIN_TOWER_SHARE = 0.001;

/** What it is, in a line: kind, family, head, experts, and how it is kept; of an adapter its method, base and ranks. */
export function whatPhrase(overview: ComponentOverview): string {
  const { adapter, family, task, geometry, parts } = overview;
  if (adapter !== null)
    return [adapterWords(adapter), ...vectorWords(overview), keptPhrase(overview)].join(" · ");
  if (parts.length > 1) return wholePhrase(overview);
  const head = headTitle(task);
  return [
    kindWords(overview),
    ...(family === null ? (overview.kind === "unknown" ? [] : ["unknown family"]) : [family]),
    ...(head === null ? [] : [head + scoreWords(overview)]),
    ...(geometry !== null && geometry.experts !== null ? ["mixture of experts"] : []),
    ...(keptPhrase(overview) === "" ? [] : [keptPhrase(overview)]),
  ].join(" · ");
}

/** A model that reads pictures or sound and writes words is named by what it reads; a file of several by what they make. */
function kindWords(overview: ComponentOverview): string {
  const parts = overview.towers.map(({ component }) => component);
  return kindTitle(overview, parts, overview.kvCache !== null);
}

/** `pipeline in one file · Stable Diffusion XL · 4 models · F16`: a file of a whole pipeline is none of its parts. */
function wholePhrase(overview: ComponentOverview): string {
  const { family, parts } = overview;
  return [
    "pipeline in one file",
    ...(family === null ? [] : [family.replace(/ UNet$/, "")]),
    formatQuantity(parts.filter(({ parameters }) => parameters > 0).length, "model"),
    keptPhrase(overview),
  ].join(" · ");
}

/** A head of one row gives one number, whatever it is asked. */
function scoreWords({ geometry, roles }: ComponentOverview): string {
  const head = roles.find(({ role }) => role === "head")?.parameters;
  const hidden = geometry?.hidden ?? null;
  if (head === undefined || hidden === null || (head !== hidden && head !== hidden + 1)) return "";
  return " with one score (reward model, ranker)";
}

function adapterWords(adapter: NonNullable<ComponentOverview["adapter"]>): string {
  const { alpha, scaling, ranks, rank } = adapter;
  const base = adapter.base ?? adapter.baseFamily;
  const several = rank === null && ranks !== null ? Object.keys(ranks) : [];
  return [
    `${adapterPhrase({ ...adapter, rank: null, modules: 0 })}${base === null ? "" : ` for ${base}`}`,
    ...(rank === null ? [] : [`rank ${formatCount(rank)}`]),
    ...(several.length === 0 ? [] : [`ranks ${several[0]} to ${several.at(-1)}`]),
    ...(alpha === null ? [] : [`alpha ${alpha}`]),
    ...(scaling === null ? [] : [`scale ${Number(scaling.toFixed(4))}`]),
    ...(adapter.modules === 0 ? [] : [formatQuantity(adapter.modules, "module")]),
  ].join(" · ");
}

/** `4 vectors of 1,280 and 768`: a textual inversion is a few rows of tables of tokens, one table for each encoder. */
function vectorWords({ adapter, largest }: ComponentOverview): string[] {
  if (adapter?.kind !== "textual-inversion" || largest.length === 0) return [];
  const widths = largest.map(({ shape }) => formatCount(shape.at(-1) ?? 0));
  const counts = new Set(largest.map(({ shape }) => (shape.length < 2 ? 1 : (shape[0] ?? 0))));
  const [count] = counts;
  if (count === undefined || counts.size > 1) return [];
  return [`${formatQuantity(count, "vector")} of ${widths.join(" and ")}`];
}

/** Schemes that are told on one line. */
const MAX_SCHEMES = 2;

/** How its weights are kept: schemes with what shares a scale, else the dtypes that most bytes have. */
export function keptPhrase({ precision, dtypes }: ComponentOverview): string {
  const quantized = precision.schemes.filter(({ scheme }) => scheme !== "none");
  if (quantized.length > 0) {
    // How zero points are meant is for who loads them: `precision` tells it.
    const names = quantized
      .slice(0, MAX_SCHEMES)
      .map((row) => schemeName({ ...row, zeroPoints: null }, granularityWords(row, row.title)));
    const more =
      quantized.length > MAX_SCHEMES ? [`${formatCount(quantized.length - MAX_SCHEMES)} more`] : [];
    return [...names, ...more].join(" + ");
  }
  const [first, second] = dtypes;
  if (first === undefined) return "";
  return second === undefined || first.share > 0.9 ? first.dtype : `${first.dtype} + ${second.dtype}`;
}

/** `62 layers: 48 heads × 128 over 8 KV heads, 8 of 256 experts × 1,536 · hidden 3,072 · vocabulary 200,064`; "" for none. */
export function geometryPhrase({ geometry, kind, kvCache, towers, parameters }: ComponentOverview): string {
  if (geometry === null) return "";
  const { hidden, vocabulary, channels } = geometry;
  const side = towers.filter((tower) => tower.parameters >= parameters * MIN_TOWER_SHARE);
  return [
    ...(channels === null ? layersWords(geometry, kind, kvCache !== null) : channelWords(channels)),
    ...(hidden === null || channels !== null || isOfStages(geometry, kind)
      ? []
      : [`hidden ${formatCount(hidden)}`]),
    ...(vocabulary === null ? [] : [`vocabulary ${formatCount(vocabulary)}`]),
    ...(side.length < 2 ? [] : [side.map((tower) => towerWords(tower, parameters, kind)).join(", ")]),
  ].join(" · ");
}

/** `vision 71 % (24 layers × 1,024)`: of what sees or hears beside a text, as its layers are in no other line. */
function towerWords(
  { component, parameters, layers, width }: ComponentOverview["towers"][number],
  all: number,
  kind: ComponentOverview["kind"],
): string {
  const wide = width === null ? "" : ` × ${formatCount(width)}`;
  const own =
    kind !== "multimodal" || layers === null || layers < 2
      ? ""
      : ` (${formatQuantity(layers, "layer")}${wide})`;
  return `${component} ${wholePercent(parameters / all)}${own}`;
}

/** `97 %`, and `< 1 %` of what is there and rounds to nothing. */
function wholePercent(share: number): string {
  const percent = Math.round(share * 100);
  return percent === 0 ? "< 1 %" : `${percent} %`;
}

type Geometry = NonNullable<ComponentOverview["geometry"]>;

function layersWords(geometry: Geometry, kind: ComponentOverview["kind"], writes: boolean): string[] {
  const { stacks, mixers } = geometry;
  const [main] = stacks;
  if (main === undefined) return [];
  const details = [...attentionWords(geometry, kind), ...expertWords(geometry)];
  // Of several lists none is "the layers": a transformer that paints has its double and its single blocks.
  if (
    isOfStages(geometry, kind) ||
    (stacks.length > 1 && (mixers === null || kind === "diffusion-transformer"))
  ) {
    // A stem is where the stages begin, and none of them.
    const lists = stacks
      .filter(({ stack }) => !isOfStages(geometry, kind) || !/(?:^|\.)stem$/.test(stack))
      .map(({ stack, layers }) => `${stack} × ${formatCount(layers)}`)
      .join(", ");
    return [details.length === 0 || mixers === null ? lists : `${lists}: ${details.join(", ")}`];
  }
  const sides = ["encoder", "decoder"].map((side) =>
    stacks.filter(({ stack }) => stack.split(".").includes(side)),
  );
  // The encoder of a multimodal model is that of a tower.
  const isTwoSided = kind !== "multimodal" && sides.every((own) => own.length > 0);
  // A backbone beside them is neither side.
  const counted = isTwoSided ? stacks.filter((stack) => sides.some((own) => own.includes(stack))) : stacks;
  // Of two towers that see and read, the layers are those of the one that reads.
  const whose = kind === "multimodal" && !writes ? "text " : "";
  const count =
    isTwoSided || (kind === "seq2seq" && stacks.length > 1)
      ? `${counted.map(({ layers }) => formatCount(layers)).join(" + ")} layers`
      : `${whose}${formatQuantity(main.layers, "layer")}`;
  return [details.length === 0 ? count : `${count}: ${details.join(", ")}`];
}

/** Whether what repeats are stages of convolutions: no layers, and each of a width of its own. */
function isOfStages({ mixers }: Geometry, kind: ComponentOverview["kind"]): boolean {
  return /unknown mixer|^convolution$/.test(mixers ?? "") && !MIXING_KINDS.has(kind);
}

function attentionWords(geometry: Geometry, kind: ComponentOverview["kind"]): string[] {
  const { heads, headDim, kvHeads, mixers } = geometry;
  if (isOfStages(geometry, kind)) return [];
  if (heads === null || headDim === null || mixers?.startsWith("hybrid"))
    return mixers === null ? [] : [mixersInWords(mixers)];
  const shared = kvHeads === null || kvHeads === heads ? "" : ` over ${formatQuantity(kvHeads, "KV head")}`;
  const mixer = kvHeads === null ? `${mixersInWords(mixers ?? "")}, ` : "";
  return [`${mixer}${formatQuantity(heads, "head")} × ${formatCount(headDim)}${shared}`];
}

function expertWords({ experts, expertsPerToken, expertWidth }: Geometry): string[] {
  if (experts === null) return [];
  const picks = expertsPerToken === null ? "" : `${formatCount(expertsPerToken)} of `;
  return [
    `${picks}${formatCount(experts)} experts${expertWidth === null ? "" : ` × ${formatCount(expertWidth)}`}`,
  ];
}

function channelWords({ in: from, out, text, downscale }: NonNullable<Geometry["channels"]>): string[] {
  const known = (value: number | null) => (value === null ? "?" : formatCount(value));
  if (downscale !== null) return [`${known(from)} channels ÷ ${downscale} to ${known(out)}`];
  return [`${known(from)} → ${known(out)} channels`, ...(text === null ? [] : [`text ${formatCount(text)}`])];
}

/** `12 × 768`: layers and width of a part among several; channels of what has them. */
export function shortGeometry({ geometry }: ComponentOverview): string {
  if (geometry === null) return "";
  if (geometry.channels !== null) return channelWords(geometry.channels).join(", ");
  const layers = geometry.stacks.map((stack) => formatCount(stack.layers)).join(" + ");
  return layers === ""
    ? ""
    : `${layers} layers${geometry.hidden === null ? "" : ` × ${formatCount(geometry.hidden)}`}`;
}
