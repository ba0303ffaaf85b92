import { member } from "../checkpoint/config.ts";

/** A number that the configuration states, with the key it stands under. */
export interface Claim<Value = number> {
  readonly value: Value;
  readonly key: string;
}

/** Lists longer than any model has layers are not looked at. */
const MAX_LIST = 10_000;

/** Spellings of one fact, in the order to try; the first key that holds a usable value counts. */
export const CLAIM_KEYS = {
  layers: ["num_hidden_layers", "n_layer", "num_layers", "n_layers", "decoder_layers", "encoder_layers"],
  hidden: ["hidden_size", "n_embd", "n_embed", "d_model", "dim", "model_dim"],
  heads: [
    "num_attention_heads",
    "n_head",
    "num_heads",
    "n_heads",
    "decoder_attention_heads",
    "encoder_attention_heads",
  ],
  kvHeads: [
    "num_key_value_heads",
    "num_kv_heads",
    "multi_query_group_num",
    "num_attention_groups",
    "n_kv_heads",
    "kv_n_heads",
  ],
  headDim: ["head_dim", "attention_head_dim", "kv_channels", "d_kv"],
  vocabulary: ["vocab_size", "padded_vocab_size"],
  topK: [
    "num_experts_per_tok",
    "num_experts_per_token",
    "top_k_experts",
    "experts_per_token",
    "moe_top_k",
    "moe_topk",
    "num_selected_experts",
    "moe_k",
  ],
  experts: ["num_local_experts", "n_routed_experts", "num_experts", "moe_num_experts"],
  mtp: ["num_nextn_predict_layers", "num_mtp_layers", "num_mtp_modules", "mtp_num_hidden_layers"],
  expertWidth: [
    "moe_intermediate_size",
    "expert_intermediate_size",
    "expert_ffn_hidden_size",
    "intermediate_size",
    "ffn_hidden_size",
  ],
  denseWidth: [
    "intermediate_size_mlp",
    "dense_intermediate_size",
    "intermediate_size",
    "ffn_hidden_size",
    "n_inner",
    "d_ff",
    "ffn_dim",
    "decoder_ffn_dim",
    "hidden_dim",
  ],
  context: [
    "max_position_embeddings",
    "n_positions",
    "max_sequence_length",
    "max_seq_len",
    "seq_length",
    "n_ctx",
  ],
  window: ["sliding_window", "sliding_window_size", "attention_window_size", "attention_chunk_size"],
  ssmState: ["mamba_d_state", "ssm_state_size", "state_size", "d_state"],
  linearKeyWidth: ["linear_key_head_dim", "head_k_dim"],
} as const satisfies Record<string, readonly string[]>;

export type Fact = keyof typeof CLAIM_KEYS;

const TEXT_CONFIGS = ["text_config", "llm_config", "language_config", "language_model_config"] as const;

/** Parts of a model that a configuration may describe apart (DBRX, Mistral's params.json). */
const PART_CONFIGS = ["ffn_config", "attn_config", "moe"] as const;

/**
 * The configuration as claims about the text model. Nothing in it is trusted: a value of the wrong type, negative or
 * beyond exact integers is as good as absent, and no header fact is ever taken from here.
 */
export class Claims {
  readonly top: unknown;
  /** The part about the text model, the whole where there is no such part. */
  readonly text: unknown;

  constructor(config: unknown) {
    this.top = config;
    const thinker = member(member(config, "thinker_config"), "text_config");
    this.text =
      TEXT_CONFIGS.map((key) => member(config, key)).find(isObject) ?? (isObject(thinker) ? thinker : config);
  }

  /** Whether there is a configuration at all. */
  get exists(): boolean {
    return isObject(this.top);
  }

  fact(fact: Fact): Claim | undefined {
    return this.integer(...CLAIM_KEYS[fact]);
  }

  /** The first of these keys that holds an exact whole number; of a list with one distinct value, that value. */
  integer(...keys: readonly string[]): Claim | undefined {
    return this.first(keys, (value) => {
      const single = Array.isArray(value) && value.length > 0 && new Set(value).size === 1 ? value[0] : value;
      return isCount(single) ? single : undefined;
    });
  }

  /** The first of these keys that holds a finite number. */
  number(...keys: readonly string[]): Claim | undefined {
    return this.first(keys, (value) =>
      typeof value === "number" && Number.isFinite(value) ? value : undefined,
    );
  }

  flag(...keys: readonly string[]): Claim<boolean> | undefined {
    return this.first(keys, (value) => (typeof value === "boolean" ? value : undefined));
  }

  word(...keys: readonly string[]): Claim<string> | undefined {
    return this.first(keys, (value) => (typeof value === "string" ? value : undefined));
  }

  integers(key: string): readonly number[] | undefined {
    const list = this.list(key);
    return list?.every(isCount) ? (list as number[]) : undefined;
  }

  strings(key: string): readonly string[] | undefined {
    const list = this.list(key);
    return list?.every((value) => typeof value === "string") ? (list as string[]) : undefined;
  }

  /** A member of the text part, of the whole, or of what is said apart about a part. */
  raw(key: string): unknown {
    return (
      member(this.text, key) ??
      member(this.top, key) ??
      PART_CONFIGS.map((part) => member(member(this.text, part), key)).find((value) => value !== undefined)
    );
  }

  private list(key: string): readonly unknown[] | undefined {
    const value = this.raw(key);
    return Array.isArray(value) && value.length <= MAX_LIST ? value : undefined;
  }

  private first<Value>(
    keys: readonly string[],
    read: (value: unknown) => Value | undefined,
  ): Claim<Value> | undefined {
    for (const key of keys) {
      const value = read(this.raw(key));
      if (value !== undefined) return { value, key };
    }
    return undefined;
  }
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
