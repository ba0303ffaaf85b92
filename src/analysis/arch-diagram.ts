import type { LayerFacts } from "../architecture/layer-facts.ts";
import { linearShape } from "../architecture/linear-shape.ts";
import type { Mixer } from "../architecture/mixers.ts";
import type { Model } from "../architecture/model.ts";
import type { Place } from "../architecture/places.ts";
import { compareRoles, type Role } from "../architecture/roles.ts";
import { formatCount } from "../format/count.ts";
import { formatIndexRanges } from "../format/ranges.ts";
import { attentionName, attentionSize, known, mixerName } from "./arch-words.ts";

/** A box of a layer: what it is, and what is in it. Words and figures of ours only, no name from the file. */
export interface DiagramBox {
  readonly kind: "norm" | "mixer" | "mlp" | "moe";
  readonly title: string;
  readonly lines: readonly string[];
}

/** A path beside the residual stream: boxes one after another, whose result is added to the stream. */
export interface DiagramBranch {
  readonly boxes: readonly DiagramBox[];
}

/** One layer of a kind. */
export interface Diagram {
  readonly layers: string;
  readonly count: number;
  /** Width of the residual stream, null is not known. */
  readonly width: number | null;
  readonly branches: readonly DiagramBranch[];
}

/** Kinds of layers that are drawn; more make a drawing that nobody reads. */
const MAX_DIAGRAMS = 6;

export function drawLayers(model: Model): Diagram[] {
  return model.layers.slice(0, MAX_DIAGRAMS).map((layer) => ({
    layers: formatIndexRanges(layer.members),
    count: layer.members.length,
    width: model.hidden,
    branches: branchesOf(layer, model),
  }));
}

/** Norms stand where their placement says; with one norm for both, mixer and MLP read the same input. */
function branchesOf(layer: LayerFacts, model: Model): DiagramBranch[] {
  const { placement, kind } = layer.norms;
  const norm: DiagramBox = { kind: "norm", title: kind ?? "norm", lines: [] };
  const mixers = layer.mixers.map((mixer) => mixerBox(mixer, layer, model));
  const forward = forwardBoxes(layer, model);
  const inner = [mixers, forward].filter((boxes) => boxes.length > 0);
  const before = placement === "pre" || placement === "sandwich" || placement === "one norm" ? [norm] : [];
  const after = placement === "post" || placement === "sandwich" ? [norm] : [];
  if (placement === "one norm" && inner.length > 1) return [{ boxes: [norm, ...inner.flat()] }];
  return inner.map((boxes) => ({ boxes: [...before, ...boxes, ...after] }));
}

const MIXER_PREFIXES: Readonly<Record<Mixer["type"], string>> = {
  attention: "attn.",
  "cross-attention": "xattn.",
  linear: "lin.",
  ssm: "ssm.",
  recurrent: "rec.",
  rwkv: "rwkv.time_mix",
  unknown: "unknown",
};

function mixerBox(mixer: Mixer, layer: LayerFacts, model: Model): DiagramBox {
  const title =
    mixer.type === "attention"
      ? `attention · ${attentionName(mixer.facts)} · ${attentionSize(mixer.facts)}`
      : mixerName(mixer);
  const lines = linears(layer, model, (role) => role.startsWith(MIXER_PREFIXES[mixer.type]));
  const extras =
    mixer.type === "attention"
      ? [
          ...(mixer.facts.qkNorm === null ? [] : [`q and k normalised, ${mixer.facts.qkNorm}`]),
          ...(mixer.facts.sinks ? ["a sink for each head"] : []),
        ]
      : [];
  return { kind: "mixer", title, lines: [...lines, ...extras] };
}

function forwardBoxes(layer: LayerFacts, model: Model): DiagramBox[] {
  const { dense, moe } = layer.feedForward;
  const boxes: DiagramBox[] = [];
  if (dense !== null) {
    const title = `${dense.gated ? "gated " : ""}MLP · ${formatCount(dense.width)}`;
    boxes.push({ kind: "mlp", title, lines: linears(layer, model, (role) => role.startsWith("mlp.")) });
  }
  if (moe !== null) {
    const count = known(moe.experts.value);
    const bias = moe.hasRouterBias ? ", scores biased" : "";
    const lines = [
      `router picks ${known(moe.topK.value)} of ${count}${bias}`,
      ...linears(layer, model, (role) => role === "moe.router" || role === "moe.latent"),
      `each of ${count} experts · ${known(moe.expertWidth)}`,
      ...linears(layer, model, (role) => role.startsWith("expert.")),
      ...(moe.sharedWidth === null ? [] : [`shared expert · ${formatCount(moe.sharedWidth)}`]),
      ...linears(layer, model, (role) => role.startsWith("shared_expert.")),
    ];
    boxes.push({ kind: "moe", title: "mixture of experts", lines });
  }
  return boxes;
}

/** Linears of some roles as `q  3,072 → 6,144`. */
function linears(
  { group }: LayerFacts,
  { weights, hidden }: Model,
  wants: (role: Role) => boolean,
): string[] {
  const places = group.places.toSorted((a, b) => compareRoles(a.role, b.role));
  const lines = places.flatMap((place) => {
    if (!wants(place.role) || !isMatrix(place)) return [];
    const shape = linearShape(place, weights, hidden);
    if (shape === undefined) return [];
    const turned = place.shape.length >= 3 && (place.role === "expert.down") !== (shape.rows === hidden);
    const [from, to] = turned ? [shape.rows, shape.columns] : [shape.columns, shape.rows];
    return [`${place.role.slice(place.role.indexOf(".") + 1)}  ${formatCount(from)} → ${formatCount(to)}`];
  });
  return [...new Set(lines)];
}

function isMatrix(place: Place): boolean {
  const isWeight = place.part === "weight" || place.part === "packed";
  return isWeight && place.shape.length >= 2 && !/\.(conv|a|qk_norm|time_mix)$/.test(place.role);
}
