import { type PlaceRow, placeRows } from "../../architecture/place-rows.ts";
import type { Component } from "../../checkpoint/checkpoint.ts";
import { PatternJoiner } from "../../checkpoint/pattern-joiner.ts";
import { PlaceSet } from "../../checkpoint/place-set.ts";
import { formatPattern } from "../../checkpoint/repeats.ts";
import { type Adapter, adapterOf } from "./facts.ts";
import type { AdapterModule } from "./modules.ts";

/** An adapter as reports tell it. Null is not known, or does not apply. */
export interface AdapterStory {
  readonly kind: string;
  readonly naming: string;
  /** The rank of all modules, null where they differ or there is none. */
  readonly rank: number | null;
  /** Adapted modules by rank, null where the method has none. */
  readonly ranks: Readonly<Record<string, number>> | null;
  /** As declared; null where it is not, or stored module by module. */
  readonly alpha: number | null;
  /** By which what is added is multiplied; null where that is not known, or not the same for all. */
  readonly scaling: number | null;
  /** Last names of the adapted modules, sorted. */
  readonly targets: readonly string[];
  readonly modules: number;
  readonly base: string | null;
  readonly baseFamily: string | null;
  /** Modules that are stored whole beside what is added. */
  readonly savedModules: readonly string[];
  /** Rows of tables that are trained one by one. */
  readonly trainedTokens: number | null;
  readonly targetDetails: readonly TargetDetail[];
  /** What the trainer wrote into the header, as it stands there. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Modules that are adapted alike. */
export interface TargetDetail {
  readonly pattern: string;
  /** The same as data, in names with dots. */
  readonly places: readonly PlaceRow[];
  readonly count: number;
  readonly rank: number | null;
  readonly in: number | null;
  readonly out: number | null;
  /** Elements of all that is stored for them. */
  readonly elements: number;
}

export function tellAdapter(component: Component): AdapterStory | null {
  return component.analyses.get(tell);
}

function tell(component: Component): AdapterStory | null {
  const adapter = adapterOf(component);
  if (adapter === null) return null;
  const ranks = countRanks(adapter.modules);
  const single = Object.keys(ranks).length === 1 ? Number(Object.keys(ranks)[0]) : null;
  const { declared, modules, tensors } = adapter;
  let details: readonly TargetDetail[] | undefined;
  let targets: readonly string[] | undefined;
  return {
    kind: adapter.kind,
    naming: adapter.naming,
    rank: single,
    ranks: Object.keys(ranks).length === 0 ? null : ranks,
    alpha: declared.alpha,
    scaling: scalingOf(adapter, single),
    // What costs most, and one line of many adapters has no room for.
    get targets() {
      targets ??= [...new Set(modules.map(({ path }) => lastName(path)))].sort();
      return targets;
    },
    modules: modules.length,
    base: declared.base,
    baseFamily: adapter.baseFamily,
    get savedModules() {
      return savedModules(component, adapter);
    },
    trainedTokens:
      tensors.tokens.length === 0
        ? null
        : tensors.tokens.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0),
    get targetDetails() {
      details ??= targetDetails(modules);
      return details;
    },
    get metadata() {
      return trainerMetadata(component);
    },
  };
}

function countRanks(modules: readonly AdapterModule[]): Record<string, number> {
  const ranks: Record<string, number> = {};
  for (const { rank } of modules) if (rank !== null) ranks[rank] = (ranks[rank] ?? 0) + 1;
  return ranks;
}

/** Methods whose factor is alpha ÷ rank. */
const SCALED = new Set(["lora", "dora", "loha", "lokr", "adalora"]);

/** alpha ÷ r, or ÷ √r; 1 where neither the file nor a configuration has an alpha. Stored alphas are values: not read. */
function scalingOf({ kind, naming, declared, modules }: Adapter, rank: number | null): number | null {
  if (declared.scale !== null) return declared.scale;
  if (!SCALED.has(kind) || rank === null || Object.keys(declared.alphaPattern).length > 0) return null;
  if (declared.alpha !== null) return declared.alpha / (declared.usesRankRoot ? Math.sqrt(rank) : rank);
  const hasAlphas = modules.some(({ parts }) => parts.has("alpha"));
  return hasAlphas || naming === "peft" || naming === "mlx" ? null : 1;
}

/** The last name of a path; of a numbered one (`to_out.0`) with the name before it. */
function lastName(path: string): string {
  return /(?<![^.])(?:[^.]+\.)?\d+$/.exec(path)?.[0] ?? path.slice(path.lastIndexOf(".") + 1);
}

/** Saved modules that are told by name. */
const MAX_SAVED = 50;

function savedModules({ table }: Component, { tensors }: Adapter): string[] {
  const names = tensors.whole
    .map((row) => table.name(row))
    .filter((name) => !name.endsWith(".base_layer.weight") && name !== "lora_controlnet")
    .map((name) => name.replace(/^base_model\.model\./, "").replace(/\.(?:weight|bias|scale)$/, ""));
  return [...new Set(names.map((name) => name.replace(/\.\d+(?=\.|$)/g, ".#")))].sort().slice(0, MAX_SAVED);
}

function targetDetails(modules: readonly AdapterModule[]): TargetDetail[] {
  const groups = new Map<
    string,
    { joiner: PatternJoiner; of: AdapterModule; count: number; elements: number }
  >();
  for (const module of modules) {
    const key = JSON.stringify([module.path.replace(/\d+/g, "#"), module.rank, module.in, module.out]);
    const group = groups.get(key) ?? { joiner: new PatternJoiner(), of: module, count: 0, elements: 0 };
    groups.set(key, group);
    group.count++;
    for (const { shape } of module.parts.values())
      group.elements += shape.reduce((product, size) => product * size, 1);
    group.joiner.add(module.path.split("."));
  }
  return Array.from(groups.values(), ({ joiner, of, count, elements }) => {
    const patterns = joiner.patterns();
    return {
      pattern: patterns.map(formatPattern).join(", "),
      places: placeRows(PlaceSet.modules(patterns)),
      count,
      rank: of.rank,
      in: of.in,
      out: of.out,
      elements,
    };
  });
}

/** Entries of a trainer that are told: others are notes to itself, or lists of pictures. */
const TOLD =
  /^(?:ss_(?:network_(?:dim|alpha|module|args)|base_model_version|sd_model_name|output_name|v2|resolution|steps|num_train_images|learning_rate|epoch)|modelspec\.(?:architecture|title|author|license|trigger_phrase))$/;

/** Characters of an entry that are told. */
const MAX_ENTRY = 500;

function trainerMetadata({ shards }: Component): Readonly<Record<string, string>> {
  const metadata = shards.find((shard) => shard.status === "read")?.metadata;
  if (metadata == null) return {};
  return Object.fromEntries(
    [...metadata].filter(([key]) => TOLD.test(key)).map(([key, value]) => [key, value.slice(0, MAX_ENTRY)]),
  );
}
