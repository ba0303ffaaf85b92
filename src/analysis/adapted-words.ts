import type { Component } from "../checkpoint/checkpoint.ts";
import { formatCount } from "../format/count.ts";
import { adapterOf } from "../kinds/adapter/facts.ts";
import type { AdapterModule } from "../kinds/adapter/modules.ts";

/** What is added to each module of an adapter, by the module's path; nothing for any other component. */
export function adaptedWords(component: Component): ReadonlyMap<string, string> {
  const modules = adapterOf(component)?.modules ?? [];
  return new Map(modules.map((module) => [module.name, words(module)]));
}

const METHODS: Readonly<Record<string, string>> = {
  lora: "LoRA",
  dora: "DoRA",
  adalora: "AdaLoRA",
  loha: "LoHa",
  lokr: "LoKr",
  full: "difference",
};

/** `LoRA r 16 [3072 → 3072]`. */
function words({ kind, rank, in: inputs, out }: AdapterModule): string {
  const method = METHODS[kind] ?? kind.toUpperCase();
  const sides = inputs === null || out === null ? "" : ` [${formatCount(inputs)} → ${formatCount(out)}]`;
  return `${method}${rank === null ? "" : ` r ${formatCount(rank)}`}${sides}`;
}
