import { describe, expect, it } from "vitest";
import { describeArchitecture } from "../../src/analysis/arch.ts";
import { countParameters } from "../../src/analysis/params.ts";
import { Draft } from "../support/draft.ts";
import { checkDraft, faultsOf } from "../support/run-checks.ts";
import { componentOfText, tensorsOf } from "../support/tensor-text.ts";

const config = { model_type: "zorblax", hidden_size: 512, num_hidden_layers: 8, num_attention_heads: 8 };

const ends = `
  model.embed_tokens.weight 1000,512
  model.layers.{0-7}.{input,post_attention}_layernorm.weight 512
  model.norm.weight 512
  lm_head.weight 1000,512`;

const attention = (layers: string) => `
  model.layers.{${layers}}.self_attn.{q,o}_proj.weight 512,512
  model.layers.{${layers}}.self_attn.{k,v}_proj.weight 128,512`;

function read(tensors: string, claims: object = config) {
  const component = componentOfText(tensors, claims);
  return { params: countParameters(component), arch: describeArchitecture(component) };
}

describe("a family nobody has heard of", () => {
  const invented = `
    zorb.tokens.weight 1000,512
    zorb.layers.{0-7}.gleam.{q,o}_beam.weight 512,512
    zorb.layers.{0-7}.gleam.{k,v}_beam.weight 128,512
    zorb.layers.{0-7}.wobble.up.weight 2048,512
    zorb.layers.{0-7}.wobble.down.weight 512,2048
    zorb.layers.{0-7}.hush.weight 512
    zorb.out.weight 1000,512`;

  it("has exact totals and unknown roles, and nothing is guessed about what it does", () => {
    const { params, arch } = read(invented);
    expect(params.parameters.total).toBe(
      2 * 512_000 + 8 * (2 * 512 * 512 + 2 * 128 * 512 + 2 * 2048 * 512 + 512),
    );
    expect(params.byRole.map(({ role }) => role)).toEqual(["unknown"]);
    // It is called what its configuration calls it, and of no other name.
    expect(arch.family).toMatchObject({ id: "zorblax", title: "zorblax", confidence: "likely" });
    expect(arch.layers.mixers).toBe("unknown mixer");
    expect(arch.layers.kinds[0]?.feedForward).toBe("unknown");
    expect(arch.kvCache).toBeNull();
    expect(arch.embedding.tied).toBeNull();
    expect(params.parameters.activeWithoutEmbedding).toBeNull();
    expect(params.parameters.activeBasis).toBe("all parameters: no routed experts recognised");
  });

  it("is not missing a token embedding: one of its matrices may be that", async () => {
    const claims = { ...config, architectures: ["ZorblaxForCausalLM"] };
    expect(faultsOf(await checkDraft(Draft.of([...tensorsOf(invented)], claims)))).toEqual([]);
  });

  it("is not taken for Llama by a layer that has Llama's attention and an unheard-of rest", () => {
    const council = "model.layers.{0-7}.council";
    const { params, arch } = read(`${ends}${attention("0-7")}
      ${council}.chooser.weight 16,512
      ${council}.sages.{0-15}.{rise,fall}.weight 256,512`);
    expect(arch.family.id).not.toMatch(/llama/);
    expect(arch.attention?.kind).toBe("GQA");
    expect(arch.kvCache?.bytesPerToken).toBe(8 * 2 * 128 * 2);
    expect(params.parameters.active).toBeNull();
    expect(params.parameters.activeBasis).toContain("may be routed experts");
  });

  it("has a cache of unknown size where a layer's mixer is unheard of", () => {
    const { params, arch } = read(`${ends}${attention("3,7")}
      model.layers.{0-2,4-6}.resonator.tune.weight 512,512
      model.layers.{0-7}.mlp.{gate,up}_proj.weight 1024,512
      model.layers.{0-7}.mlp.down_proj.weight 512,1024`);
    expect(arch.layers.mixers).toBe("hybrid: 6 × unknown mixer + 2 × GQA");
    expect(arch.kvCache).toBeNull();
    expect(params.parameters.active).toBe(params.parameters.total);
  });

  it("does not believe experts that only the configuration speaks of", () => {
    const tensors = `${ends}${attention("0-7")}\nmodel.layers.{0-7}.blob.weight 4096,512`;
    expect(read(tensors).params.parameters.active).not.toBeNull();
    expect(read(tensors, { ...config, num_experts: 16 }).params.parameters.active).toBeNull();
  });
});
