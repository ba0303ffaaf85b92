import fs from "node:fs";
import path from "node:path";
import { buildShard } from "../fixtures/checkpoint-spec.ts";
import { DTYPE_BITS, type Dtype } from "../src/safetensors/dtype.ts";
import type { Checkpoint } from "./make-checkpoint.ts";

/** One tensor of a checkpoint that is made to be large. */
export type Row = readonly [name: string, dtype: Dtype, shape: readonly number[]];

/** How a kind of large checkpoint is made: its tensors, or its files where each stands for itself. */
export interface GrowthKind {
  readonly what: string;
  /** The size that is promised; growth is told from a tenth of it. */
  readonly largest: number;
  rows(size: number): Iterable<Row>;
  /** Whether each first layer begins a file of its own. */
  readonly separateFiles?: boolean;
}

/** Layers of the published giant (497,000 tensors, 2.8 T parameters) that has the most tensors of all. */
const GIANT_LAYERS = 61;
/** Tensors of a shard: its header stays far below what is read. */
const SHARD_TENSORS = 50_000;

/** Checkpoints that have broken programs by their size: many of one kind, or many kinds. */
export const GROWTH_KINDS = {
  giant: { what: "tensors of a mixture of experts", largest: 500_000, rows: giant },
  quantized: { what: "tensors of FP8 experts with scales", largest: 500_000, rows: quantizedGiant },
  layers: { what: "layers, each of another width", largest: 6000, rows: widths },
  sets: { what: "layers, each of another set of modules", largest: 6000, rows: sets },
  experts: { what: "experts, each of another width", largest: 10_000, rows: expertWidths },
  modules: { what: "modules at the top", largest: 60_000, rows: topModules },
  numbered: { what: "numbered modules at the top, all different", largest: 60_000, rows: numberedModules },
  names: { what: "names without a dot", largest: 60_000, rows: topNames },
  adapters: { what: "files of an adapter each", largest: 2500, rows: adapters, separateFiles: true },
} as const satisfies Record<string, GrowthKind>;

export type GrowthKindName = keyof typeof GROWTH_KINDS;

/** Writes headers alone; the data is a hole in each file and takes no room. */
export function writeGrowth(folder: string, kind: GrowthKind, size: number): Checkpoint {
  fs.mkdirSync(folder, { recursive: true });
  const files = kind.separateFiles === true ? byAdapter(kind.rows(size)) : bySize(kind.rows(size));
  const weightMap: [string, string][] = [];
  let tensors = 0;
  for (const [k, rows] of files.entries()) {
    const name = fileName(k, files.length, kind.separateFiles === true);
    const { bytes, fileBytes } = buildShard(
      rows.map(([name, dtype, shape]) => ({
        name,
        dtype,
        shape,
        bytes: (shape.reduce((product, dim) => product * dim, 1) * DTYPE_BITS[dtype]) / 8,
      })),
    );
    fs.writeFileSync(path.join(folder, name), bytes);
    if (fileBytes !== undefined) fs.truncateSync(path.join(folder, name), fileBytes);
    tensors += rows.length;
    for (const [tensor] of rows) weightMap.push([tensor, name]);
  }
  if (files.length > 1 && kind.separateFiles !== true) {
    const index = { metadata: {}, weight_map: Object.fromEntries(weightMap) };
    fs.writeFileSync(path.join(folder, "model.safetensors.index.json"), JSON.stringify(index));
  }
  return { folder, tensors };
}

function fileName(k: number, count: number, isSeparate: boolean): string {
  if (isSeparate) return `style-${wordOf(k)}.safetensors`;
  if (count === 1) return "model.safetensors";
  return `model-${pad(k + 1)}-of-${pad(count)}.safetensors`;
}

function bySize(rows: Iterable<Row>): Row[][] {
  const files: Row[][] = [[]];
  for (const row of rows) {
    if (files.at(-1)?.length === SHARD_TENSORS) files.push([]);
    files.at(-1)?.push(row);
  }
  return files;
}

function byAdapter(rows: Iterable<Row>): Row[][] {
  const files: Row[][] = [];
  for (const row of rows) {
    if (row[0].endsWith("layers.0.self_attn.q_proj.lora_A.weight")) files.push([]);
    files.at(-1)?.push(row);
  }
  return files;
}

function* giant(tensors: number): Generator<Row> {
  yield ["model.embed_tokens.weight", "BF16", [1000, 64]];
  const experts = Math.round(tensors / GIANT_LAYERS / 3);
  for (let layer = 0; layer < GIANT_LAYERS; layer++) {
    yield* attention(layer);
    yield [`model.layers.${layer}.mlp.gate.weight`, "BF16", [experts, 64]];
    for (let expert = 0; expert < experts; expert++)
      for (const [name, shape] of EXPERT)
        yield [`model.layers.${layer}.mlp.experts.${expert}.${name}.weight`, "BF16", shape];
  }
  yield ["model.norm.weight", "BF16", [64]];
  yield ["lm_head.weight", "BF16", [1000, 64]];
}

