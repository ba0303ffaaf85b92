import { formatQuantity } from "../../format/count.ts";
import { defineCheck, type Seen } from "../check.ts";
import page from "./metadata-format-missing.md";

/** Shards whose metadata names no framework. */
export const metadataFormatMissing = defineCheck<Seen>({
  id: "metadata-format-missing",
  family: "files",
  severity: "info",
  title: "A shard does not say which framework wrote it",
  needs: [],
  find: ({ component }) => {
    const silent = component.shards.filter(
      (shard) => shard.status === "read" && shard.metadata?.get("format") === undefined,
    );
    const [first] = silent;
    return first === undefined
      ? []
      : [{ shard: first.path, count: silent.length, expected: "format", found: "none" }];
  },
  message: ({ shard, count }) =>
    `${(count ?? 1) === 1 ? "" : `${formatQuantity(count ?? 1, "shard")}, first `}${shard ?? ""}: no "format" in __metadata__`,
  fix: 'Save with `metadata={"format": "pt"}`.',
  page,
});
