import type { AttentionFacts } from "../architecture/attention.ts";
import type { LayerFacts } from "../architecture/layer-facts.ts";
import type { Mixer } from "../architecture/mixers.ts";
import type { Role } from "../architecture/roles.ts";
import type { Claims } from "../checkpoint/claims.ts";
import { formatCount } from "../format/count.ts";
import { known } from "./arch-words.ts";

/** One step of what a box computes. Lanes run side by side and meet in the steps without one. */
export interface Step {
  /** `q`, `k`, `state`; null for a step of the whole. */
  readonly lane: string | null;
  readonly does: string;
  /** Whether the configuration says so, and no header. */
  readonly isClaim: boolean;
}

/** What is told of a layer beside its mixers. */
interface Around {
  readonly layer: LayerFacts;
  readonly claims: Claims;
  /** Positions that the layer looks back over by the configuration, null for all. */
  readonly window: number | null;
  /** Whether it writes token by token: anything else sees all at once, and keeps nothing. */
  readonly isWriter: boolean;
}

/** What a mixer computes, in order; what it keeps of the past where anything is kept. */
export function mixerSteps(mixer: Mixer, around: Around): Step[] {
  const steps = allSteps(mixer, around);
  return around.isWriter ? steps : steps.filter(({ lane }) => lane !== KEPT);
}

/** The lane of what stays for the next token. */
const KEPT = "keeps";

function allSteps(mixer: Mixer, around: Around): Step[] {
  switch (mixer.type) {
    case "attention":
      return mixer.facts.latent === null
        ? attentionSteps(mixer.facts, around)
        : latentSteps(mixer.facts, mixer.facts.latent, around);
    case "cross-attention":
      return [
        step("q", "from this stream"),
        step("k", `${formatCount(mixer.keyRows)} rows, from the other side`),
        step("v", `${formatCount(mixer.valueRows)} rows, from the other side`),
        step(null, "scores, softmax, × v"),
        ...(has(around, "xattn.gate") ? [step(null, "× its own gate")] : []),
        step(null, "out"),
        keeps("a position of the source, once"),
      ];
    case "linear":
      return linearSteps(mixer, around);
    case "ssm":
      return ssmSteps(mixer, around);
    case "recurrent":
      return recurrentSteps(mixer);
    case "rwkv":
      return [
        step(null, "token shift: mix with the position before"),
        step("r", "receptance"),
        step("k", "key"),
        step("v", "value"),
        step(null, "decay and bonus, state += k × v"),
        step(null, "norm, × gate, out"),
        keepsState(mixer.stateElements),
      ];
    case "unknown":
      return [step(null, mixer.kind === "convolution" ? "convolutions" : "matrices that no rule recognises")];
    default:
      return mixer satisfies never;
  }
}

/** What a dense block computes. */
export function denseSteps(isGated: boolean, activation: string | null): Step[] {
  const act: Step = activation === null ? step(null, "activation") : claim(null, activation);
  return isGated
    ? [step("gate", "up to the width"), step("up", "up to the width"), act, step(null, "× up, down")]
    : [step(null, "up to the width"), act, step(null, "down")];
}

/** What a mixture of experts computes. */
export function moeSteps({ layer, claims }: Around): Step[] {
  const { moe } = layer.feedForward;
  if (moe === null) return [];
  const scoring = claims.word("scoring")?.value;
  const groups = claims.integer("expertGroups")?.value;
  return [
    step("router", `scores for ${known(moe.experts.value)} experts`),
    ...(scoring === undefined ? [] : [claim("router", scoring)]),
    ...(groups === undefined || groups < 2 ? [] : [claim("router", `${formatCount(groups)} groups`)]),
    ...(moe.hasRouterBias ? [step("router", "+ bias for the choice")] : []),
    moe.topK.value === null ? step("router", "top ?") : claim("router", `top ${formatCount(moe.topK.value)}`),
    ...(moe.latentWidth === null
      ? []
      : [step("experts", `down to ${formatCount(moe.latentWidth)}, and up again after them`)]),
    step("experts", `${moe.gated ? "gated MLP" : "MLP"}, ${known(moe.expertWidth)} wide`),
    ...(moe.sharedWidth === null
      ? []
      : [step("shared", `for every token, ${formatCount(moe.sharedWidth)} wide`)]),
    ...(moe.hasSharedGate ? [step("shared", "× its own gate")] : []),
    step(null, "weighted sum"),
  ];
}

function attentionSteps(facts: AttentionFacts, around: Around): Step[] {
  const { claims } = around;
  const queryNorm = facts.qkNorm === null ? [] : [`norm, ${facts.qkNorm}`];
  const width = facts.layout === undefined ? formatCount(facts.width) : "?";
  const rotary = claims.number("ropeTheta") ?? claims.part("rope_parameters").number("ropeTheta");
  const turn = (lane: string) => (rotary === undefined ? [] : [claim(lane, "rotary")]);
  return [
    ...(has(around, "attn.q_a") ? [step("q", "down, norm, up")] : []),
    step("q", facts.outputGate === "fused into q" ? `${width}, and as much for the gate` : width),
    ...queryNorm.map((does) => step("q", does)),
    ...turn("q"),
    step("k", formatCount(facts.keyRows)),
    ...queryNorm.map((does) => step("k", does)),
    ...turn("k"),
    step("v", facts.valueRows === 0 ? "the keys, as they are" : formatCount(facts.valueRows)),
    ...sideSteps(facts, claims),
    step(null, "scores ÷ √d"),
    ...windowStep(around.window),
    step(null, facts.sinks ? "softmax, a sink for each head" : "softmax"),
    step(null, shareWords(facts)),
    ...(facts.outputGate === null ? [] : [step(null, "× gate")]),
    step(null, has(around, "attn.o_a") ? "out by groups: down, up" : "out"),
    keeps(`${formatCount(facts.keyRows + facts.valueRows)} a token`),
  ];
}

