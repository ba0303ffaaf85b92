import { PlaceSet } from "../../checkpoint/place-set.ts";
import { formatQuantity } from "../../format/count.ts";
import { quoteForMessage } from "../../format/escape.ts";
import { suffixOf } from "../../quantization/suffixes.ts";
import type { TensorTable } from "../../safetensors/tensor-table.ts";
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
    const all = modulesApart(table);
    const apart = orphaned.size === 0 ? all : all.filter((module) => !orphaned.has(kinds.kindOf(module)));
    const [module] = apart;
    if (module === undefined) return [];
    const first = table.names.name(module);
    return [{ count: apart.length, first, at: PlaceSet.named(first), where: null }];
  },
  message: ({ count, first }) =>
    `${formatQuantity(count, "module")}, first ${quoteForMessage(first)}: the scale lies in another shard than its weight`,
  fix: "Nothing, unless a converter of yours reads shard by shard: then save both in one shard.",
  page,
});

/** Instead of a shard's number: tensors of one part lie in several. */
const SEVERAL = -1;

/** What a last segment means, as numbers: 0 where it was not asked yet. */
const OTHER = 1;
const SCALE = 2;
const WEIGHT = 3;

/**
 * Modules with a scale in another shard than a weight: one pass over the tensors and one over the modules. The columns are
 * read directly, as calls would be most of the time on a hundred thousand tensors.
 */
function modulesApart({ names, nodes, shards, count }: TensorTable): number[] {
  const { parents, segmentOf } = names.links;
  const weightShard = new Int32Array(names.count);
  const scaleShard = new Int32Array(names.count);
  const [rowNodes, rowShards] = [nodes.data, shards.data];
  // Asked once for each: a hundred thousand tensors have some ten.
  const parts = new Uint8Array(names.segments.count);
  for (let row = 0; row < count; row++) {
    const node = rowNodes[row] as number;
    const segment = segmentOf[node] as number;
    if (parts[segment] === 0) parts[segment] = partOf(names.segments.text(segment));
    if (parts[segment] === OTHER) continue;
    const shardOf = parts[segment] === SCALE ? scaleShard : weightShard;
    const module = parents[node] as number;
    const shard = 1 + (rowShards[row] as number);
    shardOf[module] = shardOf[module] === 0 || shardOf[module] === shard ? shard : SEVERAL;
  }
  const apart: number[] = [];
  for (let module = 0; module < weightShard.length; module++) {
    const scale = scaleShard[module] as number;
    const weight = weightShard[module] as number;
    if (scale !== 0 && weight !== 0 && (scale !== weight || scale === SEVERAL)) apart.push(module);
  }
  return apart;
}

function partOf(segment: string): typeof OTHER | typeof SCALE | typeof WEIGHT {
  const part = suffixOf(segment)?.part;
  return part === "scale" ? SCALE : part === "payload" ? WEIGHT : OTHER;
}
