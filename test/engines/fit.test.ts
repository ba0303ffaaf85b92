import { describe, expect, it } from "vitest";
import { Ask } from "../../src/engines/ask.ts";
import { findGpu, type Gpu } from "../../src/engines/gpus.ts";
import { cacheOf } from "../../src/engines/memory/cache.ts";
import { type FitRequest, fitComponent } from "../../src/engines/memory/fit.ts";
import { stageOf, weightsPerRank } from "../../src/engines/memory/weights.ts";
import type { Plan } from "../../src/engines/plan.ts";
import { loadTables } from "../../src/engines/table.ts";
import type { TensorSpec } from "../support/component-of.ts";
import { Draft } from "../support/draft.ts";
import { loadFiles } from "../support/run-checks.ts";

const tables = await loadTables(["vllm", "mlx"]);
const ONE: Plan = { tp: 1, ep: 1, pp: 1, gpu: null, dtype: "auto" };

async function ask(draft: Draft, plan: Partial<Plan> = {}): Promise<Ask> {
  const [component] = (await loadFiles(draft.toFiles())).components;
  if (component === undefined) throw new Error("no component");
  return new Ask(component, "vllm", tables, { ...ONE, ...plan });
}

const LLAMA = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  hidden_size: 512,
  num_attention_heads: 8,
  num_key_value_heads: 2,
  head_dim: 64,
  num_hidden_layers: 4,
  intermediate_size: 1024,
  vocab_size: 1000,
  tie_word_embeddings: false,
  torch_dtype: "bfloat16",
  max_position_embeddings: 4096,
};

/** Four layers: q 512, k and v 128 rows, o, gate, up, down; a vocabulary that 64 does not divide. */
function dense(config: object = {}): Draft {
  const layer = "model.layers.{0-3}";
  const specs: TensorSpec[] = [
    ["model.embed_tokens.weight", "BF16", [1000, 512]],
    [`${layer}.self_attn.q_proj.weight`, "BF16", [512, 512]],
    [`${layer}.self_attn.k_proj.weight`, "BF16", [128, 512]],
    [`${layer}.self_attn.v_proj.weight`, "BF16", [128, 512]],
    [`${layer}.self_attn.o_proj.weight`, "BF16", [512, 512]],
    [`${layer}.mlp.gate_proj.weight`, "BF16", [1024, 512]],
    [`${layer}.mlp.up_proj.weight`, "BF16", [1024, 512]],
    [`${layer}.mlp.down_proj.weight`, "BF16", [512, 1024]],
    [`${layer}.input_layernorm.weight`, "BF16", [512]],
    [`${layer}.post_attention_layernorm.weight`, "BF16", [512]],
    ["model.norm.weight", "BF16", [512]],
    ["lm_head.weight", "BF16", [1000, 512]],
  ];
  return Draft.of(specs, { ...LLAMA, ...config }, 1);
}

/** Bytes of one layer that divide: q and o 2 × 512 × 512, gate, up and down 3 × 1024 × 512, at 2 bytes. */
const CUT = (2 * 512 * 512 + 3 * 1024 * 512) * 2;
const KV = 2 * 128 * 512 * 2;
const NORMS = (4 * 2 + 1) * 512 * 2;
/** The vocabulary is padded to 1024 rows, embedding and head. */
const WORDS = 2 * 1024 * 512 * 2;

describe("weights on each GPU", () => {
  it("are all of it on one", async () => {
    const [bytes] = weightsPerRank(await ask(dense())).perRank;
    expect(bytes).toBe(4 * (CUT + KV) + NORMS + WORDS);
  });

  it.each([2, 4, 8])(
    "tp %i: heads are cut, two key/value heads copied, norms whole, 1000 words padded to 1024",
    async (tp) => {
      const { perRank, replicated } = weightsPerRank(await ask(dense(), { tp }));
      const own = 4 * (CUT / tp + KV / Math.min(tp, 2)) + NORMS + WORDS / tp;
      expect(perRank).toEqual(new Array(tp).fill(own));
      expect(replicated.kv).toBe(4 * (KV / Math.min(tp, 2) - KV / tp));
    },
  );

  it("a tied head is kept once", async () => {
    const [bytes] = weightsPerRank(await ask(dense({ tie_word_embeddings: true }))).perRank;
    expect(bytes).toBe(4 * (CUT + KV) + NORMS + WORDS / 2);
  });

  it("stages: layers evenly, the remainder to those before the last", () => {
    const stages = (layers: number, pp: number) =>
      Array.from({ length: layers }, (_, layer) => stageOf(layer, layers, pp));
    expect(stages(7, 3)).toEqual([0, 0, 1, 1, 1, 2, 2]);
    expect(stages(8, 3)).toEqual([0, 0, 0, 1, 1, 1, 2, 2]);
  });

  it("pp 2: the embedding first, norm and head last", async () => {
    const { perRank } = weightsPerRank(await ask(dense(), { pp: 2 }));
    const layers = 2 * (CUT + KV) + 2 * 2 * 512 * 2;
    expect(perRank).toEqual([layers + WORDS / 2, layers + WORDS / 2 + 512 * 2]);
  });
});

