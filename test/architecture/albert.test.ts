import { describe, expect, it } from "vitest";
import { describeArchitecture } from "../../src/analysis/arch.ts";
import { countParameters } from "../../src/analysis/params.ts";
import { componentOfText } from "../support/tensor-text.ts";

const LAYER = "albert.encoder.albert_layer_groups.0.albert_layers.0";
const both = (name: string, out: number, input: number) =>
  `${name}.weight ${out},${input}\n${name}.bias ${out}`;

/** ALBERT-base-v2: one layer is stored, and called twelve times. */
const ALBERT = `
  albert.embeddings.word_embeddings.weight 30000,128
  albert.embeddings.position_embeddings.weight 512,128
  albert.embeddings.token_type_embeddings.weight 2,128
  albert.embeddings.LayerNorm.{weight,bias} 128
  ${both("albert.encoder.embedding_hidden_mapping_in", 768, 128)}
  ${both(`${LAYER}.attention.{query,key,value,dense}`, 768, 768)}
  ${LAYER}.{attention.LayerNorm,full_layer_layer_norm}.{weight,bias} 768
  ${both(`${LAYER}.ffn`, 3072, 768)}
  ${both(`${LAYER}.ffn_output`, 768, 3072)}
  ${both("albert.pooler", 768, 768)}`;

describe("ALBERT", () => {
  const component = componentOfText(ALBERT, {
    model_type: "albert",
    embedding_size: 128,
    hidden_size: 768,
    num_hidden_layers: 12,
    num_attention_heads: 12,
    intermediate_size: 3072,
    vocab_size: 30000,
  });
  const params = countParameters(component);
  const arch = describeArchitecture(component);

  it("counts what is stored, by role", () => {
    expect(params.parameters.total).toBe(11_683_584);
    expect(params.unknown).toEqual([]);
    expect(Object.fromEntries(params.byRole.map((row) => [row.role, row.parameters]))).toEqual({
      embedding: 4_005_120,
      attention: 2_362_368,
      mlp: 4_722_432,
      norms: 3_072,
      head: 590_592,
    });
  });

  it("takes twelve calls of one layer for no contradiction, and keeps no cache", () => {
    expect(arch.family).toMatchObject({ id: "albert", confidence: "certain" });
    expect(arch.layers.count).toEqual({ value: 1, from: "headers", claimed: 12 });
    expect(arch.disagreements).toEqual([]);
    expect(arch.kvCache).toBeNull();
    expect(arch.features).toContain("12 layers call the layers that are stored (config)");
  });
});
