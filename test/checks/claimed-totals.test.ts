import { describe, expect, it } from "vitest";
import { explainTotalSize } from "../../src/checks/claimed-totals.ts";
import { Subject } from "../../src/checks/subject.ts";
import { DTYPE_BITS } from "../../src/safetensors/dtype.ts";
import { MINIMAX } from "../architecture/published/minimax.ts";
import { MEMORY_FACTS } from "../support/checkpoint-builder.ts";
import type { Draft, DraftTensor } from "../support/draft.ts";
import { checkDraft } from "../support/run-checks.ts";
import { componentOfText } from "../support/tensor-text.ts";
import { expertModel, fp8Model, nvfp4Model, plainModel, visionModel } from "./sound-models.ts";

const elementsOf = ({ shape }: DraftTensor) => shape.reduce((product, dim) => product * dim, 1);
const bytesOf = (tensor: DraftTensor) => Math.ceil((elementsOf(tensor) * DTYPE_BITS[tensor.dtype]) / 8);

function sum(draft: Draft, of: (tensor: DraftTensor, name: string) => number): number {
  return [...draft.tensors].reduce((total, [name, tensor]) => total + of(tensor, name), 0);
}

/** 8 bytes and the JSON of a shard, and its whole length. */
function filesOf(draft: Draft) {
  const shards = [...draft.toFiles()].filter(([name]) => name.endsWith(".safetensors"));
  return shards.map(([name, { bytes, fileBytes }]) => ({
    name,
    headerBytes: bytes.length,
    fileBytes: fileBytes ?? bytes.length,
  }));
}

const isBookkeeping = (name: string) => /scale/.test(name);

async function told(draft: Draft, rule: string): Promise<string[]> {
  const { findings } = await checkDraft(draft);
  return findings.filter((finding) => finding.rule === rule).map(({ message }) => message);
}

interface Case {
  readonly rule: string;
  readonly make: () => Draft;
  readonly claim: (draft: Draft) => number;
  readonly says: string;
}

const tied = () => plainModel().drop((name) => name === "lm_head.weight");
/** A multi-token-prediction layer behind the six, as DeepSeek numbers it. */
const withPrediction = () => {
  const draft = plainModel();
  const shard = draft.shards[0] as string;
  for (const [name, tensor] of [...draft.tensors])
    if (name.startsWith("model.layers.5."))
      draft.tensors.set(name.replace("layers.5", "layers.6"), { ...tensor, shard });
  for (const [leaf, shape] of Object.entries({ eh_proj: [256, 512], enorm: [256], hnorm: [256] }))
    draft.tensors.set(`model.layers.6.${leaf}.weight`, { dtype: "BF16", shape, shard });
  draft.tensors.set("model.layers.6.shared_head.norm.weight", { dtype: "BF16", shape: [256], shard });
  draft.config.num_nextn_predict_layers = 1;
  return draft;
};
const isPrediction = (name: string) => name.startsWith("model.layers.6.");

const SIZES: readonly Omit<Case, "rule">[] = [
  {
    make: plainModel,
    claim: (draft) => filesOf(draft).reduce((total, { fileBytes }) => total + fileBytes, 0),
    says: "the sizes of the files, headers counted",
  },
  {
    make: plainModel,
    claim: (draft) => filesOf(draft).reduce((total, { fileBytes }) => total + fileBytes - 8, 0),
    says: "the tensors and the headers' JSON",
  },
  {
    make: plainModel,
    claim: (draft) => sum(draft, elementsOf),
    says: "the number of parameters, not of bytes",
  },
  {
    make: nvfp4Model,
    claim: (draft) => sum(draft, elementsOf),
    says: "the number of stored elements, not of bytes",
  },
  {
    make: plainModel,
    claim: (draft) => 2 * sum(draft, bytesOf),
    says: "every tensor counted twice, or 4 bytes for each parameter, as F32 takes",
  },
  { make: fp8Model, claim: (draft) => 2 * sum(draft, bytesOf), says: "every tensor counted twice" },
  {
    // All plain weights have 16 bits; the quantized ones would have.
    make: fp8Model,
    claim: (draft) => sum(draft, (tensor, name) => (isBookkeeping(name) ? 0 : 2 * elementsOf(tensor))),
    says: "2 bytes for each parameter, as 16-bit weights take",
  },
  {
    make: () => {
      const draft = expertModel();
      for (const name of draft.names)
        if (/mlp\.gate\.weight$/.test(name)) draft.change(name, { dtype: "F32" });
      return draft;
    },
    claim: (draft) =>
      sum(draft, (tensor, name) => {
        if (isBookkeeping(name)) return 0;
        return tensor.dtype === "F8_E4M3" ? 2 * elementsOf(tensor) : bytesOf(tensor);
      }),
    says: "the size before quantization, at 2 bytes for each quantized parameter",
  },
  {
    make: fp8Model,
    claim: (draft) => sum(draft, (tensor, name) => (isBookkeeping(name) ? 0 : 4 * elementsOf(tensor))),
    says: "4 bytes for each parameter, as F32 takes",
  },
  {
    make: fp8Model,
    claim: (draft) => sum(draft, (tensor, name) => (isBookkeeping(name) ? 0 : bytesOf(tensor))),
    says: "the weights without their scales and metadata",
  },
  {
    make: withPrediction,
    claim: (draft) => sum(draft, (tensor, name) => (isPrediction(name) ? 0 : bytesOf(tensor))),
    says: "everything but the multi-token-prediction module",
  },
  {
    make: plainModel,
    claim: () => sum(withPrediction(), bytesOf),
    says: "everything here and one multi-token-prediction module that is not",
  },
  {
    // Embedding and head once more, 1,024 by 256 in BF16 each, as DeepSeek-V3 stores them.
    make: plainModel,
    claim: () => sum(withPrediction(), bytesOf) + 2 * 1024 * 256 * 2,
    says: "everything here and one multi-token-prediction module that is not",
  },
  {
    make: visionModel,
    claim: (draft) => sum(draft, (tensor, name) => (name.startsWith("visual.") ? 0 : bytesOf(tensor))),
    says: "everything but the vision tower",
  },
  {
    make: plainModel,
    claim: (draft) => sum(draft, (tensor, name) => (name === "lm_head.weight" ? 0 : bytesOf(tensor))),
    says: "everything but the head",
  },
  {
    make: tied,
    claim: (draft) => sum(draft, bytesOf) + 1024 * 256 * 2,
    says: "the embedding counted a second time as the head that shares it",
  },
  {
    make: plainModel,
    claim: (draft) => (filesOf(draft)[1]?.fileBytes ?? 0) - (filesOf(draft)[1]?.headerBytes ?? 0),
    says: "the tensors of model-00002-of-00002.safetensors alone",
  },
  {
    make: plainModel,
    claim: (draft) => {
      const [first] = filesOf(draft);
      return sum(draft, bytesOf) + (first?.fileBytes ?? 0) - (first?.headerBytes ?? 0);
    },
    says: "everything, with the tensors of model-00001-of-00002.safetensors counted twice",
  },
];