function* quantizedGiant(tensors: number): Generator<Row> {
  yield ["model.embed_tokens.weight", "BF16", [1000, 256]];
  const experts = Math.round(tensors / GIANT_LAYERS / 6);
  for (let layer = 0; layer < GIANT_LAYERS; layer++) {
    yield* attention(layer);
    yield [`model.layers.${layer}.mlp.gate.weight`, "BF16", [experts, 256]];
    for (let expert = 0; expert < experts; expert++)
      for (const name of ["gate_proj", "up_proj", "down_proj"]) {
        yield [`model.layers.${layer}.mlp.experts.${expert}.${name}.weight`, "F8_E4M3", [256, 256]];
        yield [`model.layers.${layer}.mlp.experts.${expert}.${name}.weight_scale_inv`, "F32", [2, 2]];
      }
  }
  yield ["model.norm.weight", "BF16", [256]];
  yield ["lm_head.weight", "BF16", [1000, 256]];
}

const EXPERT: readonly (readonly [string, readonly number[]])[] = [
  ["gate_proj", [32, 64]],
  ["up_proj", [32, 64]],
  ["down_proj", [64, 32]],
];

function* attention(layer: number): Generator<Row> {
  for (const name of ["q_proj", "k_proj", "v_proj", "o_proj"])
    yield [`model.layers.${layer}.self_attn.${name}.weight`, "BF16", [64, 64]];
  for (const name of ["input_layernorm", "post_attention_layernorm"])
    yield [`model.layers.${layer}.${name}.weight`, "BF16", [64]];
}

function* widths(layers: number): Generator<Row> {
  yield ["model.embed_tokens.weight", "BF16", [1000, 64]];
  for (let layer = 0; layer < layers; layer++) {
    yield* attention(layer);
    yield [`model.layers.${layer}.mlp.gate_proj.weight`, "BF16", [32 + layer, 64]];
    yield [`model.layers.${layer}.mlp.up_proj.weight`, "BF16", [32 + layer, 64]];
    yield [`model.layers.${layer}.mlp.down_proj.weight`, "BF16", [64, 32 + layer]];
  }
  yield ["lm_head.weight", "BF16", [1000, 64]];
}

function* sets(layers: number): Generator<Row> {
  yield ["model.embed_tokens.weight", "BF16", [1000, 64]];
  for (let layer = 0; layer < layers; layer++) {
    yield* attention(layer);
    yield [`model.layers.${layer}.mlp.up_proj.weight`, "BF16", [32, 64]];
    yield [`model.layers.${layer}.mlp.down_proj.weight`, "BF16", [64, 32]];
    yield [`model.layers.${layer}.adapter_${wordOf(layer)}.weight`, "BF16", [64]];
  }
  yield ["lm_head.weight", "BF16", [1000, 64]];
}

function* expertWidths(experts: number): Generator<Row> {
  yield ["model.embed_tokens.weight", "BF16", [1000, 64]];
  yield* attention(0);
  yield ["model.layers.0.mlp.gate.weight", "BF16", [experts, 64]];
  for (let expert = 0; expert < experts; expert++) {
    yield [`model.layers.0.mlp.experts.${expert}.gate_proj.weight`, "BF16", [32 + expert, 64]];
    yield [`model.layers.0.mlp.experts.${expert}.up_proj.weight`, "BF16", [32 + expert, 64]];
    yield [`model.layers.0.mlp.experts.${expert}.down_proj.weight`, "BF16", [64, 32 + expert]];
  }
  yield ["lm_head.weight", "BF16", [1000, 64]];
}

function* topModules(count: number): Generator<Row> {
  for (let k = 0; k < count; k++) yield [`${wordOf(k)}.weight`, "BF16", [8, 8]];
}

function* numberedModules(count: number): Generator<Row> {
  for (let k = 0; k < count; k++) yield [`a${k}.weight`, "BF16", [k + 1, 8]];
}

function* topNames(count: number): Generator<Row> {
  for (let k = 0; k < count; k++) yield [wordOf(k), "BF16", [8, 8]];
}

function* adapters(files: number): Generator<Row> {
  for (let file = 0; file < files; file++)
    for (let layer = 0; layer < 4; layer++)
      for (const name of ["q_proj", "v_proj"]) {
        const module = `base_model.model.model.layers.${layer}.self_attn.${name}`;
        yield [`${module}.lora_A.weight`, "BF16", [8, 64]];
        yield [`${module}.lora_B.weight`, "BF16", [64, 8]];
      }
}

/** A word for a number, with no digit in it: `c`, `bd`. */
function wordOf(value: number): string {
  let word = "";
  for (let rest = value + 26; rest > 0; rest = Math.floor(rest / 26))
    word += String.fromCharCode(97 + (rest % 26));
  return `${word}x`;
}

function pad(value: number): string {
  return String(value).padStart(5, "0");
}
