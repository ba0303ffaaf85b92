import { type Family, hasLeaf, hasRole } from "./family.ts";
import { everySecondFully, fullEvery, neverFully, traitsOfTypes } from "./traits.ts";

const ZERO_CENTRED = "norm weights are stored around zero: the scale is 1 + weight";

/** Gemma 2 and later, and RecurrentGemma. */
export const GEMMA: readonly Family[] = [
  {
    id: "recurrent-gemma",
    title: "RecurrentGemma",
    modelTypes: ["recurrent_gemma"],
    looksBackFully: neverFully,
    statedWidth: "doubled",
    matches: ({ tensorRoles }) => hasRole(tensorRoles, "rec.gate"),
    remarks: () => [ZERO_CENTRED, "intermediate_size in the config is twice the width that is stored"],
  },
  {
    id: "gemma3n",
    title: "Gemma 3n",
    modelTypes: ["gemma3n", "gemma3n_text"],
    looksBackFully: fullEvery("sliding_window_pattern", 5),
    matches: ({ tensorRoles }) => hasRole(tensorRoles, "altup") && hasRole(tensorRoles, "laurel"),
    remarks: ({ claims }) => [lookedUp, ...sharedKeys(claims.integer("num_kv_shared_layers")?.value)],
  },
  {
    id: "gemma4",
    title: "Gemma 4",
    modelTypes: ["gemma4", "gemma4_text"],
    matches: ({ tensorRoles }) => hasLeaf(tensorRoles, "layer_scalar"),
    remarks: ({ tensorRoles, claims }) => [
      ...(hasRole(tensorRoles, "embed.per_layer") ? [lookedUp] : []),
      ...sharedKeys(claims.integer("num_kv_shared_layers")?.value),
    ],
  },
  {
    id: "gemma",
    title: "Gemma 2 / 3",
    modelTypes: ["gemma2", "gemma3", "gemma3_text"],
    traits: traitsOfTypes(
      ["gemma2", { naming: "llama", formula: "dense", looksBackFully: everySecondFully }],
      ["gemma3 gemma3_text", { looksBackFully: fullEvery("sliding_window_pattern", 6) }],
      ["gemma3_text", { naming: "llama", formula: "dense" }],
    ),
    matches: ({ tensorRoles }) =>
      hasLeaf(tensorRoles, "pre_feedforward_layernorm") && hasLeaf(tensorRoles, "post_feedforward_layernorm"),
    remarks: () => [ZERO_CENTRED],
  },
];

/** The first Gemma has Llama's names: `matches` is that test, and only the configuration tells the two apart. */
export const gemma1 = (matches: Family["matches"]): Family => ({
  id: "gemma1",
  title: "Gemma",
  modelTypes: ["gemma"],
  naming: "llama",
  matches,
  remarks: () => [ZERO_CENTRED],
});

const lookedUp =
  "the table of per-layer embeddings is looked up, not multiplied: effective sizes leave it out";

function sharedKeys(count: number | undefined): string[] {
  return count === undefined || count === 0
    ? []
    : [`the last ${count} layers reuse keys and values: weights stored for theirs are not used`];
}
