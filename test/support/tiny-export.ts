import type { TensorSpec } from "./component-of.ts";
import { Draft } from "./draft.ts";

/** The tensors that an exporter writes for one linear of this size. */
export type Packing = (name: string, out: number, input: number) => TensorSpec[];

export interface TinyExport {
  readonly pack: Packing;
  /** `quantization_config`, or what else is added to the configuration. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly more?: readonly TensorSpec[];
  /** Modules that are left plain. */
  readonly plain?: RegExp;
  readonly files?: Readonly<Record<string, Record<string, unknown>>>;
}

const LLAMA = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  hidden_size: 256,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 64,
  num_hidden_layers: 3,
  intermediate_size: 512,
  vocab_size: 512,
  tie_word_embeddings: false,
  torch_dtype: "bfloat16",
};

const LINEARS: readonly (readonly [name: string, out: number, input: number])[] = [0, 1, 2].flatMap((layer) =>
  (
    [
      ["self_attn.q_proj", 256, 256],
      ["self_attn.k_proj", 128, 256],
      ["self_attn.v_proj", 128, 256],
      ["self_attn.o_proj", 256, 256],
      ["mlp.gate_proj", 512, 256],
      ["mlp.up_proj", 512, 256],
      ["mlp.down_proj", 256, 512],
    ] as const
  ).map(([name, out, input]) => [`model.layers.${layer}.${name}`, out, input] as const),
);

export const plain: Packing = (name, out, input) => [[`${name}.weight`, "BF16", [out, input]]];

/** Parameters of the tiny model, packed or not. */
export const TINY_PARAMETERS = 2 * 512 * 256 + 3 * (2 * 65_536 + 2 * 32_768 + 3 * 131_072 + 2 * 256) + 256;

/** A Llama of three layers as a quantizer exports it: sound but for what the case bends. */
export function tinyExport({ pack, config = {}, more = [], plain: left, files = {} }: TinyExport): Draft {
  const all = [...LINEARS, ["lm_head", 512, 256] as const];
  const isLeft = (name: string) => (left === undefined ? name === "lm_head" : left.test(name));
  const draft = Draft.of(
    [
      ["model.embed_tokens.weight", "BF16", [512, 256]],
      ["model.layers.{0-2}.input_layernorm.weight", "BF16", [256]],
      ["model.layers.{0-2}.post_attention_layernorm.weight", "BF16", [256]],
      ["model.norm.weight", "BF16", [256]],
      ...all.flatMap(([name, out, input]) => (isLeft(name) ? plain : pack)(name, out, input)),
      ...more,
    ].filter(([name], at, list) => list.findLastIndex((other) => other[0] === name) === at) as TensorSpec[],
    { ...LLAMA, ...config },
    1,
  );
  for (const [file, value] of Object.entries(files)) draft.configs.set(file, value);
  return draft;
}
