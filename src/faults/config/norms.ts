import type { LayerFacts } from "../../architecture/layer-facts.ts";
import type { Comparing } from "./comparing.ts";

/** Layers that are alike in all but their norms have as many of them, the ends of a stack aside. */
export function normCount(c: Comparing): void {
  c.agree("norm.count");
  const byKind = new Map<string, LayerFacts[]>();
  for (const layer of c.model.layers) {
    const key = kindWithoutNorms(layer);
    const alike = byKind.get(key);
    if (alike === undefined) byKind.set(key, [layer]);
    else alike.push(layer);
  }
  for (const alike of byKind.values()) compareCounts(c, alike);
}

/** What a layer is made of, its norms left out. */
function kindWithoutNorms({ group }: LayerFacts): string {
  const roles = group.tensorRoles.flatMap(({ role, part, bucket }) =>
    bucket === "norms" ? [] : [`${role} ${part}`],
  );
  return [...new Set(roles)].sort().join();
}

function compareCounts(c: Comparing, alike: readonly LayerFacts[]): void {
  const byCount = new Map<number, number[]>();
  for (const { norms, members } of alike)
    byCount.set(norms.count, [...(byCount.get(norms.count) ?? []), ...members]);
  const usual = [...byCount].sort(([, a], [, b]) => b.length - a.length)[0];
  if (usual === undefined || byCount.size === 1) return;
  const [count, layers] = usual;
  const last = c.model.layerCount - 1;
  for (const [other, members] of byCount) {
    // ModernBERT has no norm before its first layer, RWKV one more: the ends of a stack are of their own design.
    if (other === count || members.every((member) => member === 0 || member === last)) continue;
    const sorted = (numbers: number[]) => [...numbers].sort((a, b) => a - b);
    c.report("norm.count", { usual: count, layers: sorted(layers), other, members: sorted(members) });
  }
}