function latentSteps(
  facts: AttentionFacts,
  latent: NonNullable<AttentionFacts["latent"]>,
  around: Around,
): Step[] {
  const { queryRank, kvRank, ropeWidth, nopeWidth, valueWidth } = latent;
  return [
    step(
      "q",
      queryRank === null ? "one projection" : `down to ${formatCount(queryRank)}, norm, up for all heads`,
    ),
    step("q", `${known(nopeWidth)} plain ∥ ${formatCount(ropeWidth)} rotary, a head`),
    step("kv", `down to ${formatCount(kvRank)}, norm`),
    step("kv", `up to ${known(nopeWidth)} plain of k and ${known(valueWidth)} of v, a head`),
    step("rotary key", `${formatCount(ropeWidth)}, one for all heads`),
    ...sideSteps(facts, around.claims),
    step(null, "join plain and rotary, scores ÷ √d"),
    ...windowStep(around.window),
    step(null, "softmax, × v"),
    step(null, "out"),
    keeps(`${formatCount(kvRank + ropeWidth)} a token`),
  ];
}

/** The small attention beside the large one, and what shortens its keys. */
function sideSteps({ indexer, compressor }: AttentionFacts, claims: Claims): Step[] {
  const picks = claims.integer("indexTopK")?.value;
  return [
    ...(compressor === null
      ? []
      : [step("compressor", `${compressor.kind}: one entry for ${formatCount(compressor.ratio)} tokens`)]),
    ...(indexer === null
      ? []
      : [
          step(
            "indexer",
            `${known(indexer.heads)} small queries, one key of ${formatCount(indexer.keyWidth)}`,
          ),
          picks === undefined
            ? step("indexer", "picks tokens to look at")
            : claim("indexer", `top ${formatCount(picks)}`),
        ]),
  ];
}

function shareWords({ kind, ratio }: AttentionFacts): string {
  if (kind === "MHA" || ratio === null || ratio === 1) return "× v";
  return `× v, ${formatCount(ratio)} query heads share one of keys`;
}

function linearSteps(mixer: Extract<Mixer, { type: "linear" }>, around: Around): Step[] {
  const heads = step("v", `${known(mixer.heads)} heads × ${known(mixer.valueWidth)}`);
  const isDelta = mixer.kind !== "lightning attention";
  return [
    step("q", "in"),
    step("k", "in"),
    heads,
    ...(has(around, "lin.conv") ? [step(null, "short convolution, activation")] : []),
    ...(isDelta
      ? [
          step("decay", "from a, A and dt"),
          step(null, "delta rule: state ← decay × state + β k (v − k·state)"),
        ]
      : [step(null, "state ← a fixed decay a head × state + k × v")]),
    ...(has(around, "lin.norm") ? [step(null, "norm")] : []),
    ...(has(around, "lin.gate") ? [step(null, "× gate")] : []),
    step(null, "out"),
    keepsState(mixer.stateElements),
  ];
}

function ssmSteps(mixer: Extract<Mixer, { type: "ssm" }>, around: Around): Step[] {
  const inner = `${known(mixer.innerWidth)} wide`;
  const scan =
    mixer.heads === null
      ? `scan, state of ${known(mixer.stateSize)} a channel`
      : `scan, ${formatCount(mixer.heads)} heads, state of ${known(mixer.stateSize)}`;
  return [
    step("x", `in, ${inner}`),
    step("x", "convolution, activation"),
    step("z", `in, ${inner}`),
    ...(has(around, "ssm.dt") ? [step("dt", "step width")] : []),
    step(null, scan),
    ...(has(around, "ssm.norm") ? [step(null, "norm")] : []),
    step(null, "× activation of z, out"),
    keepsState(mixer.stateElements),
  ];
}

function recurrentSteps(mixer: Extract<Mixer, { type: "recurrent" }>): Step[] {
  const own =
    mixer.kind === "RG-LRU"
      ? [step("x", "convolution, input and recurrence gates, learned decay"), step("y", "activation")]
      : [step("b", "in"), step("c", "in"), step("x", "in"), step(null, "b × x, convolution, × c")];
  return [...own, step(null, "out"), keepsState(mixer.stateElements)];
}

function windowStep(window: number | null): Step[] {
  return window === null ? [] : [claim(null, `the last ${formatCount(window)} tokens`)];
}

function has({ layer }: Around, role: Role): boolean {
  return layer.group.tensorRoles.some((tensorRole) => tensorRole.role === role);
}

function step(lane: string | null, does: string): Step {
  return { lane, does, isClaim: false };
}

function claim(lane: string | null, does: string): Step {
  return { lane, does, isClaim: true };
}

function keeps(what: string): Step {
  return step(KEPT, what);
}

function keepsState(elements: number | null): Step {
  return keeps(`a state of ${known(elements)} elements`);
}
