import { member } from "../../checkpoint/config.ts";
import { hasBox, hasRole, hasStack } from "../families/family.ts";
import type { Place } from "../places.ts";
import { isSideScope } from "../roles.ts";
import type { Comparing } from "./comparing.ts";

/** A way to name the tensors of a layer, and the `model_type` values whose code reads it. */
interface Naming {
  readonly title: string;
  readonly modelTypes: readonly string[];
  readonly matches: (places: readonly Place[]) => boolean;
}

const types = (text: string): readonly string[] => text.split(" ");

/**
 * Namings that no loader takes for one another. Within one of them families differ by what their layers hold, which other
 * comparisons tell; a `model_type` that is not here is not compared.
 */
const NAMINGS: readonly Naming[] = [
  {
    title: "layers with self_attn, as Llama has them",
    modelTypes: types(
      "llama mistral ministral3 mixtral qwen2 qwen2_moe qwen3 qwen3_moe qwen3_next gemma gemma2 gemma3_text phi3 phimoe cohere cohere2 olmo olmo2 olmo3 olmoe granite granitemoe smollm3 stablelm starcoder2 deepseek_v2 deepseek_v3 deepseek_v32 kimi_k2 glm4_moe glm_moe_dsa minimax_m2 gpt_oss",
    ),
    matches: (places) => hasStack(places, "layers") && hasBox(places, "self_attn"),
  },
  {
    title: "gpt_neox.layers, as GPT-NeoX has them",
    modelTypes: types("gpt_neox"),
    matches: (places) => hasStack(places, "gpt_neox.layers"),
  },
  {
    title: "h with self_attention, as BLOOM and Falcon have them",
    modelTypes: types("bloom falcon RefinedWeb RefinedWebModel"),
    matches: (places) => hasStack(places, "h") && hasBox(places, "self_attention"),
  },
  {
    title: "h with attn, as GPT-2 has them",
    modelTypes: types("gpt2 gpt_bigcode gpt_neo gptj qwen"),
    matches: (places) => hasStack(places, "h") && hasBox(places, "attn"),
  },
  {
    title: "encoder.layer, as BERT has them",
    modelTypes: types("bert roberta xlm-roberta camembert electra"),
    matches: (places) => hasStack(places, "encoder.layer") && hasBox(places, "attention"),
  },
  {
    title: "layers with a mixer, as Mamba has them",
    modelTypes: types("mamba mamba2 falcon_mamba"),
    matches: (places) => hasStack(places, "layers") && hasBox(places, "mixer") && hasRole(places, "ssm.a"),
  },
  {
    title: "blocks with SelfAttention, as T5 has them",
    modelTypes: types("t5 mt5 umt5"),
    matches: (places) => hasBox(places, "SelfAttention"),
  },
  {
    title: "layers with time mixing, as RWKV has them",
    modelTypes: types("rwkv rwkv5 rwkv6 rwkv7"),
    matches: (places) => hasRole(places, "rwkv.time_mix"),
  },
];

/** Tensors are named the way that another model's code reads them. */
export function familyNames(c: Comparing): void {
  const claimed = [member(c.claims.text, "model_type"), member(c.claims.top, "model_type")];
  const expected = NAMINGS.filter(({ modelTypes }) =>
    modelTypes.some((modelType) => claimed.includes(modelType)),
  );
  if (expected.length === 0) return c.lack("arch.family", "its model_type is none whose names are known");
  const places = c.model.places.filter(({ scope }) => !isSideScope(scope));
  const stored = NAMINGS.find(({ matches }) => matches(places));
  if (stored === undefined) return c.lack("arch.family", "the names of its layers are of no known kind");
  c.agree("arch.family");
  if (expected.some(({ matches }) => matches(places))) return;
  c.report({
    id: "arch.family",
    severity: "warning",
    subject: "names of tensors",
    config: `${expected[0]?.title} (model_type ${claimed.find((type) => expected[0]?.modelTypes.includes(type as string))})`,
    headers: `${stored.title} (${c.model.main?.prefix})`,
  });
}
