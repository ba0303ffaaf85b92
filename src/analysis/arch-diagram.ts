import type { LayerFacts } from "../architecture/layer-facts.ts";
import { runsInParallel } from "../architecture/layer-facts.ts";
import type { Mixer } from "../architecture/mixers.ts";
import type { Model } from "../architecture/model.ts";
import { compareRoles, type Role } from "../architecture/roles.ts";
import { formatCount } from "../format/count.ts";
import { formatIndexRanges } from "../format/ranges.ts";
import { readLinear } from "./arch-linears.ts";
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

/** Norms stand where their placement says; what reads the same input is drawn as one box. */
function branchesOf(layer: LayerFacts, model: Model): DiagramBranch[] {
  const { placement, kind } = layer.norms;
  const norm: DiagramBox = { kind: "norm", title: kind ?? "norm", lines: [] };
  const boxesOf = (isCross: boolean) =>
    layer.mixers
      .filter(({ type }) => (type === "cross-attention") === isCross)
      .map((mixer) => mixerBox(mixer, layer, model));
  const own = new Set(layer.mixers.map(({ type }) => type));
  const mixers = own.size > 1 && !own.has("cross-attention") ? sideBySide(boxesOf(false)) : boxesOf(false);
  const forward = sideBySide(forwardBoxes(layer, model));
  if (runsInParallel(layer, model.claims)) return [{ boxes: [norm, ...sideBySide([...mixers, ...forward])] }];
  const before = placement === "pre" || placement === "sandwich" || placement === "one norm" ? [norm] : [];
  const after = placement === "post" || placement === "sandwich" ? [norm] : [];
  return [mixers, boxesOf(true), forward]
    .filter((boxes) => boxes.length > 0)
    .map((boxes) => ({
      boxes: [...(placement === "MLP only" && boxes === forward ? [norm] : before), ...boxes, ...after],
    }));
}

/** Boxes that work on one input as a single box, each with its lines below its title. */
function sideBySide(boxes: readonly DiagramBox[]): readonly DiagramBox[] {
  const [first] = boxes;
  if (first === undefined || boxes.length === 1) return boxes;
  const lines = boxes.flatMap((box) => [box.title, ...box.lines.map((line) => `  ${line}`)]);
  return [{ kind: first.kind, title: "side by side, on the same input", lines }];
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
    const isMixed = layer.group.tensorRoles.some((tensorRole) => tensorRole.role === "rwkv.channel_mix");
    const name = isMixed ? "channel mix" : `${dense.gated ? "gated " : ""}MLP`;
    const title = `${name} · ${known(dense.width)}`;
    boxes.push({ kind: "mlp", title, lines: linears(layer, model, isForward) });
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

function isForward(role: Role): boolean {
  return role.startsWith("mlp.") || role === "rwkv.channel_mix";
}

/** Linears of some roles as `q  3,072 → 6,144`. */
function linears({ group, feedForward }: LayerFacts, model: Model, wants: (role: Role) => boolean): string[] {
  const tensorRoles = group.tensorRoles.toSorted((a, b) => compareRoles(a.role, b.role));
  const lines = tensorRoles.flatMap((tensorRole) => {
    if (!wants(tensorRole.role) || tensorRole.role === "attn.qk_norm") return [];
    const linear = readLinear(tensorRole, model, feedForward.moe?.experts.value ?? null);
    if (linear === undefined) return [];
    // RWKV's roles stand for a whole block: its linears have names of their own.
    const name =
      tensorRole.bucket === "rwkv"
        ? tensorRole.leaf
        : tensorRole.role.slice(tensorRole.role.indexOf(".") + 1);
    return [`${name}  ${formatCount(linear.in)} → ${formatCount(linear.out)}`];
  });
  return [...new Set(lines)];
}
