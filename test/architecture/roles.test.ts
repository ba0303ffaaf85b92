import { describe, expect, it } from "vitest";
import { StoredWeights } from "../../src/architecture/stored-weights.ts";
import { classifyTensors } from "../../src/architecture/tensor-roles.ts";
import { formatPattern } from "../../src/checkpoint/repeats.ts";
import { componentOfText } from "../support/tensor-text.ts";

/** What each tensor of a checkpoint is taken for, by its folded name. */
function rolesOf(tensors: string, config?: unknown) {
  const component = componentOfText(tensors, config);
  return new Map(
    classifyTensors(component, new StoredWeights(component)).map((tensorRole) => [
      formatPattern(tensorRole.segments),
      tensorRole,
    ]),
  );
}

function roleOf(tensors: string, name: string, config?: unknown) {
  const tensorRole = rolesOf(tensors, config).get(name);
  return `${tensorRole?.scope} ${tensorRole?.role} ${tensorRole?.part}`;
}

const L = "model.layers.0";

describe("names that look like something else", () => {
  it.each([
    [
      "a norm after attention is no attention",
      `${L}.post_attention_layernorm.weight 8`,
      "text norm.post_attn weight",
    ],
    [
      "a head of attention that pools is no head of words",
      "video_model.head.k_proj.weight 64,8",
      "text head.pooler weight",
    ],
    ["mlp.gate routes", `${L}.mlp.gate.weight 4,8`, "text moe.router weight"],
    ["mlp.gate_proj gates", `${L}.mlp.gate_proj.weight 16,8`, "text mlp.gate weight"],
    [
      "shared experts are no routed ones",
      `${L}.mlp.shared_experts.up_proj.weight 16,8`,
      "text shared_expert.up weight",
    ],
    [
      "the gate of shared experts is neither router nor expert",
      `${L}.mlp.shared_expert_gate.weight 1,8`,
      "text moe.shared_gate weight",
    ],
    [
      "HYV4 calls that gate linear_gate",
      `${L}.mlp.shared_experts.linear_gate.weight 1,8`,
      "text moe.shared_gate weight",
    ],
    [
      "a head of what cuts bytes to patches writes no words",
      "model.patcher.lm_head.weight 260,8",
      "text embed.patch weight",
    ],
    [
      "HRM keeps gate, queries, keys and values in one",
      `${L}.attn.gqkv_proj.weight 32,8`,
      "text attn.other weight",
    ],
    ["moe.gate routes", `${L}.moe.gate.weight 4,8`, "text moe.router weight"],
    ["a 3-D moe.gate_proj is stacked experts", `${L}.moe.gate_proj.weight 4,16,8`, "text expert.gate weight"],
    ["stacked experts have no .weight", `${L}.mlp.experts.gate_up_proj 4,32,8`, "text expert.gate_up weight"],
    [
      "a score correction is no parameter of its own layer",
      `${L}.block_sparse_moe.e_score_correction_bias 4`,
      "text moe.router_bias weight",
    ],
    [
      "index_q_proj is no query projection",
      `${L}.self_attn.index_q_proj.weight 4,8`,
      "text attn.indexer weight",
    ],
    ["indexer.wk is no key projection", `${L}.self_attn.indexer.wk.weight 4,8`, "text attn.indexer weight"],
    [
      "a norm named norm in a layer is its input norm",
      "backbone.layers.0.norm.weight 8",
      "text norm.input weight",
    ],
    ["a layer's linear in Zamba is no MLP", `${L}.linear.weight 8,8`, "text shared_block.link weight"],
    [
      "inline adapters are no LoRA file",
      `${L}.shared_transformer.feed_forward.gate_up_proj_adapter_list.7.0.weight 4,8`,
      "text adapter.inline weight",
    ],
    [
      "a patch projection is no projector",
      "vit.embeddings.patch_embeddings.projection.weight 8,3,4,4",
      "text embed.patch weight",
    ],
    [
      "a merger below a vision root is a projector",
      "visual.merger.mlp.0.weight 8,8",
      "projector projector weight",
    ],
    [
      "a projector weight may lack its dot",
      "multi_modal_projector.mm_input_projection_weight 8,8",
      "projector projector weight",
    ],
    [
      "the misspelled norm of CLIP is a norm",
      "vision_model.pre_layrnorm.weight 8",
      "vision norm.final weight",
    ],
    ["rotary tables are buffers", `${L}.self_attn.rotary_emb.inv_freq 4 F32`, "text buffer.rope buffer"],
    ["position ids are buffers", "model.embeddings.position_ids 1,16 I64", "text buffer.index buffer"],
    ["a causal mask is no bias", "transformer.h.0.attn.bias 1,1,16,16 F32", "text buffer.mask buffer"],
    [
      "T5's inner layer is no layer",
      "encoder.block.3.layer.1.DenseReluDense.wo.weight 8,16",
      "text mlp.down weight",
    ],
    ["a name nobody knows stays unknown", `${L}.thing.frobnicator.weight 8,8`, "text unknown weight"],
    [
      "of a name below attention no more than that is known",
      `${L}.self_attn.frobnicator.weight 8,8`,
      "text attn.other weight",
    ],
    [
      "wrappers of training are dropped",
      "module._orig_mod.model.layers.0.mlp.up_proj.weight 16,8",
      "text mlp.up weight",
    ],
    [
      "a substring of a known name is not that name",
      `${L}.self_attn.q_projector.weight 8,8`,
      "text attn.other weight",
    ],
  ])("%s", (_, line, expected) => {
    expect(roleOf(line, line.split(" ")[0] as string)).toBe(expected);
  });
});

