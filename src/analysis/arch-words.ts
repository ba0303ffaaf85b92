import type { AttentionFacts } from "../architecture/attention.ts";
import type { LayerFacts } from "../architecture/layer-facts.ts";
import type { Mixer } from "../architecture/mixers.ts";
import { isUnknownMatrix } from "../architecture/tensor-roles.ts";
import { formatCount } from "../format/count.ts";

/** `GQA 6:1`, `MLA`, `MHA`: the kind, and how many query heads share one of keys. */
export function attentionName(facts: AttentionFacts): string {
  const ratio = facts.kind === "GQA" && facts.ratio !== null ? ` ${formatCount(facts.ratio)}:1` : "";
  return `${facts.kind}${ratio}`;
}

/** `48 × 128`: heads and their width; the whole width where heads are not known. */
export function attentionSize(facts: AttentionFacts): string {
  if (facts.layout !== undefined) return "? × ?";
  return facts.heads.value === null || facts.headDim.value === null
    ? `${formatCount(facts.width)} wide`
    : `${facts.heads.value} × ${facts.headDim.value}`;
}

/** `48 heads × 128, 8 KV`, `MLA, 16 heads × 128`; what is not known is left out, or `?` where it is in doubt. */
export function attentionWords(facts: AttentionFacts): string {
  const { heads, headDim, kvHeads, kind } = facts;
  if (facts.layout !== undefined || heads.value === null || headDim.value === null)
    return `${attentionName(facts)}, ${attentionSize(facts)}`;
  const shared =
    kvHeads.value === null || kvHeads.value === heads.value ? "" : `, ${formatCount(kvHeads.value)} KV`;
  const name = facts.latent === null ? "" : `${kind}, `;
  return `${name}${formatCount(heads.value)} heads × ${formatCount(headDim.value)}${shared}`;
}

/** What an indexer and a compressor make of attention: `sparse `, `sparse CSA `, nothing where there are none. */
function pickedName({ indexer, compressor }: AttentionFacts): string {
  return `${indexer === null ? "" : "sparse "}${compressor === null ? "" : `${compressor.kind} `}`;
}

/** The mixer of one layer: as `mixerName`, and how many query heads share one of keys. */
export function layerMixerName(mixer: Mixer): string {
  return mixer.type === "attention"
    ? `${pickedName(mixer.facts)}${attentionName(mixer.facts)}`
    : mixerName(mixer);
}

/** The kind of a mixer in a word or two, the same for all layers that share it. */
export function mixerName(mixer: Mixer): string {
  switch (mixer.type) {
    case "attention":
      return `${pickedName(mixer.facts)}${mixer.facts.kind}`;
    case "cross-attention":
      return "cross-attention";
    default:
      return mixer.kind;
  }
}

/** All mixers of a layer: `GQA`, `Mamba-2 + GQA` side by side, `no mixer`. */
export function mixersName(mixers: readonly Mixer[]): string {
  return mixers.length === 0 ? "no mixer" : mixers.map(mixerName).join(" + ");
}

/** `MoE 256 × 1,536`, `dense 12,288`, `no MLP`; `unknown` where matrices are left that no rule recognises. */
export function feedForwardName({ feedForward, group }: LayerFacts): string {
  const { dense, moe } = feedForward;
  const names: string[] = [];
  if (moe !== null) {
    const shared = moe.sharedWidth === null ? "" : " + shared";
    names.push(`MoE ${known(moe.experts.value)} × ${known(moe.expertWidth)}${shared}`);
  }
  if (dense !== null) names.push(`dense ${known(dense.width)}`);
  if (names.length > 0) return names.join(" + ");
  return group.tensorRoles.some(isUnknownMatrix) ? "unknown" : "no MLP";
}

/** A number, or `?` for one that is not known. */
export function known(value: number | null): string {
  return value === null ? "?" : formatCount(value);
}

/** One kind of mixer for all layers, or `hybrid: 45 × gated DeltaNet + 15 × GQA`. */
export function modelMixers(layers: readonly LayerFacts[]): string {
  const counts = new Map<string, number>();
  for (const layer of layers) {
    const name = mixersName(layer.mixers);
    counts.set(name, (counts.get(name) ?? 0) + layer.members.length);
  }
  const [only] = counts.keys();
  if (counts.size === 0) return "none";
  if (counts.size === 1) return only as string;
  return `hybrid: ${[...counts].map(([name, count]) => `${count} × ${name}`).join(" + ")}`;
}
