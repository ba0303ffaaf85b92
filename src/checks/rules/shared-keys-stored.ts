import { fromConfig } from "../from-config.ts";
import page from "./shared-keys-stored.md";

/** Keys and values of layers that never use theirs. */
export const sharedKeysStored = fromConfig(["gemma.kv_shared"], {
  title: "Layers that reuse keys and values have projections of their own",
  fix: "Nothing has to be done; leaving the tensors out saves their bytes.",
  page,
});
