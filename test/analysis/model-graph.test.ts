import { describe, expect, it } from "vitest";
import { describeArchitecture } from "../../src/analysis/arch.ts";
import type { ModelGraph } from "../../src/analysis/model-graph.ts";
import { layOut } from "../../src/report/render/html/graph-layout.ts";
import { type ComponentExtras, componentOf, expandAll, type TensorSpec } from "../support/component-of.ts";

const block = (path: string, width: number): TensorSpec[] => [
  [`${path}.self_attn.q_proj.weight`, "BF16", [width, width]],
  [`${path}.self_attn.k_proj.weight`, "BF16", [width / 4, width]],
  [`${path}.self_attn.v_proj.weight`, "BF16", [width / 4, width]],
  [`${path}.self_attn.o_proj.weight`, "BF16", [width, width]],
  [`${path}.mlp.gate_proj.weight`, "BF16", [width * 2, width]],
  [`${path}.mlp.up_proj.weight`, "BF16", [width * 2, width]],
  [`${path}.mlp.down_proj.weight`, "BF16", [width, width * 2]],
  [`${path}.input_layernorm.weight`, "BF16", [width]],
  [`${path}.post_attention_layernorm.weight`, "BF16", [width]],
];
const body = (path: string, width = 64): TensorSpec[] => [
  [`${path}.embed_tokens.weight`, "BF16", [500, width]],
  ...block(`${path}.layers.{0-5}`, width),
  [`${path}.norm.weight`, "BF16", [width]],
];
const HEAD: TensorSpec = ["lm_head.weight", "BF16", [500, 64]];
const tower = (path: string): TensorSpec[] => [
  [`${path}.patch_embed.proj.weight`, "BF16", [48, 3, 14, 14]],
  [`${path}.blocks.{0-3}.norm1.weight`, "BF16", [48]],
  [`${path}.blocks.{0-3}.attn.qkv.weight`, "BF16", [144, 48]],
  [`${path}.blocks.{0-3}.attn.proj.weight`, "BF16", [48, 48]],
  [`${path}.blocks.{0-3}.norm2.weight`, "BF16", [48]],
  [`${path}.blocks.{0-3}.mlp.fc1.weight`, "BF16", [96, 48]],
  [`${path}.blocks.{0-3}.mlp.fc2.weight`, "BF16", [48, 96]],
];

function graphOf(specs: readonly TensorSpec[], extras: ComponentExtras = {}): ModelGraph {
  const { graph, parameters } = describeArchitecture(componentOf(expandAll(specs), extras));
  // Every tensor is of one part, and of no other.
  const sum = graph.nodes.reduce((total, node) => total + node.parameters, 0);
  if (graph.nodes.length > 0) expect(sum).toBe(parameters.total);
  return graph;
}

/** `embedding 500→64`, `tower 4 layers 48→48`, and `embedding > layers` for what leads into what. */
function words({ nodes, edges }: ModelGraph): string[] {
  const kindOf = new Map(nodes.map(({ id, kind, isTied }) => [id, isTied ? "tied head" : kind]));
  return [
    ...nodes.map(
      (node) =>
        `${kindOf.get(node.id)} ${node.modules.join("+")}${node.layers === null ? "" : ` ${node.layers} layers`} ${node.in ?? "?"}→${node.out ?? "?"}`,
    ),
    ...edges.map(({ from, to }) => `${kindOf.get(from)} > ${kindOf.get(to)}`),
  ];
}

