import type { ArchResult, Figure } from "../../analysis/arch.ts";
import { formatBytes } from "../../format/bytes.ts";
import { formatCount, formatQuantity } from "../../format/count.ts";
import { summarizeRanges } from "../../format/ranges.ts";
import type { Inline, Span } from "./document.ts";
import { ATTENTION_WORDS } from "./phrases.ts";

type Rows = (readonly [string, Inline])[];

/** A figure, `?` where it is not known. */
export function formatFigure({ value }: Figure): string {
  return value === null ? "?" : formatCount(value);
}

/** Where a figure comes from, and what contradicts it, right behind it. */
export function originOf({ from, claimed }: Figure): Span {
  if (claimed !== undefined) return { text: `  config.json says ${formatCount(claimed)}`, meaning: "error" };
  if (from === null) return { text: "", meaning: "muted" };
  const words = { headers: "headers", config: "config", both: "headers, config" };
  return { text: `  (${words[from]})`, meaning: "muted" };
}

/** What absence may mean: tensors that are not here or that no rule recognises may be what is missed. */
export function noneOf({ isComplete, unknown }: ArchResult): string {
  if (!isComplete) return "none seen";
  return unknown.length > 0 ? "none recognised" : "none";
}

/** Kinds that read or write words, so that a table of them, a head over them and a cache may be missed. */
const OF_WORDS: ReadonlySet<ArchResult["kind"]> = new Set<ArchResult["kind"]>([
  "language-model",
  "seq2seq",
  "multimodal",
  "encoder",
]);

/** Whether nobody misses the parts of a language model: it is of another kind, or of none and has no layers. */
export function isForeign({ kind, layers, isComplete }: ArchResult): boolean {
  if (!isComplete || OF_WORDS.has(kind)) return false;
  return kind !== "unknown" || layers.count.value === null;
}

export function attentionRows(result: ArchResult): Rows {
  const { attention } = result;
  if (attention === null)
    return noneOf(result) === "none" || isForeign(result) ? [] : [["attention", noneOf(result)]];
  return attention.geometries.flatMap((facts, at): Rows => {
    const ratio = facts.ratio !== null && facts.kind === "GQA" ? ` ${formatCount(facts.ratio)}:1` : "";
    const rows: Rows = [
      [
        at === 0 ? "attention" : "",
        `${facts.kind}${ratio} (${ATTENTION_WORDS[facts.kind]}), ${widthOf(facts)}`,
      ],
      ["  heads", [{ text: formatFigure(facts.heads) }, originOf(facts.heads)]],
      ["  head width", [{ text: formatFigure(facts.headDim) }, originOf(facts.headDim)]],
    ];
    // As many as there are queries go without saying.
    const isShared = facts.kind !== "MHA" || facts.kvHeads.claimed !== undefined;
    if (facts.latent === null && isShared)
      rows.push(["  KV heads", [{ text: formatFigure(facts.kvHeads) }, originOf(facts.kvHeads)]]);
    if (facts.latent !== null) rows.push(["  latent", latentPhrase(facts.latent)]);
    if (facts.qkNorm !== null) rows.push(["  q/k norm", facts.qkNorm]);
    if (facts.outputGate !== null) rows.push(["  output gate", facts.outputGate]);
    if (facts.biases !== "") rows.push(["  biases", facts.biases.split("").join(", ")]);
    if (facts.indexer !== null) {
      const heads = facts.indexer.heads === null ? "" : `${facts.indexer.heads} × `;
      rows.push(["  indexer", `${heads}${facts.indexer.keyWidth}`]);
    }
    return rows;
  });
}

function widthOf({ layout, width }: Geometry): string {
  return layout === undefined ? `${formatCount(width)} wide` : "? wide: the layout is not understood";
}

type Geometry = NonNullable<ArchResult["attention"]>["geometries"][number];

function latentPhrase(latent: NonNullable<Geometry["latent"]>): string {
  const part = (name: string, value: number | null) => `${name} ${value === null ? "?" : formatCount(value)}`;
  const query = latent.queryRank === null ? [] : [part("query rank", latent.queryRank)];
  return [
    part("KV rank", latent.kvRank),
    ...query,
    part("rotary", latent.ropeWidth),
    part("nope", latent.nopeWidth),
    part("value", latent.valueWidth),
  ].join(" · ");
}

