import type { Component } from "../../checkpoint/checkpoint.ts";
import { PlaceSet } from "../../checkpoint/place-set.ts";
import { NO_SHARD, SEVERAL_SHARDS, subtreeShards } from "../../checkpoint/subtree-shards.ts";
import { formatQuantity } from "../../format/count.ts";
import { quoteForMessage } from "../../format/escape.ts";
import { suffixOf } from "../../quantization/suffixes.ts";
import { NONE } from "../../safetensors/tensor-names.ts";
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
    const all = modulesApart(component);
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

/** What a last segment means, as numbers: 0 where it was not asked yet. */
const OTHER = 1;
const SCALE = 2;
const WEIGHT = 3;

/** Instead of a shard's number: tensors of one part lie in several. */
const SEVERAL = -1;

/**
 * Modules with a scale in another shard than a weight. Of a module whose tensors all lie in one shard nothing is asked. The
 * columns are read directly, as calls would be most of the time on a hundred thousand tensors.
 */
function modulesApart(component: Component): number[] {
  const { table } = component;
  const { names } = table;
  const { firstChildren, nextSiblings, segmentOf } = names.links;
  const shardBelow = subtreeShards(component);
  // Names of other modules are calls, where these are other files.
  const [several, none] = [SEVERAL_SHARDS, NONE];
  // Asked once for each: a hundred thousand tensors have some ten.
  const parts = new Uint8Array(names.segments.count);
  const apart: number[] = [];
  for (let module = 0; module < shardBelow.length; module++) {
    if (shardBelow[module] !== several) continue;
    let [weight, scale] = [0, 0];
    for (let child = firstChildren[module] as number; child !== none; child = nextSiblings[child] as number) {
      const segment = segmentOf[child] as number;
      if (parts[segment] === 0) parts[segment] = partOf(names.segments.text(segment));
      if (parts[segment] === OTHER) continue;
      let shard = shardBelow[child] as number;
      if (shard < 0 || firstChildren[child] !== none) shard = shardAt(table, child);
      if (shard < 0) continue;
      shard++;
      if (parts[segment] === SCALE) scale = scale === 0 || scale === shard ? shard : SEVERAL;
      else weight = weight === 0 || weight === shard ? shard : SEVERAL;
    }
    if (scale !== 0 && weight !== 0 && (scale !== weight || scale === SEVERAL)) apart.push(module);
  }
  return apart;
}

/** Of the tensor at a node that others lie below, as `w` beside `w.absmax`; `NO_SHARD` where there is none. */
function shardAt(table: TensorTable, node: number): number {
  const row = table.rowAt(node);
  return row === undefined ? NO_SHARD : (table.shards.data[row] as number);
}

function partOf(segment: string): typeof OTHER | typeof SCALE | typeof WEIGHT {
  const part = suffixOf(segment)?.part;
  return part === "scale" ? SCALE : part === "payload" ? WEIGHT : OTHER;
}
