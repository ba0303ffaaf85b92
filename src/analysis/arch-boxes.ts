import { type LayerFacts, runsInParallel } from "../architecture/layer-facts.ts";
import type { Mixer } from "../architecture/mixers.ts";
import type { Model } from "../architecture/model.ts";
import { ROLE_BUCKETS } from "../architecture/roles.ts";
import type { TensorRole } from "../architecture/tensor-roles.ts";
import type { Claims } from "../checkpoint/claims.ts";
import { denseSteps, mixerSteps, moeSteps, type Step } from "./arch-steps.ts";
import { attentionName, attentionSize, known, mixerName } from "./arch-words.ts";

/** Layers of one structure, as far as their boxes depend on it. */
export interface Context {
  readonly layer: LayerFacts;
  readonly model: Model;
  readonly claims: Claims;
  readonly window: number | null;
  readonly width: number | null;
  readonly members: readonly number[];
  readonly isWriter: boolean;
  /** Lists side by side that the stack stands for, `attentions.{0-2}.transformer_blocks`: each has these layers. */
  readonly lists: number;
}

/** A box before its weights are put into it. */
export interface Box {
  readonly kind: "norm" | "mixer" | "mlp" | "moe" | "add" | "rest";
  readonly title: string;
  readonly steps: readonly Step[];
  readonly holds: (tensorRole: TensorRole) => boolean;
}

export const bucketOfRole = (tensorRole: TensorRole) => ROLE_BUCKETS[tensorRole.role];

const MIXER_BUCKETS: Readonly<Record<Mixer["type"], string>> = {
  attention: "attention",
  "cross-attention": "cross_attention",
  linear: "linear_attention",
  ssm: "ssm",
  recurrent: "recurrent",
  rwkv: "rwkv",
  unknown: "unknown",
};

const ADDED_STREAM: readonly Step[] = [
  { lane: "added stream", does: "own q, k, v", isClaim: false },
  { lane: "added stream", does: "attended to with the first as one", isClaim: false },
  { lane: "added stream", does: "own out", isClaim: false },
];

function mixerBox(mixer: Mixer, context: Context): Box {
  const isJoint = mixer.type === "attention" && hasAddedStream(context.layer);
  const title =
    mixer.type === "attention"
      ? `${isJoint ? "joint " : ""}${attentionName(mixer.facts)} attention · ${attentionSize(mixer.facts)}`
      : mixerName(mixer);
  const steps = mixerSteps(mixer, context);
  return {
    kind: "mixer",
    title,
    steps: isJoint ? [...ADDED_STREAM, ...steps] : steps,
    holds: (tensorRole) =>
      bucketOfRole(tensorRole) === MIXER_BUCKETS[mixer.type] && tensorRole.role !== "rwkv.channel_mix",
  };
}

const MOE_BUCKETS: ReadonlySet<string> = new Set(["experts", "experts_latent", "router", "shared_experts"]);

const isOfAddedMlp = ({ inner }: TensorRole) => inner[0] === "ff_context";

function forwardBoxes(context: Context): Box[] {
  const { layer, claims } = context;
  const { dense, moe } = layer.feedForward;
  const boxes: Box[] = [];
  if (moe !== null)
    boxes.push({
      kind: "moe",
      title: `mixture of experts · ${known(moe.experts.value)} × ${known(moe.expertWidth)}`,
      steps: moeSteps(context),
      holds: (tensorRole) => MOE_BUCKETS.has(bucketOfRole(tensorRole)),
    });
  if (dense !== null) {
    const isMixed = layer.group.tensorRoles.some((tensorRole) => tensorRole.role === "rwkv.channel_mix");
    const plural =
      hasAddedStream(layer) && layer.group.tensorRoles.some(isOfAddedMlp) ? "s of both streams" : "";
    const name = isMixed ? "channel mix" : `${dense.gated ? "gated " : ""}MLP${plural}`;
    const ends: Step[] = isJoined(layer)
      ? [{ lane: null, does: "down, with what attention made", isClaim: false }]
      : [];
    boxes.push({
      kind: "mlp",
      title: `${name} · ${known(dense.width)}`,
      steps: isMixed
        ? []
        : [
            ...denseSteps(dense.gated, claims.word("activation")?.value ?? null).slice(
              0,
              isJoined(layer) ? -1 : undefined,
            ),
            ...ends,
          ],
      holds: (tensorRole) => bucketOfRole(tensorRole) === "mlp" || tensorRole.role === "rwkv.channel_mix",
    });
  }
  return boxes;
}

const isModulation = (tensorRole: TensorRole) => tensorRole.role === "diff.mod";

/** Whether one matrix takes in what attention and MLP made: its columns are more than the MLP's. */
function isJoined({ feedForward, group }: LayerFacts): boolean {
  const width = feedForward.dense?.width ?? null;
  return (
    width !== null &&
    group.tensorRoles.some(
      ({ role, leaf, shape }) => role === "mlp.down" && leaf === "proj_out" && (shape[1] ?? 0) > width,
    )
  );
}

/** Whether a second stream, such as a text's, has projections of its own and is attended to together with the first. */
function hasAddedStream({ group }: LayerFacts): boolean {
  return group.tensorRoles.some(({ leaf }) => leaf === "add_q_proj");
}

/** Boxes of a branch one after another; `add` ends it where its result joins the stream. */
export function branchesOf(context: Context): Box[][] {
  const { layer, claims } = context;
  const { placement, kind } = layer.norms;
  const cross = layer.mixers.filter(({ type }) => type === "cross-attention");
  const own = layer.mixers.filter(({ type }) => type !== "cross-attention");
  const boxes = (mixers: readonly Mixer[]) => mixers.map((mixer) => mixerBox(mixer, context));
  const forward = forwardBoxes(context);
  // A diffusion transformer's norms have no weights of their own: what they scale and shift by is made from the time.
  const isModulated = placement === "none" && layer.group.tensorRoles.some(isModulation);
  const norm: Box = isModulated
    ? { kind: "norm", title: "modulated norm", steps: [], holds: isModulation }
    : { kind: "norm", title: kind ?? "norm", steps: [], holds: () => false };
  if (runsInParallel(layer, claims) || isJoined(layer)) return [[norm, ...boxes(own), ...forward]];
  const isBefore = isModulated || placement === "pre" || placement === "sandwich" || placement === "one norm";
  const isAfter = placement === "post" || placement === "sandwich";
  return [boxes(own), boxes(cross), forward]
    .filter((branch) => branch.length > 0)
    .map((branch) => [
      ...(isBefore || (placement === "MLP only" && branch === forward) ? [norm] : []),
      ...branch,
      ...(isAfter ? [norm] : []),
    ]);
}
