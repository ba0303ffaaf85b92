import { member } from "../../checkpoint/config.ts";
import { PlaceSet } from "../../checkpoint/place-set.ts";
import { isQuantized } from "../../quantization/folded-weights.ts";
import { type Ask, type Said, say } from "../ask.ts";
import { hasExperts } from "./stored.ts";

/** Rows that vLLM and SGLang pad a vocabulary to a multiple of. */
export const VOCABULARY_STEP = 64;

/** Whether heads, widths, experts and words divide among the GPUs, whatever they are stored as. */
export function judgeSplit(ask: Ask): Said[] {
  return [
    ...judgeHeads(ask),
    ...judgeKvHeads(ask),
    ...judgeWidths(ask),
    ...judgeVocabulary(ask),
    ...judgeStateSpace(ask),
    ...judgeDelta(ask),
    ...judgeExperts(ask),
    ...judgeVision(ask),
    ...judgeBitsAndBytes(ask),
  ];
}

function attends({ model }: Ask): boolean {
  return model.layers.some(({ mixers }) => mixers.some(({ type }) => type === "attention"));
}

function firstOf(ask: Ask, ...roles: readonly string[]) {
  return ask.linears.find(({ role }) => roles.includes(role))?.at ?? null;
}

function judgeHeads(ask: Ask): Said[] {
  const { tp } = ask.plan;
  const heads = ask.claims.integer("heads")?.value;
  if (heads === undefined || !attends(ask) || heads % tp === 0) return [];
  return [say("heads-indivisible", firstOf(ask, "attn.q", "attn.q_b", "attn.qkv"), { heads, tp })];
}

function judgeKvHeads(ask: Ask): Said[] {
  const { tp } = ask.plan;
  const isLatent = ask.linears.some(({ role }) => role === "attn.kv_a");
  const kvHeads = ask.claims.integer("kvHeads")?.value;
  if (isLatent || kvHeads === undefined || kvHeads === 0 || !attends(ask)) return [];
  if (kvHeads % tp === 0 || tp % kvHeads === 0) return [];
  return [say("kv-heads-indivisible", firstOf(ask, "attn.k", "attn.qkv"), { kvHeads, tp })];
}

/** Widths of feed-forward blocks; experts stay whole where they are spread. */
function judgeWidths(ask: Ask): Said[] {
  const { tp, ep } = ask.plan;
  if (tp === 1) return [];
  return ask.linears.flatMap(({ role, cut, outputs, inputs, isExpert, at }) => {
    if (!/^(?:mlp|shared_expert|expert)\./.test(role) || (isExpert && ep > 1)) return [];
    // A stack of experts may lie turned: its widths are read off the facts of the layer.
    const size = cut === "row" ? inputs : outputs;
    if (size === null || isExpert || size % tp === 0) return [];
    return [say("part-indivisible", at, { size, side: cut === "row" ? "inputs" : "outputs", tp })];
  });
}

/** vLLM pads to 64 rows, and that has to divide; SGLang pads on. */
function judgeVocabulary(ask: Ask): Said[] {
  const { tp } = ask.plan;
  const vocabulary = member(ask.text, "vocab_size") ?? member(ask.claims.top, "vocab_size");
  if (ask.engine !== "vllm" || typeof vocabulary !== "number" || tp === 1) return [];
  const padded = Math.ceil(vocabulary / VOCABULARY_STEP) * VOCABULARY_STEP;
  if (padded % tp === 0) return [];
  return [say("vocabulary-indivisible", firstOf(ask, "embed.token"), { vocabulary, padded, tp })];
}

function judgeStateSpace(ask: Ask): Said[] {
  const { tp } = ask.plan;
  const mixer = ask.model.layers.flatMap(({ mixers }) => mixers).find((each) => each.type === "ssm");
  if (mixer === undefined || mixer.type !== "ssm" || tp === 1) return [];
  const at = firstOf(ask, "ssm.in");
  if (mixer.kind === "Mamba") {
    const size = mixer.innerWidth;
    if (size === null || size % tp === 0) return [];
    return [say("part-indivisible", at, { size, side: "channels", tp })];
  }
  const alone = !attends(ask);
  const heads = mixer.heads ?? ask.claims.integer(alone ? "ssmHeadsAlone" : "ssmHeads")?.value;
  if (typeof heads === "number" && heads % tp !== 0) return [say("mamba-heads", at, { heads, tp })];
  const groups = ask.claims.integer("ssmGroups")?.value;
  if (groups === undefined || groups % tp === 0) return [];
  if (groups !== 1) return [say("mamba-groups", at, { groups, tp })];
  const isPacked = ask.linears.some(({ role, weight }) => role === "ssm.in" && isQuantized(weight));
  return ask.engine === "sglang" && isPacked ? [say("mamba-quantized", at, { tp })] : [];
}

