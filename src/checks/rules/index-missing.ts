import { fromLoader } from "../loader-findings.ts";
import page from "./index-missing.md";

/** Numbered shards have no index. */
export const indexMissing = fromLoader(["NO_INDEX"], {
  id: "index-missing",
  family: "index",
  severity: "warning",
  title: "Numbered shards have no index",
  fix: "Write `model.safetensors.index.json`, with `save_pretrained` or from the headers.",
  page,
});
