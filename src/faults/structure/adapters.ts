import type { Component } from "../../checkpoint/checkpoint.ts";
import { member } from "../../checkpoint/config.ts";
import { PlaceSet } from "../../checkpoint/place-set.ts";
import { gatherModules, type PatternSegment } from "../../checkpoint/repeats.ts";
import { type Fault, fault } from "../fault.ts";
import type { Scene } from "../scene.ts";

/** Pairs of low-rank matrices without a counterpart, or of two ranks, or of another rank than the adapter's. */
export function findBrokenPairs({ component }: Scene): Fault[] {
  const { kinds } = component;
  const { table } = kinds;
  const found: Fault[] = [];
  if (kinds.root < 0) return found;
  const select = ({ kind, node }: { kind: number; node: number }) =>
    kinds.tensorRow(kind) !== undefined && judge(component, table.names.name(node)) !== undefined;
  for (const { node, patterns, count } of gatherModules(kinds, select, () => true)) {
    const seen = judge(component, table.names.name(node));
    if (seen !== undefined) found.push(toFault(seen, patterns, count));
  }
  return found;
}

function toFault(seen: Broken, patterns: readonly (readonly PatternSegment[])[], count: number): Fault {
  const at = PlaceSet.tensorPaths(patterns, count);
  switch (seen.is) {
    case "unpaired": {
      const [own, leaf] = seen.lacksA ? ["lora_B", "lora_A"] : ["lora_A", "lora_B"];
      const other = patterns.map((parts) => parts.map((part) => (part === own ? leaf : part)));
      const modules = patterns.map((parts) => parts.slice(0, parts.indexOf(own)));
      const lacking = PlaceSet.tensorPaths(other, count);
      return fault("adapter.unpaired", at, { lacking, leaf, module: PlaceSet.modules(modules, count) });
    }
    case "ranks":
      return fault("adapter.ranks", at, seen);
    case "declared":
      return fault("adapter.declared-rank", at, seen);
    default:
      return seen satisfies never;
  }
}

type Broken =
  | { readonly is: "unpaired"; readonly lacksA: boolean }
  | { readonly is: "ranks"; readonly rank: number; readonly other: number }
  | { readonly is: "declared"; readonly rank: number; readonly declared: number };

const LORA = /^(.*\.)lora_([AB])(\..*)?$/;

function judge({ table, configs }: Component, name: string): Broken | undefined {
  const match = LORA.exec(name);
  if (match === null) return undefined;
  const shapeOf = (side: string) => {
    const row = table.rowNamed(`${match[1]}lora_${side}${match[3] ?? ""}`);
    return row === undefined ? undefined : table.shape(row);
  };
  const [a, b] = [shapeOf("A"), shapeOf("B")];
  if (a === undefined || b === undefined) return { is: "unpaired", lacksA: a === undefined };
  // Told once for the pair, at A. Convolutions have more dimensions: the rank is still the first and the second.
  const [rank] = a;
  const other = b[1];
  if (match[2] !== "A" || a.length < 2 || rank === undefined || other === undefined) return undefined;
  if (rank !== other) return { is: "ranks", rank, other };
  const declared = declaredRank(configs.get("adapter_config.json"));
  return declared === undefined || declared === rank ? undefined : { is: "declared", rank, declared };
}

/** `r`, unless a pattern may give modules ranks of their own. */
function declaredRank(config: unknown): number | undefined {
  const rank = member(config, "r");
  const pattern = member(config, "rank_pattern");
  const hasPattern = typeof pattern === "object" && pattern !== null && Object.keys(pattern).length > 0;
  return typeof rank === "number" && Number.isSafeInteger(rank) && rank > 0 && !hasPattern ? rank : undefined;
}
