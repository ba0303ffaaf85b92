import { formatQuantity } from "../../format/count.ts";
import { quoteForMessage } from "../../format/escape.ts";
import { type Part, suffixOf } from "../../quantization/suffixes.ts";
import type { TensorNames } from "../../safetensors/tensor-names.ts";
import { defineCheck, type Seen } from "../check.ts";
import page from "./scale-in-other-shard.md";

interface Apart extends Seen {
  readonly first: string;
  readonly count: number;
}

/** Scales that a reader of single files would miss. */
export const scaleInOtherShard = defineCheck<Apart>({
  id: "scale-in-other-shard",
  family: "index",
  severity: "info",
  title: "Weights and their scales lie in different shards",
  needs: ["quantized"],
  find: ({ component: { table, shards, kinds }, quantization }) => {
    const { names } = table;
    const isOrphan = (module: number, scale: number) =>
      quantization
        .module(kinds.kindOf(module))
        .findings.some(
          ({ code, suffix }) =>
            code === "ORPHAN_SCALE" && suffix === names.segments.text(names.segment(scale)),
        );
    const partOf = partsBySegment(names);
    let count = 0;
    let first = "";
    for (let row = 0; row < table.count && shards.length > 1; row++) {
      const node = table.nodes.data[row] as number;
      if (partOf(node) !== "scale") continue;
      const module = names.parent(node);
      for (let child = names.firstChild(module); child >= 0; child = names.nextSibling(child)) {
        const other = table.rowAt(child);
        if (other < 0 || partOf(child) !== "payload") continue;
        if (table.shards.data[other] === table.shards.data[row] || isOrphan(module, node)) continue;
        if (count++ === 0) first = names.name(module);
      }
    }
    return count === 0 ? [] : [{ count, first, modules: [first] }];
  },
  message: ({ count, first }) =>
    `${formatQuantity(count, "module")}, first ${quoteForMessage(first)}: the scale lies in another shard than its weight`,
  fix: "Nothing, unless a converter of yours reads shard by shard: then save both in one shard.",
  page,
});

/** What a last segment means, asked once for each: a hundred thousand tensors have some ten. */
function partsBySegment(names: TensorNames): (node: number) => Part | undefined {
  const known = new Map<number, Part | undefined>();
  return (node) => {
    const segment = names.segment(node);
    if (!known.has(segment)) known.set(segment, suffixOf(names.segments.text(segment))?.part);
    return known.get(segment);
  };
}
