import { PlaceSet } from "../../checkpoint/place-set.ts";
import { isOtherBase } from "../../kinds/adapter/base-family.ts";
import { type Adapter, adapterOf } from "../../kinds/adapter/facts.ts";
import { type Fault, fault } from "../fault.ts";
import type { Scene } from "../scene.ts";

/** What a trainer wrote into the header of an adapter, against what is stored. */
export function findUnlikeHeader({ component }: Scene): Fault[] {
  const adapter = adapterOf(component);
  const [first] = adapter?.modules ?? [];
  if (adapter === null || first === undefined || adapter.declared.from !== "header") return [];
  const at = new PlaceSet(PlaceSet.named(first.name).places, adapter.modules.length);
  return [...otherBase(adapter, at), ...otherRank(adapter, at)];
}

function otherBase({ bases, declared }: Adapter, at: PlaceSet): Fault[] {
  const { stated, seen } = bases;
  if (stated === null || seen === null || !isOtherBase(bases)) return [];
  const words = declared.base ?? declared.architecture ?? stated;
  return [fault("adapter.other-base", at, { words, stated, seen })];
}

/** Methods whose factors have the rank that trainers are given. */
const RANKED = new Set(["lora", "dora", "loha"]);

/** A rank that no module has. Convolutions and small modules may have another one. */
function otherRank({ declared: { rank, hasOwnRanks }, modules }: Adapter, at: PlaceSet): Fault[] {
  if (rank === null || hasOwnRanks) return [];
  const counts = new Map<number, number>();
  for (const module of modules) {
    if (!RANKED.has(module.kind) || module.rank === null) continue;
    if (module.rank === rank) return [];
    counts.set(module.rank, (counts.get(module.rank) ?? 0) + 1);
  }
  const [most] = [...counts].sort((a, b) => b[1] - a[1]);
  return most === undefined
    ? []
    : [fault("adapter.header-rank", at, { declared: rank, rank: most[0], modules: most[1] })];
}