describe("names that their neighbours decide", () => {
  it("takes a router's bias beside experts for a score correction", () => {
    const moe = "layers.3.ffn";
    const tensors = `${moe}.gate.weight 4,8\n${moe}.gate.bias 4\n${moe}.experts.{0-3}.w1.weight 2,8`;
    expect(roleOf(tensors, `${moe}.gate.bias`)).toBe("text moe.router_bias bias");
  });

  it("takes a bias below router for an ordinary one", () => {
    expect(roleOf(`${L}.mlp.router.{weight,bias} 4`, `${L}.mlp.router.bias`)).toBe("text moe.router bias");
  });

  it("counts a hash table of a router as a buffer", () => {
    expect(roleOf("layers.0.ffn.gate.tid2eid 16,2 I64", "layers.0.ffn.gate.tid2eid")).toBe(
      "text buffer.index buffer",
    );
  });

  it("reads q, k and v of a layer with decays as linear attention", () => {
    const tensors = `${L}.self_attn.{q,k,v}_proj.weight 8,8\n${L}.self_attn.A_log 4\n${L}.self_attn.q_conv1d.weight 8,1,4`;
    expect(roleOf(tensors, `${L}.self_attn.q_proj.weight`)).toBe("text lin.in weight");
  });

  it("reads one module name, mixer, as four kinds of blocks", () => {
    const tensors = `
      backbone.layers.0.mixer.in_proj.weight 8,8
      backbone.layers.0.mixer.A_log 4
      backbone.layers.0.mixer.norm.weight 8
      backbone.layers.1.mixer.q_proj.weight 8,8
      backbone.layers.2.mixer.up_proj.weight 16,8
      backbone.layers.3.mixer.gate.weight 4,8
      backbone.layers.3.mixer.experts.{0-3}.up_proj.weight 4,8`;
    const roles = rolesOf(tensors);
    const role = (name: string) => roles.get(`backbone.layers.${name}`)?.role;
    expect(role("0.mixer.in_proj.weight")).toBe("ssm.in");
    expect(role("0.mixer.norm.weight")).toBe("ssm.norm");
    expect(role("1.mixer.q_proj.weight")).toBe("attn.q");
    expect(role("2.mixer.up_proj.weight")).toBe("mlp.up");
    expect(role("3.mixer.gate.weight")).toBe("moe.router");
    expect(role("3.mixer.experts.{0-3}.up_proj.weight")).toBe("expert.up");
  });

  it("reads Ring's fused projections before a gated norm as lightning attention", () => {
    const box = `${L}.attention`;
    const tensors = `${box}.query_key_value.weight 24,8\n${box}.{g_proj,dense}.weight 8,8\n${box}.g_norm.weight 8`;
    const roles = rolesOf(tensors);
    const role = (leaf: string) => roles.get(`${box}.${leaf}.weight`)?.role;
    expect(["query_key_value", "g_proj", "g_norm", "dense"].map(role)).toEqual([
      "lin.in",
      "lin.gate",
      "lin.norm",
      "lin.out",
    ]);
  });

  it("knows a short convolution by the projections around it", () => {
    const tensors = `${L}.conv.{in,out}_proj.weight 8,8\n${L}.conv.conv.weight 8,1,3\nmodel.layers.1.conv.weight 8,8,3`;
    expect(roleOf(tensors, `${L}.conv.conv.weight`)).toBe("text rec.conv weight");
    expect(roleOf(tensors, `${L}.conv.in_proj.weight`)).toBe("text rec.in weight");
    expect(roleOf(tensors, "model.layers.1.conv.weight")).toBe("text conv weight");
  });

  it("takes q_proj for the way down to a rank where wq leads up from it", () => {
    const tensors = `${L}.self_attn.q_proj.weight 4,8\n${L}.self_attn.wq.weight 16,4\nmodel.layers.1.self_attn.wq.weight 8,8`;
    expect(roleOf(tensors, `${L}.self_attn.q_proj.weight`)).toBe("text attn.q_a weight");
    expect(roleOf(tensors, `${L}.self_attn.wq.weight`)).toBe("text attn.q_b weight");
    expect(roleOf(tensors, "model.layers.1.self_attn.wq.weight")).toBe("text attn.q weight");
  });

  it("takes a scale that stands alone for the weight of a norm", () => {
    const tensors = `${L}.pre_attn_norm.scale 8\n${L}.router.{scale,proj.weight} 8`;
    expect(roleOf(tensors, `${L}.pre_attn_norm.scale`)).toBe("text norm.input weight");
    expect(roleOf(tensors, `${L}.router.scale`)).toBe("text moe.router weight");
  });

  it("takes Qwen 1's w1 and w2 for up and gate beside c_proj", () => {
    const tensors = "transformer.h.0.mlp.w{1,2}.weight 16,8\ntransformer.h.0.mlp.c_proj.weight 8,16";
    expect(roleOf(tensors, "transformer.h.0.mlp.w1.weight")).toBe("text mlp.up weight");
    expect(roleOf(tensors, "transformer.h.0.mlp.w2.weight")).toBe("text mlp.gate weight");
  });

  it("tells three numbered norms of one shape apart", () => {
    const tensors = "down_blocks.0.attentions.0.transformer_blocks.0.norm{1-3}.weight 8";
    expect(rolesOf(tensors, { _class_name: "UNet2DConditionModel" }).size).toBe(3);
  });

  it("puts layers that join two streams into multi-token prediction, whatever their number", () => {
    const tensors = `
      model.layers.{0-2}.mlp.up_proj.weight 16,8
      model.layers.2.eh_proj.weight 8,16
      model.layers.2.shared_head.head.weight 32,8`;
    expect(roleOf(tensors, "model.layers.{0-1}.mlp.up_proj.weight")).toBe("text mlp.up weight");
    expect(roleOf(tensors, "model.layers.2.mlp.up_proj.weight")).toBe("mtp mlp.up weight");
    expect(roleOf(tensors, "model.layers.2.shared_head.head.weight")).toBe("mtp head.lm weight");
  });

  it("splits scopes only where an encoder and a decoder stand beside each other", () => {
    const encoder = "encoder.block.{0-1}.layer.0.SelfAttention.q.weight 8,8";
    const both = `${encoder}\ndecoder.block.{0-1}.layer.0.SelfAttention.q.weight 8,8`;
    const name = "encoder.block.{0-1}.layer.0.SelfAttention.q.weight";
    expect(roleOf(encoder, name)).toBe("text attn.q weight");
    expect(roleOf(both, name)).toBe("encoder attn.q weight");
  });

  it("keeps both factors of a LoRA, with or without the name of its adapter", () => {
    const tensors = `
      base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight 4,8
      base_model.model.model.layers.0.self_attn.q_proj.lora_B.default.weight 8,4`;
    const stem = "base_model.model.model.layers.0.self_attn.q_proj";
    expect(roleOf(tensors, `${stem}.lora_A.weight`)).toBe("text adapter.lora_a lora_a");
    expect(roleOf(tensors, `${stem}.lora_B.default.weight`)).toBe("text adapter.lora_b lora_b");
  });
});
