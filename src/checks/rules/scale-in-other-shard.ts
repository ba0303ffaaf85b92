import { PlaceSet } from "../../checkpoint/place-set.ts";
import { formatQuantity } from "../../format/count.ts";
import { quoteForMessage } from "../../format/escape.ts";
import { suffixOf } from "../../quantization/suffixes.ts";
import { shardWalkOf } from "../../safetensors/shard-walk.ts";
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
  find: ({ component, quantization }) => {
    if (component.shards.length < 2) return [];
    const { table, kinds } = component;
    // A scale of no weight in its module is told elsewhere.
    const orphaned = new Set<number>();
    for (let kind = 0; kind < kinds.count; kind++)
      if (quantization.module(kind).findings.some(({ code }) => code === "ORPHAN_SCALE")) orphaned.add(kind);
    const all = shardWalkOf(table).findApart(partOf);
    const apart = orphaned.size === 0 ? all : all.filter((module) => !orphaned.has(kinds.kindOf(module)));
    const [module] = apart;
    if (module === undefined) return [];
    const first = table.names.name(module);
    return [{ count: apart.length, first, at: PlaceSet.named(first), where: null }];
  },
  message: ({ count, first }) =>
    `${count === 1 ? "" : `${formatQuantity(count, "module")}, first `}${quoteForMessage(first)}: the scale lies in another shard than its weight`,
  fix: "Nothing, unless a converter of yours reads shard by shard: then save both in one shard.",
  page,
});

/** What a last segment means: a weight and its scales are looked for. */
function partOf(segment: string): 0 | 1 | 2 {
  const part = suffixOf(segment)?.part;
  return part === "scale" ? 1 : part === "payload" ? 2 : 0;
}
