import { fromLoader } from "../loader-findings.ts";
import page from "./shard-missing.md";

/** A shard is missing. */
export const shardMissing = fromLoader(["SHARD_MISSING", "SHARDS_MISSING", "NOT_A_FILE", "LINK_LOOP"], {
  id: "shard-missing",
  family: "index",
  severity: "error",
  title: "A shard is missing",
  fix: "Fetch or copy the missing files, or write the index anew.",
  page,
});