const COUNTS: readonly Omit<Case, "rule">[] = [
  {
    make: nvfp4Model,
    claim: (draft) => sum(draft, elementsOf),
    says: "stored elements, packed weights and scales as they are",
  },
  {
    make: nvfp4Model,
    claim: (draft) => sum(draft, (tensor, name) => (isBookkeeping(name) ? 0 : elementsOf(tensor))),
    says: "stored elements without scales",
  },
  { make: plainModel, claim: (draft) => sum(draft, bytesOf), says: "bytes, not parameters" },
  {
    // Of eight experts two work: 6 layers x 6 experts x 3 matrices of 128 by 256 rest.
    make: expertModel,
    claim: (draft) =>
      sum(draft, (tensor, name) => (isBookkeeping(name) ? 0 : elementsOf(tensor))) - 6 * 6 * 3 * 128 * 256,
    says: "the parameters active for one token",
  },
  {
    make: tied,
    claim: (draft) => sum(draft, elementsOf) + 1024 * 256,
    says: "the embedding counted a second time as the head that shares it",
  },
  {
    make: plainModel,
    claim: (draft) => sum(draft, elementsOf) - 1024 * 256,
    says: "everything but the embedding",
  },
  {
    make: withPrediction,
    claim: (draft) => sum(draft, (tensor, name) => (isPrediction(name) ? 0 : elementsOf(tensor))),
    says: "everything but the multi-token-prediction module",
  },
  {
    make: fp8Model,
    claim: (draft) => 2 * sum(draft, (tensor, name) => (isBookkeeping(name) ? 0 : elementsOf(tensor))),
    says: "every parameter counted twice",
  },
];

describe("a claim of the index that counts something else is told for what it counts", () => {
  it.each(SIZES)("total_size: $says", async ({ make, claim, says }) => {
    const draft = make();
    draft.metadata.total_size = claim(draft);
    const [message, ...others] = await told(draft, "total-size-wrong");
    expect([message?.split("; the claim is ")[1], others]).toEqual([says, []]);
  });

  it.each(COUNTS)("total_parameters: $says", async ({ make, claim, says }) => {
    const draft = make();
    draft.metadata.total_parameters = claim(draft);
    const [message, ...others] = await told(draft, "total-parameters-wrong");
    expect([message?.split("; the claim is ")[1], others]).toEqual([says, []]);
  });

  it("knows what the index of MiniMax-M3 counts: 869,157,697,024 bytes, a module more than is there", () => {
    const [published] = MINIMAX.filter(({ title }) => title === "MiniMax-M3-VL");
    const component = componentOfText(published?.tensors ?? "", published?.config ?? {});
    const checkpoint = {
      source: MEMORY_FACTS,
      components: [component],
      folder: null,
      addUp: true,
      problems: [],
      notes: [],
    };
    const subject = new Subject(checkpoint, component, {});
    expect(explainTotalSize(subject, 869_157_697_024)).toBe(
      "everything here and one multi-token-prediction module that is not",
    );
  });

  it("says only by how much for a number that equals nothing", async () => {
    const draft = plainModel();
    draft.metadata.total_size = 12;
    // 2 tables of 1,024 by 256, 6 layers of 589,824 + 512, a norm of 256, at 2 bytes: 8,133,120.
    expect(await told(draft, "total-size-wrong")).toEqual([
      "the index claims total_size 12 (12 B); the tensors take 8,133,120 bytes (8.1 MB), 8,133,108 more",
    ]);
  });

  it("is not held against files that are damaged", async () => {
    const draft = plainModel();
    draft.metadata.total_size = 12;
    draft.fileChanges.push((files) => {
      const [name, file] = [...files].find(([each]) => each.endsWith(".safetensors")) ?? [];
      if (name !== undefined && file !== undefined)
        files.set(name, { ...file, fileBytes: (file.fileBytes ?? 0) + 1 });
    });
    const { rules } = await checkDraft(draft);
    expect(rules.find(({ rule }) => rule === "total-size-wrong")).toMatchObject({
      state: "skipped",
      reason: "files are damaged, as other checks tell",
    });
  });
});
