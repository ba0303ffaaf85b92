import type { Bucket } from "../../../src/architecture/roles.ts";

/** A published model as code: its tensors, what of its config matters here, and what is known about it. */
export interface Published {
  readonly title: string;
  readonly tensors: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly expected: {
    /** Parameters of everything that is stored. */
    readonly total: number;
    readonly tensors?: number;
    /** Payload of all tensors. */
    readonly bytes?: number;
    /** Stored elements by dtype. */
    readonly dtypes?: Readonly<Record<string, number>>;
    /** Stored elements of scales and other bookkeeping. */
    readonly auxiliary?: number;
    /** Parameters by role, of the roles that are known. */
    readonly buckets?: Readonly<Partial<Record<Bucket, number>>>;
    readonly backbone?: number;
    readonly mtp?: number;
    readonly vision?: number;
    readonly projector?: number;
    readonly active?: number;
    readonly activeB?: number;
    readonly activeC?: number;
    /** Active parameters with blocks that layers share counted at each call. */
    readonly activeCountingCalls?: number;
    /** In billions, to as many decimals as are known: all, without the input embedding, without embedding and head. */
    readonly activeBillions?: readonly [a: string, b?: string, c?: string];
    readonly attention?: string;
    readonly kvBytesPerToken?: number;
    readonly kvGrowing?: number;
    /** What is kept once a sequence, in bytes of 16-bit elements. */
    readonly stateBytes?: number;
    readonly family: string;
    readonly tied?: boolean;
    readonly layers: number;
  };
}

/** Numbers that a decoder in Llama's naming is made of. */
export interface LlamaShape {
  readonly h: number;
  readonly layers: number;
  readonly heads: number;
  readonly kv: number;
  readonly d: number;
  readonly i: number;
  readonly vocab: number;
  readonly prefix?: string;
  readonly tied?: boolean;
  /** Further lines for each layer, below `{layer}`. */
  readonly more?: string;
  readonly norms?: readonly string[];
  readonly mlp?: boolean;
}

/** Embedding, q/k/v/o, gated MLP, norms and head, named as Llama names them. */
export function llamaTensors(shape: LlamaShape): string {
  const { h, heads, kv, d, i } = shape;
  const prefix = shape.prefix ?? "model";
  const layer = `${prefix}.layers.{0-${shape.layers - 1}}`;
  const norms = shape.norms ?? ["input_layernorm", "post_attention_layernorm"];
  const head = prefix.startsWith("language_model.") ? "language_model.lm_head" : "lm_head";
  return `
    ${prefix}.embed_tokens.weight ${shape.vocab},${h}
    ${layer}.self_attn.q_proj.weight ${heads * d},${h}
    ${layer}.self_attn.{k,v}_proj.weight ${kv * d},${h}
    ${layer}.self_attn.o_proj.weight ${h},${heads * d}
    ${norms.map((norm) => `${layer}.${norm}.weight ${h}`).join("\n")}
    ${shape.mlp === false ? "" : `${layer}.mlp.{gate,up}_proj.weight ${i},${h}\n${layer}.mlp.down_proj.weight ${h},${i}`}
    ${(shape.more ?? "").replaceAll("{layer}", layer)}
    ${prefix}.norm.weight ${h}
    ${shape.tied ? "" : `${head}.weight ${shape.vocab},${h}`}`;
}

/** The config of such a model. */
export function llamaConfig(
  modelType: string,
  shape: LlamaShape,
  more: object = {},
): Record<string, unknown> {
  return {
    model_type: modelType,
    hidden_size: shape.h,
    num_hidden_layers: shape.layers,
    num_attention_heads: shape.heads,
    num_key_value_heads: shape.kv,
    head_dim: shape.d,
    intermediate_size: shape.i,
    vocab_size: shape.vocab,
    tie_word_embeddings: shape.tied === true,
    ...more,
  };
}
