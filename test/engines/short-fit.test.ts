import { describe, expect, it } from "vitest";
import { shortFit } from "../../src/engines/memory/short-fit.ts";
import { loadTables } from "../../src/engines/table.ts";
import { plainModel } from "../checks/sound-models.ts";
import { Draft } from "../support/draft.ts";
import { loadFiles } from "../support/run-checks.ts";
import { served } from "../support/served.ts";

const tables = await loadTables(["vllm"]);

/** Llama 3 70B by its sizes: 141 GB. */
function seventyBillion(): Draft {
  const layer = "model.layers.{0-79}";
  return Draft.of(
    [
      ["model.embed_tokens.weight", "BF16", [128_256, 8192]],
      [`${layer}.self_attn.q_proj.weight`, "BF16", [8192, 8192]],
      [`${layer}.self_attn.k_proj.weight`, "BF16", [1024, 8192]],
      [`${layer}.self_attn.v_proj.weight`, "BF16", [1024, 8192]],
      [`${layer}.self_attn.o_proj.weight`, "BF16", [8192, 8192]],
      [`${layer}.mlp.gate_proj.weight`, "BF16", [28_672, 8192]],
      [`${layer}.mlp.up_proj.weight`, "BF16", [28_672, 8192]],
      [`${layer}.mlp.down_proj.weight`, "BF16", [8192, 28_672]],
      [`${layer}.input_layernorm.weight`, "BF16", [8192]],
      [`${layer}.post_attention_layernorm.weight`, "BF16", [8192]],
      ["model.norm.weight", "BF16", [8192]],
      ["lm_head.weight", "BF16", [128_256, 8192]],
    ],
    {
      architectures: ["LlamaForCausalLM"],
      model_type: "llama",
      hidden_size: 8192,
      intermediate_size: 28_672,
      num_attention_heads: 64,
      num_key_value_heads: 8,
      num_hidden_layers: 80,
      vocab_size: 128_256,
      tie_word_embeddings: false,
      torch_dtype: "bfloat16",
    },
  );
}

async function fitOf(draft: Draft) {
  const [component] = (await loadFiles(draft.toFiles())).components;
  if (component === undefined) throw new Error("no component");
  return shortFit(component, tables);
}

describe("where a model fits, in a line", () => {
  it("names the fewest of each size, and half of the first as too few", async () => {
    const small = served(plainModel)();
    expect(await fitOf(small)).toMatchObject({ plans: [{ gpu: "RTX 4090", count: 1 }], not: null });
    // 17.6 GB on each of 8 cards of 24 leave no room that is sure; 70.6 GB on each of 2 of 80 neither.
    expect(await fitOf(seventyBillion())).toMatchObject({
      plans: [
        { gpu: "H100 80", count: 4 },
        { gpu: "B200", count: 1 },
      ],
      not: { gpu: "H100 80", count: 2 },
    });
  });

  it("names the most that was tried where nothing holds it", async () => {
    const draft = seventyBillion();
    draft.config.vocab_size = 128_256 * 1000;
    for (const name of ["model.embed_tokens.weight", "lm_head.weight"])
      draft.change(name, { shape: [128_256 * 1000, 8192] });
    expect(await fitOf(draft)).toMatchObject({ plans: [], not: { gpu: "B200", count: 8 } });
  });

  it("asks for no more tokens than the model takes", async () => {
    const draft = served(plainModel)();
    draft.config.max_position_embeddings = 256;
    expect(await fitOf(draft)).toMatchObject({ context: 256 });
    draft.config.max_position_embeddings = 131_072;
    expect(await fitOf(draft)).toMatchObject({ context: 8192 });
  });

  it("says nothing where it is not known whether the engine takes it", async () => {
    const draft = served(plainModel)();
    draft.config.architectures = ["CTRLLMHeadModel"];
    draft.config.model_type = "ctrl";
    expect(await fitOf(draft)).toBeNull();
  });

  it("says nothing where what its layers keep of the past is not known", async () => {
    const draft = served(plainModel)();
    draft.rename((name) => name.replace(/\.self_attn\.(\w)_proj\./, ".remembering.$1x."));
    expect(await fitOf(draft)).toBeNull();
  });

  it("says nothing of what the engine takes on no plan", async () => {
    const draft = served(plainModel)();
    draft.config.model_type = "none_such";
    expect(await fitOf(draft)).toBeNull();
  });
});