describe("the graph of a model", () => {
  it("is a chain for a decoder with a head of its own", () => {
    expect(words(graphOf([...body("model"), HEAD]))).toEqual([
      "embedding model.embed_tokens 500→64",
      "layers model.layers 6 layers 64→64",
      "norm model.norm 64→64",
      "head lm_head 64→500",
      "embedding > layers",
      "layers > norm",
      "norm > head",
    ]);
  });

  it("has the table once more where the head is tied, without a parameter", () => {
    const configs = {
      "config.json": {
        architectures: ["LlamaForCausalLM"],
        model_type: "llama",
        tie_word_embeddings: true,
      },
    };
    const graph = graphOf(body("model"), { configs });
    expect(words(graph)).toContain("tied head model.embed_tokens 64→500");
    expect(words(graph)).toContain("norm > tied head");
  });

  it("leads a tower through its projector into the layers", () => {
    const told = words(
      graphOf([
        ...body("language_model.model"),
        ["language_model.lm_head.weight", "BF16", [500, 64]],
        ...tower("visual"),
        ["multi_modal_projector.linear_1.weight", "BF16", [80, 48]],
        ["multi_modal_projector.linear_2.weight", "BF16", [64, 80]],
      ]),
    );
    expect(told).toContain("tower visual 4 layers 48→48");
    expect(told).toContain("projector multi_modal_projector 48→64");
    expect(told).toContain("tower > projector");
    expect(told).toContain("projector > layers");
  });

  it("tells no sides of a projector that does not end in the width of the layers", () => {
    const told = words(
      graphOf([
        ...body("language_model.model"),
        ["language_model.lm_head.weight", "BF16", [500, 64]],
        ...tower("visual"),
        ["multi_modal_projector.a.weight", "BF16", [64, 48]],
        ["multi_modal_projector.b.weight", "BF16", [48, 48]],
      ]),
    );
    expect(told).toContain("projector multi_modal_projector ?→?");
  });

  it("leads an encoder into the decoder that attends to it", () => {
    const stack = (side: string): TensorSpec[] => [
      ...["q", "k", "v", "o"].map(
        (name): TensorSpec => [`${side}.block.{0-3}.layer.0.SelfAttention.${name}.weight`, "F32", [64, 64]],
      ),
      [`${side}.block.{0-3}.layer.0.layer_norm.weight`, "F32", [64]],
      [`${side}.final_layer_norm.weight`, "F32", [64]],
    ];
    const cross = ["q", "k", "v", "o"].map(
      (name): TensorSpec => [`decoder.block.{0-3}.layer.1.EncDecAttention.${name}.weight`, "F32", [64, 64]],
    );
    const told = words(
      graphOf([["shared.weight", "F32", [500, 64]], ...stack("encoder"), ...stack("decoder"), ...cross]),
    );
    expect(told).toContain("tower encoder 4 layers 64→64");
    expect(told).toContain("layers decoder.block 4 layers 64→64");
    expect(told).toContain("tower > layers");
  });

  it("counts layers that predict further tokens apart", () => {
    const told = words(
      graphOf(
        [
          ...body("model"),
          HEAD,
          ...block("model.layers.6", 64),
          ["model.layers.6.eh_proj.weight", "BF16", [64, 128]],
          ["model.layers.6.enorm.weight", "BF16", [64]],
          ["model.layers.6.hnorm.weight", "BF16", [64]],
        ],
        { configs: { "config.json": { num_hidden_layers: 6, num_nextn_predict_layers: 1 } } },
      ),
    );
    expect(told).toContain("layers model.layers 6 layers 64→64");
    expect(told).toContain("mtp model.layers.6 ?→?");
    expect(told).toContain("mtp > head");
  });

  it("runs blocks of two streams before those of one", () => {
    const linear = (path: string, out: number, into: number): TensorSpec => [
      `${path}.weight`,
      "BF16",
      [out, into],
    ];
    const double = "transformer_blocks.{0-1}";
    const single = "single_transformer_blocks.{0-3}";
    const graph = graphOf([
      linear("x_embedder", 64, 16),
      linear("context_embedder", 64, 32),
      linear("time_text_embed.timestep_embedder.linear_1", 64, 256),
      ...["to_q", "to_k", "to_v", "add_q_proj", "add_k_proj", "add_v_proj", "to_out.0", "to_add_out"].map(
        (name) => linear(`${double}.attn.${name}`, 64, 64),
      ),
      linear(`${double}.ff.net.0.proj`, 256, 64),
      linear(`${double}.ff.net.2`, 64, 256),
      linear(`${double}.norm1.linear`, 384, 64),
      ...["to_q", "to_k", "to_v"].map((name) => linear(`${single}.attn.${name}`, 64, 64)),
      linear(`${single}.proj_mlp`, 256, 64),
      linear(`${single}.proj_out`, 64, 320),
      linear(`${single}.norm.linear`, 192, 64),
      linear("norm_out.linear", 128, 64),
      linear("proj_out", 16, 64),
    ]);
    const idOf = (module: string) => graph.nodes.find(({ modules }) => modules.includes(module))?.id;
    expect(graph.edges).toContainEqual({
      from: idOf("transformer_blocks"),
      to: idOf("single_transformer_blocks"),
    });
    expect(graph.edges).toContainEqual({ from: idOf("x_embedder"), to: idOf("transformer_blocks") });
    expect(graph.edges).toContainEqual({ from: idOf("single_transformer_blocks"), to: idOf("proj_out") });
  });

  it("is empty where there is no list of layers", () => {
    expect(graphOf([["x", "F32", [2]]])).toEqual({ nodes: [], edges: [] });
  });

  it("takes names of any kind", () => {
    const names = ["__proto__", "constructor", "<b>", "{0}"];
    const graph = graphOf([
      ...body("model"),
      HEAD,
      ...names.map((name): TensorSpec => [`${name}.weight`, "F32", [3, 5]]),
    ]);
    expect(graph.nodes.find(({ kind }) => kind === "other")?.modules).toEqual([...names].sort());
  });
});

describe("its layout", () => {
  it("puts no two boxes in one place, what leads in above, and a chain in one column", () => {
    const graph = graphOf([
      ...body("language_model.model"),
      ["language_model.lm_head.weight", "BF16", [500, 64]],
      ...tower("visual"),
      ["multi_modal_projector.linear.weight", "BF16", [64, 48]],
    ]);
    const { places } = layOut(graph.nodes, graph.edges);
    expect(new Set([...places.values()].map(({ rank, column }) => `${rank} ${column}`)).size).toBe(
      graph.nodes.length,
    );
    for (const { from, to } of graph.edges)
      expect(places.get(from)?.rank).toBeLessThan(places.get(to)?.rank ?? 0);
    const columnOf = (kind: string) =>
      places.get(graph.nodes.find((node) => node.kind === kind)?.id ?? "")?.column;
    expect(columnOf("tower")).toBe(columnOf("projector"));
    expect(columnOf("embedding")).toBe(0);
    expect(columnOf("head")).toBe(0);
  });
});