describe("cache on each GPU", () => {
  it.each([
    [1, "bf16", 4 * 2 * 128 * 2],
    [2, "bf16", 4 * 2 * 64 * 2],
    [8, "bf16", 4 * 2 * 64 * 2],
    [1, "fp8", 4 * 2 * 128],
  ] as const)("tp %i in %s: %i bytes a token", async (tp, dtype, bytes) => {
    expect(cacheOf(await ask(dense(), { tp }), dtype).bytesPerToken).toBe(bytes);
  });

  it("a window keeps no more than it looks back over", async () => {
    const windowed = dense({
      layer_types: ["sliding_attention", "sliding_attention", "full_attention", "sliding_attention"],
      sliding_window: 256,
    });
    const { kinds } = cacheOf(await ask(windowed), "bf16");
    expect(kinds.map(({ kind, layers, window }) => [kind, layers, window])).toEqual([
      ["sliding", 3, 256],
      ["gqa", 1, null],
    ]);
  });

  it("a latent is of all heads, and divides by nothing", async () => {
    const layer = "model.layers.{0-1}.self_attn";
    const latent = Draft.of(
      [
        ["model.embed_tokens.weight", "BF16", [1024, 512]],
        [`${layer}.q_proj.weight`, "BF16", [1536, 512]],
        [`${layer}.kv_a_proj_with_mqa.weight`, "BF16", [192, 512]],
        [`${layer}.kv_a_layernorm.weight`, "BF16", [128]],
        [`${layer}.kv_b_proj.weight`, "BF16", [2048, 128]],
        [`${layer}.o_proj.weight`, "BF16", [512, 1024]],
        ["model.layers.{0-1}.mlp.gate_proj.weight", "BF16", [1024, 512]],
        ["model.layers.{0-1}.mlp.up_proj.weight", "BF16", [1024, 512]],
        ["model.layers.{0-1}.mlp.down_proj.weight", "BF16", [512, 1024]],
        ["model.layers.{0-1}.input_layernorm.weight", "BF16", [512]],
        ["model.layers.{0-1}.post_attention_layernorm.weight", "BF16", [512]],
        ["model.norm.weight", "BF16", [512]],
        ["lm_head.weight", "BF16", [1024, 512]],
      ],
      {
        architectures: ["DeepseekV2ForCausalLM"],
        model_type: "deepseek_v2",
        hidden_size: 512,
        num_attention_heads: 8,
        num_hidden_layers: 2,
        vocab_size: 1024,
        kv_lora_rank: 128,
        qk_rope_head_dim: 64,
        qk_nope_head_dim: 128,
        v_head_dim: 128,
        torch_dtype: "bfloat16",
        tie_word_embeddings: false,
      },
      1,
    );
    for (const tp of [1, 4]) {
      const cache = cacheOf(await ask(latent, { tp }), "bf16");
      expect(cache.kinds).toMatchObject([{ kind: "mla", layers: 2, bytesPerToken: 2 * 192 * 2 }]);
    }
  });
});

describe("rows", () => {
  const request = (gpus: readonly string[], more: Partial<FitRequest> = {}): FitRequest => ({
    engine: "vllm",
    gpus: gpus.flatMap((name): readonly Gpu[] => {
      const gpu = findGpu(name);
      return gpu === undefined ? [] : [gpu];
    }),
    counts: [1, 2],
    contexts: [1024],
    batch: 1,
    kv: "auto",
    utilization: null,
    spreadsExperts: false,
    ...more,
  });

  it("what fits says so, and a plan that the engine refuses is refused", async () => {
    const { component } = await ask(dense());
    const { rows } = fitComponent(component, tables, request(["H100 80"], { counts: [1, 3] }));
    expect(rows.map(({ count, verdict }) => [count, verdict])).toEqual([
      [1, "fits"],
      [3, "refused"],
    ]);
    expect(rows[1]?.reason).toContain("must be divisible by tensor parallel size (3)");
  });

  it("what depends on the overhead is tight, and never fits", async () => {
    const { component } = await ask(dense());
    const counts = [1];
    const shares = Array.from({ length: 60 }, (_, k) => (k + 1) / 60);
    const verdicts = shares.map((utilization) => {
      const { rows } = fitComponent(component, tables, request(["T4"], { counts, utilization }));
      return rows[0]?.verdict;
    });
    // More memory never makes it worse.
    const order = ["does-not-fit", "tight", "fits"];
    const ranks = verdicts.map((verdict) => order.indexOf(verdict ?? ""));
    expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
    expect(new Set(verdicts)).toEqual(new Set(order));
  });

  it("mlx is told by the memory of Macs", async () => {
    const { component } = await ask(dense());
    const { rows } = fitComponent(component, tables, request([], { engine: "mlx" }));
    expect(rows.map(({ gpu }) => gpu)).toContain("Apple 64 GB");
  });
});

describe("parts of a pipeline", () => {
  it("are told by their weights, without a machine that would be a guess", async () => {
    const { component } = await ask(
      Draft.of(
        [
          ["conv_in.weight", "BF16", [320, 4, 3, 3]],
          ["conv_in.bias", "BF16", [320]],
          ["time_embedding.linear_1.weight", "BF16", [1280, 320]],
          ["time_embedding.linear_2.weight", "BF16", [1280, 1280]],
          ["conv_out.weight", "BF16", [4, 320, 3, 3]],
        ],
        { _class_name: "UNet2DConditionModel" },
        1,
      ),
    );
    const request = { engine: "vllm", gpus: [], counts: [1], contexts: [1], batch: 1, kv: "auto" } as const;
    const fit = fitComponent(component, tables, { ...request, utilization: null, spreadsExperts: false });
    const bytes = 2 * (2 * 320 * 4 * 9 + 320 + 1280 * 320 + 1280 * 1280);
    expect([fit.weights.perRank, fit.kv, fit.rows]).toEqual([[bytes], null, []]);
    expect(fit.notes.join()).toMatch(/its weights are told; memory for activations depends on the size/);
  });
});
