/** Safetensors files as code: the header is real, the data is only a length. */
export interface VirtualFile {
  /** The beginning of the file; behind it come zeros. */
  readonly bytes: Buffer;
  readonly fileBytes: number;
}

export type TensorSpec = readonly [name: string, dtype: "BF16" | "F32" | "F8_E4M3", shape: readonly number[]];

const BYTES = { BF16: 2, F32: 4, F8_E4M3: 1 } as const;

export function makeShard(tensors: readonly TensorSpec[], headerBytes?: number): VirtualFile {
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  let end = 0;
  for (const [name, dtype, shape] of tensors) {
    const begin = end;
    end += shape.reduce((product, dimension) => product * dimension, BYTES[dtype]);
    header[name] = { dtype, shape, data_offsets: [begin, end] };
  }
  const json = Buffer.from(JSON.stringify(header));
  const bytes = Buffer.alloc(8 + (headerBytes ?? Math.ceil(json.length / 8) * 8), " ");
  bytes.writeBigUInt64LE(BigInt(bytes.length - 8));
  json.copy(bytes, 8);
  return { bytes, fileBytes: bytes.length + end };
}

export function makeText(text: string): VirtualFile {
  const bytes = Buffer.from(text);
  return { bytes, fileBytes: bytes.length };
}

/** Spreads tensors over shards of about equal numbers, with the index of `model-00001-of-…` files. */
export function makeSharded(tensors: readonly TensorSpec[], shards: number): Map<string, VirtualFile> {
  const files = new Map<string, VirtualFile>();
  const weightMap: Record<string, string> = {};
  let totalSize = 0;
  for (let shard = 0; shard < shards; shard++) {
    const from = Math.floor((shard * tensors.length) / shards);
    const part = tensors.slice(from, Math.floor(((shard + 1) * tensors.length) / shards));
    const name = `model-${pad(shard + 1)}-of-${pad(shards)}.safetensors`;
    const file = makeShard(part);
    files.set(name, file);
    totalSize += file.fileBytes - file.bytes.length;
    for (const [tensor] of part) weightMap[tensor] = name;
  }
  const index = { metadata: { total_size: totalSize }, weight_map: weightMap };
  files.set("model.safetensors.index.json", makeText(JSON.stringify(index, null, 2)));
  return files;
}

function pad(number: number): string {
  return String(number).padStart(5, "0");
}

/** The tensors of MiniMax-M2: 62 layers of 256 experts in FP8 with block scales, 96,103 in all. */
export function minimaxTensors(): TensorSpec[] {
  const tensors: TensorSpec[] = [["model.embed_tokens.weight", "BF16", [200_064, 3072]]];
  for (let layer = 0; layer < 62; layer++) {
    const at = `model.layers.${layer}`;
    for (const [name, rows, columns] of [
      ["q_proj", 6144, 3072],
      ["k_proj", 1024, 3072],
      ["v_proj", 1024, 3072],
      ["o_proj", 3072, 6144],
    ] as const) {
      tensors.push(...scaled(`${at}.self_attn.${name}`, rows, columns));
    }
    tensors.push(
      [`${at}.self_attn.q_norm.weight`, "BF16", [6144]],
      [`${at}.self_attn.k_norm.weight`, "BF16", [1024]],
    );
    tensors.push([`${at}.input_layernorm.weight`, "BF16", [3072]]);
    tensors.push([`${at}.post_attention_layernorm.weight`, "BF16", [3072]]);
    tensors.push([`${at}.block_sparse_moe.gate.weight`, "F32", [256, 3072]]);
    tensors.push([`${at}.block_sparse_moe.e_score_correction_bias`, "F32", [256]]);
    for (let expert = 0; expert < 256; expert++) {
      const of = `${at}.block_sparse_moe.experts.${expert}`;
      tensors.push(
        ...scaled(`${of}.w1`, 1536, 3072),
        ...scaled(`${of}.w2`, 3072, 1536),
        ...scaled(`${of}.w3`, 1536, 3072),
      );
    }
  }
  tensors.push(["model.norm.weight", "BF16", [3072]], ["lm_head.weight", "BF16", [200_064, 3072]]);
  return tensors;
}

/** Tensors laid out as in DeepSeek-V3: 3 dense layers, 59 with 256 experts (one of them for MTP), FP8 with scales. */
export function deepseekTensors(): TensorSpec[] {
  const tensors: TensorSpec[] = [["model.embed_tokens.weight", "BF16", [129_280, 7168]]];
  for (let layer = 0; layer < 62; layer++) {
    const at = `model.layers.${layer}`;
    for (const [name, rows, columns] of [
      ["q_a_proj", 1536, 7168],
      ["q_b_proj", 24_576, 1536],
      ["kv_a_proj_with_mqa", 576, 7168],
      ["kv_b_proj", 32_768, 512],
      ["o_proj", 7168, 16_384],
    ] as const) {
      tensors.push(...scaled(`${at}.self_attn.${name}`, rows, columns));
    }
    tensors.push([`${at}.self_attn.q_a_layernorm.weight`, "BF16", [1536]]);
    tensors.push([`${at}.self_attn.kv_a_layernorm.weight`, "BF16", [512]]);
    tensors.push([`${at}.input_layernorm.weight`, "BF16", [7168]]);
    tensors.push([`${at}.post_attention_layernorm.weight`, "BF16", [7168]]);
    if (layer < 3) {
      tensors.push(...feedForward(`${at}.mlp`, 18_432));
      continue;
    }
    tensors.push(
      [`${at}.mlp.gate.weight`, "BF16", [256, 7168]],
      [`${at}.mlp.gate.e_score_correction_bias`, "F32", [256]],
    );
    tensors.push(...feedForward(`${at}.mlp.shared_experts`, 2048));
    for (let expert = 0; expert < 256; expert++)
      tensors.push(...feedForward(`${at}.mlp.experts.${expert}`, 2048));
  }
  tensors.push(["model.norm.weight", "BF16", [7168]], ["lm_head.weight", "BF16", [129_280, 7168]]);
  return tensors;
}

function feedForward(at: string, width: number): TensorSpec[] {
  return [
    ...scaled(`${at}.gate_proj`, width, 7168),
    ...scaled(`${at}.up_proj`, width, 7168),
    ...scaled(`${at}.down_proj`, 7168, width),
  ];
}

function scaled(module: string, rows: number, columns: number): TensorSpec[] {
  const blocks = [Math.ceil(rows / 128), Math.ceil(columns / 128)];
  return [
    [`${module}.weight`, "F8_E4M3", [rows, columns]],
    [`${module}.weight_scale_inv`, "F32", blocks],
  ];
}
