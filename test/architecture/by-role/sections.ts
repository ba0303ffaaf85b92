import type { Bucket } from "../../../src/architecture/roles.ts";
import { tensorsOf } from "../../support/tensor-text.ts";

/**
 * A published model whose tensors stand under the role they count in: `@attention` before the lines of attention.
 * `@embedding:token` is the table of tokens, which conventions B and C leave out; `@head:other` is beside what turns
 * a position into tokens, such as a pooler.
 */
export interface Sectioned {
  readonly title: string;
  readonly tensors: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** What the hub or the model card counts, where that is known. */
  readonly published?: number;
  readonly routed?: { readonly experts: number; readonly used: number };
  readonly attention: string | null;
  /** Bytes of one position in 16 bits: all layers, and those without a window where some have one. */
  readonly kv: number | null;
  readonly kvGrowing?: number;
  readonly tied: boolean | null;
  /** Main layers, null for a model without a list of them. */
  readonly layers: number | null;
  readonly family: string;
}

/** What the sections say, summed line by line. */
export interface SectionSums {
  readonly total: number;
  readonly roles: Readonly<Partial<Record<Bucket, number>>>;
  readonly tokenTable: number;
  readonly head: number;
  /** Whether a matrix of the head is stored, not only its bias. */
  readonly hasHead: boolean;
}

/** Sums of the lines below each heading, by nothing but their shapes. */
export function sumSections(text: string): SectionSums {
  const roles: Partial<Record<Bucket, number>> = {};
  let heading: Bucket | undefined;
  let isTokens = false;
  let isHead = false;
  let head = 0;
  let hasHead = false;
  let tokenTable = 0;
  let total = 0;
  for (const line of text.split("\n").map((each) => each.trim())) {
    if (line.startsWith("@")) {
      isTokens = line === "@embedding:token";
      isHead = line === "@head";
      heading = line.slice(1).replace(/:.*/, "") as Bucket;
      continue;
    }
    for (const [name, , shape] of tensorsOf(line)) {
      if (heading === undefined) throw new Error(`${name} stands under no heading`);
      const elements = heading === "buffers" ? 0 : shape.reduce((product, side) => product * side, 1);
      roles[heading] = (roles[heading] ?? 0) + elements;
      total += elements;
      if (isTokens) tokenTable += elements;
      if (isHead) head += elements;
      if (isHead && name.endsWith(".weight")) hasHead = true;
    }
  }
  return { total, roles, tokenTable, head, hasHead };
}

const BESIDE = ["vision", "audio", "projector", "mtp"] as const;

/** Active parameters in the three conventions, from the sums alone. */
export function activeOf(sums: SectionSums, routed: Sectioned["routed"]): [number, number, number] {
  const beside = BESIDE.reduce((sum, role) => sum + (sums.roles[role] ?? 0), 0);
  const unused =
    routed === undefined ? 0 : ((sums.roles.experts ?? 0) / routed.experts) * (routed.experts - routed.used);
  const a = sums.total - beside - unused;
  return [a, sums.hasHead ? a - sums.tokenTable : a, a - sums.tokenTable - sums.head];
}

/** Sides of a decoder's layer in the words of its config. */
export interface Sides {
  readonly h: number;
  readonly layers: number | string;
  readonly heads: number;
  readonly kv: number;
  readonly d: number;
  readonly i?: number;
  readonly vocab: number;
  readonly prefix?: string;
  /** Name of the head, none where it is the table of tokens. */
  readonly head?: string;
  readonly norms?: readonly string[];
  readonly qkvBias?: boolean;
  readonly qkNorm?: readonly [number, number];
  /** Layers with the dense feed-forward block, all where not given. */
  readonly dense?: string;
}

/** Embedding, attention, norms, dense feed-forward and head in Llama's naming, each under its heading. */
export function decoder(sides: Sides): string {
  const { h, heads, kv, d, i, vocab, qkNorm } = sides;
  const prefix = sides.prefix ?? "model";
  const all = typeof sides.layers === "number" ? `0-${sides.layers - 1}` : sides.layers;
  const layer = `${prefix}.layers.{${all}}`;
  const dense = `${prefix}.layers.{${sides.dense ?? all}}.mlp`;
  const norms = sides.norms ?? ["input_layernorm", "post_attention_layernorm"];
  return `
    @embedding:token
    ${prefix}.embed_tokens.weight ${vocab},${h}
    @attention
    ${layer}.self_attn.q_proj.weight ${heads * d},${h}
    ${layer}.self_attn.{k,v}_proj.weight ${kv * d},${h}
    ${layer}.self_attn.o_proj.weight ${h},${heads * d}
    ${sides.qkvBias ? `${layer}.self_attn.q_proj.bias ${heads * d}\n${layer}.self_attn.{k,v}_proj.bias ${kv * d}` : ""}
    ${qkNorm ? `${layer}.self_attn.q_norm.weight ${qkNorm[0]}\n${layer}.self_attn.k_norm.weight ${qkNorm[1]}` : ""}
    ${i === undefined ? "" : `@mlp\n${dense}.{gate,up}_proj.weight ${i},${h}\n${dense}.down_proj.weight ${h},${i}`}
    @norms
    ${norms.map((norm) => `${layer}.${norm}.weight ${h}`).join("\n")}
    ${prefix}.norm.weight ${h}
    ${sides.head === undefined ? "" : `@head\n${sides.head}.weight ${vocab},${h}`}`;
}

/** The config of such a decoder. */
export function configOf(modelType: string, sides: Sides, more: object = {}): Record<string, unknown> {
  const layers = typeof sides.layers === "number" ? { num_hidden_layers: sides.layers } : {};
  return {
    model_type: modelType,
    hidden_size: sides.h,
    ...layers,
    num_attention_heads: sides.heads,
    num_key_value_heads: sides.kv,
    head_dim: sides.d,
    ...(sides.i === undefined ? {} : { intermediate_size: sides.i }),
    vocab_size: sides.vocab,
    tie_word_embeddings: sides.head === undefined,
    ...more,
  };
}

/** Weight and bias of linears that have both: `{q,k,v}_proj 64,32`. */
export function withBias(name: string, out: number, columns: number | string): string {
  return `${name}.weight ${out},${columns}\n${name}.bias ${out}`;
}

/** A decoder with a head of its own and grouped queries, unless it says otherwise. */
export function usual(
  model: Pick<Sectioned, "title" | "tensors" | "config" | "kv" | "layers" | "family"> & Partial<Sectioned>,
): Sectioned {
  return { attention: "GQA", tied: false, ...model };
}
