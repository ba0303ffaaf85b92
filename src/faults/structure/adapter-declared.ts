import type { Component } from "../../checkpoint/checkpoint.ts";
import { member } from "../../checkpoint/config.ts";
import type { DeclaredAdapter } from "../../kinds/adapter/declared.ts";
import { type Adapter, rankOfPart } from "../../kinds/adapter/facts.ts";
import type { AdapterModule } from "../../kinds/adapter/modules.ts";
import type { Found } from "./adapter-found.ts";
import { DECLARED_SIZES } from "./adapter-sizes.ts";

/** Halves of two ranks, and ranks that are not as declared; told once for a module, at its first factor. */
export function judgeRanks(module: AdapterModule, declared: DeclaredAdapter, found: Found): void {
  const { parts, rank } = module;
  let own: number | null = null;
  for (const part of parts.values()) {
    const other = rankOfPart(part);
    if (other === null) continue;
    own ??= other;
    if (own !== other) return found.add("adapter.ranks", module.name, { data: { rank: own, other } });
  }
  if (rank === null || declared.from !== "adapter_config.json" || module.kind === "miss") return;
  const wanted = declaredRank(module.name, declared);
  // AdaLoRA prunes what it began with.
  const isPruned = declared.type === "ADALORA" && wanted !== null && rank < wanted;
  if (wanted !== null && wanted !== rank && !isPruned)
    found.add("adapter.declared-rank", module.name, { data: { rank, declared: wanted } });
}

/** The rank that a configuration gives a module: that of the pattern it ends in, else of all. */
function declaredRank(name: string, { rank, rankPattern }: DeclaredAdapter): number | null {
  for (const [pattern, own] of Object.entries(rankPattern)) {
    const end = pattern.replace(/^\^/, "").replace(/\$$/, "").replaceAll("\\.", ".");
    // What is more than a name is a regular expression of PEFT's: whom it means is not judged.
    if (/[\\()[\]|*+?^$]/.test(end)) return null;
    if (name === end || name.endsWith(`.${end}`)) return own;
  }
  return rank;
}

export function judgeMagnitude({ parts, name }: AdapterModule, { declared }: Adapter, found: Found): void {
  const hasPair = parts.has("a") || parts.has("b");
  if (declared.usesMagnitudes && hasPair && !parts.has("magnitude"))
    found.add("adapter.magnitude", name, { data: { lacks: "magnitude" } });
  else if (parts.has("magnitude") && !hasPair)
    found.add("adapter.magnitude", name, { data: { lacks: "pair" } });
  // Of PEFT alone: other tools write magnitudes and no word of them.
  else if (parts.has("magnitude") && isOfPeft(declared) && !declared.usesMagnitudes)
    found.add("adapter.magnitude", name, { data: { lacks: "use_dora" } });
}

function isOfPeft({ from, type, scale }: DeclaredAdapter): boolean {
  return from === "adapter_config.json" && type !== null && scale === null;
}

/** Methods under another name than that of their tensors. */
const TYPES: Readonly<Record<string, string>> = { dora: "LORA" };

/** Methods that put vectors before a text, and adapt no module. */
const PROMPTS = /^(?:(?:MULTITASK_)?PROMPT_TUNING|P_TUNING|PREFIX_TUNING|CPT|CARTRIDGE)$/;

/** Kinds that say too little of the method, or that a method may hold beside its own. */
const SILENT = new Set(["full", "other", "ip-adapter", "ln-tuning"]);

/** The method that a configuration of PEFT names: its loader looks for the names of that method alone. */
export function judgeMethod({ modules, tensors, declared, kind }: Adapter, found: Found): void {
  const { type, from, scale } = declared;
  if (type === null || from !== "adapter_config.json" || scale !== null || SILENT.has(kind)) return;
  const isPrompt = tensors.shared[0]?.leaf.kind === "prompt-tuning";
  if (modules.length === 0 && isPrompt && !PROMPTS.test(type))
    found.add("adapter.other-method", "prompt_embeddings", {
      data: { stored: "virtual tokens", declared: type },
    });
  const stored = TYPES[kind] ?? kind.toUpperCase().replaceAll("-", "_");
  if (stored === type) return;
  for (const module of modules)
    if (module.kind === kind)
      found.add("adapter.other-method", module.name, { data: { stored, declared: type } });
}

/**
 * Sizes that the configuration of a method states. Where some modules have them the others have what their own sides
 * allow: that is how PEFT makes them.
 */
export function judgeDeclaredSizes(component: Component, { declared, tensors }: Adapter, found: Found): void {
  const config = component.configs.get("adapter_config.json");
  const rows = DECLARED_SIZES.filter(
    ({ type, unless = [] }) => type === declared.type && !unless.some((key) => isSet(member(config, key))),
  );
  if (rows.length === 0 || declared.scale !== null) return;
  const { table } = component;
  const all = [
    ...tensors.modules.flatMap(({ parts }) => [...parts.values()]),
    ...tensors.shared,
    ...tensors.tokens,
  ];
  for (const { key, leaf, axis, size } of rows) {
    const value = member(config, key);
    const wanted = size(Array.isArray(value) ? value.length : value, (other) => member(config, other));
    if (wanted === null) continue;
    const own = all.flatMap(({ row, shape }) => {
      const [name, stored] = [table.name(row), shape[axis]];
      return stored !== undefined && (name === leaf || name.endsWith(`.${leaf}`)) ? [{ name, stored }] : [];
    });
    if (own.some(({ stored }) => stored === wanted)) continue;
    for (const { name, stored } of own)
      found.add("adapter.declared-size", name, { data: { key, declared: wanted, stored } });
  }
}

function isSet(value: unknown): boolean {
  return value === true || (typeof value === "object" && value !== null && Object.keys(value).length > 0);
}
