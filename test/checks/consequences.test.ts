import { describe, expect, it } from "vitest";
import type { Draft } from "../support/draft.ts";
import { checkDraft, loadFiles, toldOf } from "../support/run-checks.ts";
import {
  adapterModel,
  expertModel,
  fp8Model,
  gptqModel,
  nvfp4Model,
  packedModel,
  plainModel,
} from "./sound-models.ts";

const layer = (number: number) => `model.layers.${number}`;
const drop =
  (...names: string[]) =>
  (draft: Draft) => {
    draft.drop((name) => names.includes(name));
  };
const dequantize = (name: string) => (draft: Draft) => {
  draft.change(`${name}.weight`, { dtype: "BF16" });
  draft.tensors.delete(`${name}.weight_scale_inv`);
};
const without = (key: string) => (draft: Draft) => {
  delete (draft.config.quantization_config as Record<string, unknown>)[key];
};

interface Case {
  readonly title: string;
  readonly make: () => Draft;
  readonly bend: (draft: Draft) => void;
  /** All that is told, and no more. */
  readonly told: readonly string[];
}

const CASES: readonly Case[] = [
  {
    title: "a lost zero point",
    make: packedModel,
    bend: drop(`${layer(3)}.self_attn.q_proj.weight_zero_point`),
    told: ["zero-point-missing model.layers.3.self_attn.q_proj.weight_zero_point"],
  },
  {
    title: "zero points lost in two layers, of which one is odd in another way too",
    make: packedModel,
    bend: drop(
      `${layer(1)}.self_attn.q_proj.weight_zero_point`,
      `${layer(3)}.self_attn.q_proj.weight_zero_point`,
      `${layer(3)}.input_layernorm.weight`,
    ),
    told: [
      "sibling-odd-one-out model.layers.3.input_layernorm",
      "zero-point-missing model.layers.{1,3}.self_attn.q_proj.weight_zero_point",
    ],
  },
  {
    title: "a lost zero point that nothing promised",
    make: () => {
      const draft = packedModel();
      draft.configs.clear();
      return draft;
    },
    bend: drop(`${layer(3)}.self_attn.q_proj.weight_zero_point`),
    told: [
      "quantization-undeclared null",
      "sibling-odd-one-out model.layers.3.self_attn.q_proj.weight_zero_point",
    ],
  },
  {
    title: "a scale of another shape",
    make: fp8Model,
    bend: (draft) => draft.change(`${layer(3)}.mlp.up_proj.weight_scale_inv`, { shape: [3, 2] }),
    told: ["scale-shape-mismatch model.layers.3.mlp.up_proj.weight_scale_inv"],
  },
  {
    title: "scales lost in all layers but one",
    make: fp8Model,
    bend: drop(...[0, 1, 2, 4, 5].map((at) => `${layer(at)}.mlp.up_proj.weight_scale_inv`)),
    told: ["scale-missing model.layers.{0-2,4-5}.mlp.up_proj.weight_scale_inv"],
  },
  {
    title: "a packed weight that is lost",
    make: gptqModel,
    bend: drop(`${layer(3)}.self_attn.q_proj.qweight`),
    told: ["payload-missing model.layers.3.self_attn.q_proj"],
  },
  {
    title: "a plain weight that is lost",
    make: plainModel,
    bend: drop(`${layer(3)}.mlp.up_proj.weight`),
    told: ["sibling-odd-one-out model.layers.3.mlp.up_proj"],
  },
  {
    title: "a weight without elements",
    make: plainModel,
    bend: (draft) => draft.change(`${layer(3)}.mlp.up_proj.weight`, { shape: [0] }),
    told: ["empty-weight model.layers.3.mlp.up_proj.weight"],
  },
  {
    title: "half of a LoRA pair",
    make: adapterModel,
    bend: drop("base_model.model.model.layers.3.self_attn.q_proj.lora_B.weight"),
    told: ["adapter-pair-broken base_model.model.model.layers.3.self_attn.q_proj.lora_A.weight"],
  },
  {
    title: "experts of one layer",
    make: expertModel,
    bend: (draft) => draft.drop((name) => name.startsWith(`${layer(3)}.mlp.experts.5.`)),
    told: ["expert-gap model.layers.3.mlp.experts"],
  },
  {
    title: "a dequantized projection of q, k and v, and one of its own",
    make: fp8Model,
    bend: (draft) => {
      dequantize(`${layer(3)}.self_attn.q_proj`)(draft);
      dequantize(`${layer(3)}.self_attn.o_proj`)(draft);
    },
    told: [
      "fused-group-uneven model.layers.3.self_attn",
      "targeted-but-plain model.layers.3.self_attn.o_proj",
    ],
  },
  {
    title: "the same without a skip list",
    make: fp8Model,
    bend: (draft) => {
      without("modules_to_not_convert")(draft);
      dequantize(`${layer(3)}.mlp.gate_proj`)(draft);
    },
    told: ["fused-group-uneven model.layers.3.mlp"],
  },
  {
    title: "a scale of one of q, k and v, which hides how that one is packed",
    make: gptqModel,
    bend: drop(`${layer(3)}.self_attn.q_proj.scales`),
    told: ["scale-missing model.layers.3.self_attn.q_proj.scales"],
  },
  {
    title: "the same, and the other two packed differently",
    make: packedModel,
    bend: (draft) => {
      drop(`${layer(3)}.self_attn.q_proj.weight_scale`)(draft);
      draft.change(`${layer(3)}.self_attn.k_proj.weight_scale`, { shape: [128, 4] });
      draft.change(`${layer(3)}.self_attn.k_proj.weight_zero_point`, { shape: [16, 4] });
    },
    told: [
      "fused-group-uneven model.layers.3.self_attn",
      "quantization-unlike-declared model.layers.3.self_attn.k_proj",
      "scale-missing model.layers.3.self_attn.q_proj.weight_scale",
    ],
  },
  {
    title: "a scale of activations in one layer",
    make: nvfp4Model,
    bend: drop(`${layer(3)}.mlp.up_proj.input_scale`),
    told: ["input-scale-missing model.layers.3.mlp.up_proj.input_scale"],
  },
  {
    title: "a scale of activations that one layer alone has",
    make: nvfp4Model,
    bend: drop(...[0, 1, 2, 4, 5].map((at) => `${layer(at)}.mlp.up_proj.input_scale`)),
    told: ["input-scale-missing model.layers.{0-2,4-5}.mlp.up_proj.input_scale"],
  },
  {
    title: "a scale of the cache in one layer",
    make: nvfp4Model,
    bend: drop(`${layer(3)}.self_attn.v_proj.v_scale`),
    told: ["kv-scale-missing model.layers.3.self_attn.v_proj.v_scale"],
  },
  {
    title: "both scales of the cache in one layer",
    make: nvfp4Model,
    bend: drop(`${layer(3)}.self_attn.k_proj.k_scale`, `${layer(3)}.self_attn.v_proj.v_scale`),
    told: ["kv-scale-missing model.layers.3.self_attn.v_proj.v_scale"],
  },
  {
    title: "heads of keys and values that the configuration counts otherwise",
    make: plainModel,
    bend: (draft) => {
      draft.config.num_key_value_heads = 2;
    },
    told: ["attention-shape-mismatch model.layers.{0-5}.self_attn.k_proj.weight"],
  },
  {
    title: "heads of keys that the configuration counts otherwise, and values of another width still",
    make: plainModel,
    bend: (draft) => {
      for (let at = 0; at < 6; at++)
        draft.change(`${layer(at)}.self_attn.v_proj.weight`, { shape: [192, 256] });
      draft.config.num_key_value_heads = 2;
    },
    told: [
      "attention-shape-mismatch model.layers.{0-5}.self_attn.k_proj.weight",
      "attention-shape-mismatch model.layers.{0-5}.self_attn.v_proj.weight",
    ],
  },
  {
    title: "a width that the configuration states otherwise",
    make: plainModel,
    bend: (draft) => {
      draft.config.hidden_size = 512;
    },
    told: ["width-mismatch null"],
  },
  {
    title: "state of a quantizer",
    make: fp8Model,
    bend: (draft) => {
      const name = `${layer(3)}.mlp.up_proj.weight_quantizer._amax`;
      draft.tensors.set(name, { dtype: "F32", shape: [1], shard: draft.shards[1] as string });
    },
    told: ["quantizer-state-leaked model.layers.3.mlp.up_proj.weight_quantizer._amax"],
  },
  {
    title: "a scale of nothing, in another shard than the plain weight of its name",
    make: plainModel,
    bend: (draft) =>
      draft.tensors.set("model.norm.weight_scale", {
        dtype: "F32",
        shape: [1],
        shard: draft.shards.find(
          (shard) => shard !== draft.tensors.get("model.norm.weight")?.shard,
        ) as string,
      }),
    told: ["scale-without-weight model.norm.weight_scale"],
  },
];

