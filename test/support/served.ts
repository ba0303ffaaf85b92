import type { Draft } from "./draft.ts";

/** A model under the class that engines know it by, in place of the one that no library has. */
export function served(model: () => Draft): () => Draft {
  return () => {
    const draft = model();
    const [name] = (draft.config.architectures ?? []) as readonly string[];
    if (name?.startsWith("Small") === true)
      draft.config.architectures = [
        name.replace(/^Small(?:ForCausalLM)?/, (all) => (all === "Small" ? "" : "LlamaForCausalLM")),
      ];
    return draft;
  };
}
