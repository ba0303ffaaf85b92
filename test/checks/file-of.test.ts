import { expect, it } from "vitest";
import type { Draft } from "../support/draft.ts";
import { checkDraft } from "../support/run-checks.ts";
import { fp8Model } from "./sound-models.ts";

const SECOND_LAYER = "model.layers.1.self_attn.q_proj";

it.each<[string, (draft: Draft) => void, RegExp]>([
  ["a configuration", (draft) => Object.assign(draft.config, { num_hidden_layers: 7 }), /^config\.json$/],
  ["an index", (draft) => Object.assign(draft.metadata, { total_size: 5 }), /index\.json$/],
  [
    "the shard of a tensor",
    (draft) => draft.tensors.delete("model.layers.5.self_attn.q_proj.weight_scale_inv"),
    /^model-00002-of-00002\.safetensors$/,
  ],
  [
    "the shard of another",
    (draft) => draft.tensors.delete(`${SECOND_LAYER}.weight_scale_inv`),
    /^model-00001-of-00002\.safetensors$/,
  ],
])("a finding about %s names the file to open", async (_, bend, file) => {
  const draft = fp8Model();
  bend(draft);
  const [finding] = (await checkDraft(draft)).findings;
  expect(finding?.file).toMatch(file);
});