/** A seventh layer for multi-token prediction, in BF16 and in no skip list. */
function withPrediction(): Draft {
  const draft = fp8Model();
  const shard = draft.shards[1] as string;
  for (const [name, { shape }] of [...draft.tensors])
    if (name.startsWith(`${layer(5)}.`) && name.endsWith(".weight"))
      draft.tensors.set(name.replace(".5.", ".6."), { dtype: "BF16", shape, shard });
  for (const [leaf, shape] of Object.entries({ eh_proj: [256, 512], enorm: [256], hnorm: [256] }))
    draft.tensors.set(`${layer(6)}.${leaf}.weight`, { dtype: "BF16", shape, shard });
  draft.config.num_nextn_predict_layers = 1;
  return draft;
}

describe("a layer of multi-token prediction", () => {
  it("is no odd one out, and the skip list is said to forget it", async () => {
    const findings = toldOf(await checkDraft(withPrediction()));
    expect([...new Set(findings.map(({ rule }) => rule))]).toEqual(["targeted-but-plain"]);
    expect(findings[0]?.fix).toContain("multi-token prediction");
  });
});

describe("a plain expert among quantized ones", () => {
  const bend = (draft: Draft) => {
    for (const at of [1, 4]) dequantize(`${layer(at)}.mlp.experts.2.down_proj`)(draft);
    return draft;
  };

  it("is an error, told once", async () => {
    const findings = toldOf(await checkDraft(bend(expertModel())));
    expect(findings).toMatchObject([
      {
        rule: "sibling-odd-one-out",
        severity: "error",
        where: "model.layers.{1,4}.mlp.experts.2.down_proj",
        expected: "fp8-block",
        found: "BF16, not quantized",
      },
    ]);
  });

  it("is a warning where the configuration leaves it plain", async () => {
    const draft = bend(expertModel());
    const names = [1, 4].map((at) => `${layer(at)}.mlp.experts.2.down_proj`);
    Object.assign(draft.config.quantization_config as object, {
      modules_to_not_convert: ["lm_head", ...names],
    });
    const findings = toldOf(await checkDraft(draft));
    expect(findings).toMatchObject([{ rule: "sibling-odd-one-out", severity: "warning" }]);
  });
});

describe("one fault is told once", () => {
  it.each(CASES)("$title", async ({ make, bend, told }) => {
    const draft = make();
    bend(draft);
    const findings = toldOf(await checkDraft(draft));
    expect(findings.map(({ rule, where }) => `${rule} ${where}`).sort()).toEqual([...told].sort());
  });

  it("also where an original tells of it", async () => {
    const draft = fp8Model().drop((name) => name.startsWith(`${layer(2)}.mlp.up_proj`));
    const original = await loadFiles(plainModel().toFiles());
    const findings = toldOf(await checkDraft(draft, { original }));
    expect(findings.map(({ rule }) => rule)).toEqual(["module-lost"]);
  });

  it("stays told by the other where the better one is turned off, and is accepted with it", async () => {
    const draft = plainModel();
    draft.change(`${layer(3)}.mlp.up_proj.weight`, { shape: [0] });
    const off = await checkDraft(draft, { severities: { "empty-weight": "off" } });
    expect(toldOf(off).map(({ rule }) => rule)).toEqual(["sibling-odd-one-out"]);
    const accepted = await checkDraft(draft, { isAccepted: ({ rule }) => rule === "empty-weight" });
    expect([toldOf(accepted), accepted.accepted]).toEqual([[], 1]);
  });
});
