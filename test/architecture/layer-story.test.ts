import { describe, expect, it } from "vitest";
import { describeArchitecture } from "../../src/analysis/arch.ts";
import { componentOfText } from "../support/tensor-text.ts";
import { ENCODERS_BY_ROLE } from "./by-role/encoders.ts";
import { EXPERTS } from "./by-role/experts.ts";
import { HYBRIDS } from "./by-role/hybrids.ts";
import { MIXED_LAYERS } from "./by-role/mixed-layers.ts";
import type { Sectioned } from "./by-role/sections.ts";

function arch(title: string, more: object = {}) {
  const model = [...ENCODERS_BY_ROLE, ...EXPERTS, ...HYBRIDS, ...MIXED_LAYERS].find((each) =>
    each.title.startsWith(title),
  );
  const { tensors, config } = model as Sectioned;
  return describeArchitecture(componentOfText(tensors, { ...config, ...more }));
}

const titles = (story: ReturnType<typeof arch>, kind = 0) =>
  story.diagrams[kind]?.branches.map(({ boxes }) => boxes.map((box) => box.title));

const layer = "model.layers.{0-3}";
const block = `
  model.embed_tokens.weight 100,64
  ${layer}.self_attn.{q,k,v,o}_proj.weight 64,64
  ${layer}.mlp.{gate,up}_proj.weight 256,64
  ${layer}.mlp.down_proj.weight 64,256
  model.norm.weight 64`;
const config = { num_attention_heads: 4, hidden_size: 64, num_hidden_layers: 4 };

describe("where a layer's norms stand", () => {
  it("takes norms of one name for post-norms where nothing normalises the end of the stack", () => {
    expect(arch("BART-large").norms).toMatchObject({ kind: "LayerNorm", placement: "post" });
    expect(arch("NLLB-200").norms).toMatchObject({ kind: "LayerNorm", placement: "pre" });
  });

  it("does not take a first layer without an attention norm for parallel blocks", () => {
    const story = arch("ModernBERT");
    expect(story.norms).toMatchObject({ kind: "LayerNorm", placement: "MLP only, pre" });
    expect(story.features.join()).not.toContain("parallel");
    expect(titles(story)).toEqual([["attention · MHA · 12 × 64"], ["LayerNorm", "gated MLP · 1,152"]]);
  });
});

describe("what reads what", () => {
  it("gives cross-attention a norm and a branch of its own", () => {
    expect(titles(arch("BART-large"))).toEqual([
      ["attention · MHA · 16 × 64", "LayerNorm"],
      ["cross-attention", "LayerNorm"],
      ["MLP · 4,096", "LayerNorm"],
    ]);
  });

  it("draws blocks that share a norm side by side", () => {
    const story = describeArchitecture(
      componentOfText(`${block}\n${layer}.input_layernorm.weight 64`, config),
    );
    expect(titles(story)).toEqual([["RMSNorm", "side by side, on the same input"]]);
    expect(story.diagrams[0]?.branches[0]?.boxes[1]?.lines).toEqual([
      "attention · MHA · 4 × 16",
      "  q  64 → 64",
      "  k  64 → 64",
      "  v  64 → 64",
      "  o  64 → 64",
      "gated MLP · 256",
      "  gate  64 → 256",
      "  up  64 → 256",
      "  down  256 → 64",
    ]);
  });

  it("lists experts that lie end to end one by one", () => {
    const rows = arch("DBRX").linears.filter(({ module }) => module.startsWith("ffn.experts"));
    expect(rows.map((row) => [row.in, row.out, row.perLayer])).toEqual([
      [6144, 10752, 16],
      [6144, 10752, 16],
      [10752, 6144, 16],
    ]);
  });

  it("lists RWKV's linears, and none of the vectors and small matrices it mixes by", () => {
    const story = arch("RWKV-6");
    expect(story.linears.map(({ module, in: from, out }) => `${module} ${from} ${out}`)).toContain(
      "feed_forward.value 7168 2048",
    );
    expect(story.linears).toHaveLength(8);
    expect(story.feedForward.widths).toEqual([7168]);
  });
});

describe("the rows of layers", () => {
  it("tell layers with an indexer from those that use another's", () => {
    expect(arch("GLM-5.2").layers.kinds.map(({ layers, mixer }) => `${layers} ${mixer}`)).toEqual([
      "0-2,6,10 sparse MLA",
      "3-5,7-9,11 MLA",
    ]);
  });
});

describe("a window", () => {
  it("as long as the longest text limits nothing", () => {
    const claims = { ...config, model_type: "mistral", sliding_window: 4096 };
    const norms = `${layer}.{input,post_attention}_layernorm.weight 64`;
    const growing = (context: number) =>
      describeArchitecture(
        componentOfText(`${block}\n${norms}`, { ...claims, max_position_embeddings: context }),
      ).kvCache?.growingBytesPerToken;
    expect(growing(32768)).toBe(0);
    expect(growing(4096)).toBe(4 * 2 * 64 * 2);
  });
});