function judgeDelta(ask: Ask): Said[] {
  const { tp } = ask.plan;
  const isDelta = ask.model.layers.some(({ mixers }) =>
    mixers.some((mixer) => mixer.type === "linear" && mixer.kind === "gated DeltaNet"),
  );
  if (!isDelta) return [];
  const at = firstOf(ask, "lin.in");
  const sides = [
    ["key", ask.claims.integer("linear_num_key_heads")?.value],
    ["value", ask.claims.integer("linear_num_value_heads")?.value],
  ] as const;
  return sides.flatMap(([side, heads]) =>
    heads === undefined || heads % tp === 0 ? [] : [say("delta-heads", at, { heads, side, tp })],
  );
}

function judgeExperts(ask: Ask): Said[] {
  const { tp, ep } = ask.plan;
  const at = firstOf(ask, "expert.down", "expert.gate_up");
  if (ep > 1 && !hasExperts(ask)) return ask.engine === "vllm" ? [say("experts-none", null, { ep })] : [];
  return ask.model.layers.slice(0, 1).length === 0
    ? []
    : distinctMoe(ask).flatMap(({ experts, width }) => {
        if (ep > 1) {
          const isSpread = ask.engine === "vllm" || experts === null || experts % ep === 0;
          return isSpread ? [] : [say("experts-indivisible", at, { experts, ep })];
        }
        if (width === null || width % tp === 0) return [];
        return [say("part-indivisible", at, { size: width, side: "columns of an expert", tp })];
      });
}

/** Blocks of flat values, each with its state, are cut by nobody. */
function judgeBitsAndBytes({ engine, plan, declared, linears }: Ask): Said[] {
  if (engine !== "sglang" || declared?.method !== "bitsandbytes" || plan.tp === 1) return [];
  const stored = linears.find(({ weight }) => weight.scheme.startsWith("bnb-"));
  return stored === undefined ? [] : [say("bnb-split", stored.at, { tp: plan.tp })];
}

/** Numbers and widths of experts, each pair once. */
export function distinctMoe(ask: Ask): { readonly experts: number | null; readonly width: number | null }[] {
  const known = new Map<string, { experts: number | null; width: number | null }>();
  for (const { feedForward } of ask.model.layers) {
    const { moe } = feedForward;
    if (moe === null) continue;
    known.set(`${moe.experts.value} ${moe.expertWidth}`, {
      experts: moe.experts.value,
      width: moe.expertWidth,
    });
  }
  return [...known.values()];
}

/** Classes of vLLM whose towers are split by heads; InternVL's are padded, or stay whole. */
const SPLIT_TOWERS =
  /^(?:Qwen(?:2|2_5|3)_?VL|Qwen3_5|Glm4v|Glm4_1v|GlmOcr|Ernie4_5_VL|Keye|Gemma3For|PaliGemma|Llava|Idefics3|SmolVLM|MiniCPMV|Llama4For|Mistral3For|Pixtral|KimiVL|Step3VL)/;

function judgeVision(ask: Ask): Said[] {
  const { tp } = ask.plan;
  if (ask.engine !== "vllm" || tp === 1 || !SPLIT_TOWERS.test(ask.native?.[0] ?? "")) return [];
  const vision = member(ask.config, "vision_config");
  const heads = member(vision, "num_heads") ?? member(vision, "num_attention_heads");
  const tower = ask.model.tensorRoles.filter(({ scope }) => scope === "vision");
  const [first] = tower;
  if (typeof heads !== "number" || first === undefined || heads % tp === 0) return [];
  const { segments, count } = tower.find(({ role }) => /^attn\.q/.test(role)) ?? first;
  return [say("vision-indivisible", PlaceSet.modules([segments.slice(0, -1)], count), { heads, tp })];
}
