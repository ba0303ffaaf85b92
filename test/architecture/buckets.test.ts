import { describe, expect, it } from "vitest";
import { describeArchitecture } from "../../src/analysis/arch.ts";
import { countParameters } from "../../src/analysis/params.ts";
import type { Dtype } from "../../src/safetensors/dtype.ts";
import { componentOf, type TensorSpec } from "../support/component-of.ts";
import { Prng } from "../support/prng.ts";

/** Names that rules know and names that they don't, so that random trees run through all of them. */
const NAMES = [
  "model",
  "layers",
  "0",
  "1",
  "2",
  "11",
  "self_attn",
  "attn",
  "mlp",
  "experts",
  "gate",
  "gate_proj",
  "up_proj",
  "q_proj",
  "k_proj",
  "o_proj",
  "kv_a_proj_with_mqa",
  "weight",
  "bias",
  "weight_scale_inv",
  "weight_scale",
  "qweight",
  "qzeros",
  "scales",
  "g_idx",
  "absmax",
  "quant_map",
  "norm",
  "input_layernorm",
  "embed_tokens",
  "lm_head",
  "visual",
  "merger",
  "mtp",
  "eh_proj",
  "indexer",
  "wk",
  "linear_attn",
  "A_log",
  "conv1d",
  "mixer",
  "mamba",
  "temporal_block",
  "rg_lru",
  "attention",
  "feed_forward",
  "time_mix_key",
  "key",
  "encoder",
  "decoder",
  "block",
  "layer",
  "lora_A",
  "default",
  "rotary_emb",
  "inv_freq",
  "position_ids",
  "input_max",
  "shared_head",
  "head",
  "altup",
  "hc_attn_fn",
  "x",
  "",
  "block_sparse_moe",
  "output_linear",
  "experts_blocks",
  "gate_up_proj_blocks",
  "gate_up_proj_scales",
  "transformer_blocks",
];
const DTYPES: readonly Dtype[] = ["BF16", "F32", "F8_E4M3", "U8", "I32", "I8", "I64", "BOOL"];

function randomTensors(prng: Prng): TensorSpec[] {
  const tensors = new Map<string, TensorSpec>();
  for (let count = 1 + prng.below(60); count > 0; count--) {
    const name = Array.from({ length: 1 + prng.below(6) }, () => prng.pick(NAMES)).join(".");
    const shape = Array.from({ length: prng.below(4) }, () => prng.pick([0, 1, 2, 3, 8, 16, 128]));
    tensors.set(name, [name, prng.pick(DTYPES), shape]);
  }
  return [...tensors.values()];
}

describe("buckets", () => {
  it("sum to the whole on any module tree", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const component = componentOf(randomTensors(new Prng(seed)));
      const { root } = component.kinds;
      const params = countParameters(component);
      const sum = (rows: readonly Record<string, unknown>[], key: string) =>
        rows.reduce((total, row) => total + (row[key] as number), 0);
      const where = `seed ${seed}`;
      for (const rows of [params.byRole, params.byComponent] as unknown as readonly Record<
        string,
        unknown
      >[][]) {
        expect(sum(rows, "tensors"), where).toBe(component.kinds.tensors(root));
        expect(sum(rows, "elements"), where).toBe(params.elements.stored);
        expect(sum(rows, "bytes"), where).toBe(params.bytes.total);
        expect(sum(rows, "parameters"), where).toBe(params.parameters.total);
      }
      const metadata = params.byRole.find((row) => row.role === "quant_metadata");
      expect(metadata?.parameters ?? 0, where).toBe(0);
      expect(metadata?.elements ?? 0, where).toBe(params.elements.auxiliary);
      const arch = describeArchitecture(component, { context: 100 });
      expect(arch.parameters.total, where).toBe(params.parameters.total);
    }
  });

  it("hold a tensor that no rule knows, and list it", () => {
    const params = countParameters(componentOf([["model.layers.0.frobnicate.weight", "BF16", [4, 4]]]));
    expect(params.byRole).toMatchObject([{ role: "unknown", tensors: 1, parameters: 16 }]);
    expect(params.unknown).toEqual(["model.layers.0.frobnicate.weight"]);
  });
});
