import { fromLoader } from "../loader-findings.ts";
import page from "./shard-name-unsafe.md";

/** The index names a file outside of the checkpoint. */
export const shardNameUnsafe = fromLoader(["SHARD_NAME_UNSAFE"], {
  id: "shard-name-unsafe",
  family: "index",
  severity: "error",
  title: "The index names a file outside of the checkpoint",
  fix: "Name shards by their file names alone.",
  page,
});