export function moeRows(result: ArchResult): Rows {
  const { moe } = result;
  if (moe === null) return [];
  const width = moe.expertWidth === null ? "?" : formatCount(moe.expertWidth);
  const rows: Rows = [
    ["experts", [{ text: `${formatFigure(moe.experts)}, each ${width} wide` }, originOf(moe.experts)]],
    ["  per token", [{ text: formatFigure(moe.topK) }, originOf(moe.topK)]],
    [
      "  layers",
      `${summarizeRanges(moe.layers)}${moe.denseLayers === "" ? "" : `; dense: ${summarizeRanges(moe.denseLayers)}`}`,
    ],
    ["  router bias", moe.hasRouterBias ? "stored" : noneOf(result)],
  ];
  if (moe.sharedWidth !== null) {
    const gate = moe.hasSharedGate ? ", gated" : "";
    rows.push(["  shared", `width ${formatCount(moe.sharedWidth)}${gate}`]);
  }
  if (moe.scoring !== null) rows.push(["  scores", `${moe.scoring} (config)`]);
  return rows;
}

export function positionRows({ positions }: ArchResult): Rows {
  const parts = [
    ...(positions.ropeTheta === null ? [] : [`RoPE theta ${formatCount(positions.ropeTheta)}`]),
    ...(positions.rotaryDim === null ? [] : [`rotary width ${positions.rotaryDim}`]),
    ...(positions.partialRotaryFactor === null ? [] : [`partial ${positions.partialRotaryFactor}`]),
    ...(positions.ropeScaling === null ? [] : [positions.ropeScaling]),
    ...(positions.context === null ? [] : [`context ${formatCount(positions.context)}`]),
  ];
  const claims: Rows = parts.length === 0 ? [] : [["positions", `${parts.join(" · ")} (config)`]];
  const label = claims.length === 0 ? "positions" : "";
  return positions.learned ? [...claims, [label, "a learned table of positions is stored"]] : claims;
}

/** "1 byte, as declared": what is said of the cache beside its width. */
function elementWords({ elementBytes, basis }: NonNullable<ArchResult["kvCache"]>): string {
  const width = Number.isInteger(elementBytes)
    ? formatQuantity(elementBytes, "byte")
    : `${elementBytes * 8} bits`;
  return basis === null ? width : `${width} (${BASIS_WORDS[basis]})`;
}

const BASIS_WORDS = {
  declared: "declared",
  stored: "its scales are stored",
  both: "declared, and its scales are stored",
} as const;

/** Kinds that write no tokens, whatever their layers do. */
const NEVER_WRITE: ReadonlySet<ArchResult["kind"]> = new Set<ArchResult["kind"]>([
  "unet",
  "autoencoder",
  "controlnet",
  "diffusion-transformer",
  "encoder",
  "vision",
  "adapter",
]);

export function cacheRows(result: ArchResult): Rows {
  const { attention, isComplete, kind, kvCache, layers, unknown } = result;
  if (kvCache === null && (NEVER_WRITE.has(kind) || isForeign(result))) return [];
  if (kvCache === null && !isComplete) return [["KV cache", "? only a part of the tensors is here"]];
  if (kvCache === null && unknown.length > 0 && /^none$|unknown mixer|convolution/.test(layers.mixers))
    return [["KV cache", "? no rule recognises what its layers do"]];
  if (kvCache === null && attention?.geometries.some(({ layout }) => layout !== undefined))
    return [["KV cache", "? the layout of its projections is not understood"]];
  if (kvCache === null) return [];
  const grows = kvCache.bytesPerToken > 0;
  const rows: Rows = [];
  if (grows || kvCache.stateBytes === 0)
    rows.push([
      "KV cache",
      `${formatQuantity(kvCache.bytesPerToken, "byte")} per token, at ${elementWords(kvCache)} an element`,
    ]);
  if (kvCache.growingBytesPerToken !== kvCache.bytesPerToken)
    rows.push(["", `${formatCount(kvCache.growingBytesPerToken)} of them in layers without a window`]);
  if (kvCache.indexKeyBytesPerToken > 0)
    rows.push(["", `${formatCount(kvCache.indexKeyBytesPerToken)} of them index keys`]);
  if (kvCache.bytesPerSourceToken > 0)
    rows.push(["", `${formatCount(kvCache.bytesPerSourceToken)} bytes for each token of the source`]);
  if (kvCache.stateBytes !== 0)
    rows.push([
      "state",
      kvCache.stateBytes === null
        ? "? per sequence"
        : `${formatCount(kvCache.stateBytes)} bytes per sequence`,
    ]);
  if (grows && kvCache.context !== null && kvCache.bytesAtContext !== null)
    rows.push([
      kvCache.stateBytes === 0 ? "" : "both",
      `${formatBytes(kvCache.bytesAtContext)} for ${formatCount(kvCache.context)} tokens`,
    ]);
  return rows;
}
