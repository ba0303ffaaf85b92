import type { Component } from "../../checkpoint/checkpoint.ts";
import { type Bases, baseFamilyOf, basesOf } from "./base-family.ts";
import { type DeclaredAdapter, declaredAdapter } from "./declared.ts";
import { dottedName, isUnderscored } from "./dotted-names.ts";
import {
  type AdaptedModule,
  type AdapterModule,
  type AdapterTensors,
  type PartTensor,
  readAdapterTensors,
} from "./modules.ts";
import { namingOf } from "./naming.ts";

/** What an adapter is: an addition to a model that is not here. */
export interface Adapter {
  /** `lora`, `dora`, `loha`, …: the method. */
  readonly kind: string;
  /** Whose names the tensors have: `peft`, `kohya`, `diffusers`, … */
  readonly naming: string;
  readonly modules: readonly AdapterModule[];
  readonly declared: DeclaredAdapter;
  readonly tensors: AdapterTensors;
  /** What the base is; null is not known. */
  readonly baseFamily: string | null;
  readonly bases: Bases;
}

/** The adapter that a component is; null for anything else. */
export function adapterOf(component: Component): Adapter | null {
  return component.analyses.get(read);
}

function read(component: Component): Adapter | null {
  const tensors = readAdapterTensors(component) ?? looseEmbeddings(component);
  if (tensors === undefined || isModel(component, tensors)) return null;
  const declared = declaredAdapter(component);
  const experts = expertFactor(declared);
  const modules = tensors.modules.map((module) => new Adapted(module, rankOf(module, experts)));
  const kind = kindOfAll(component, tensors, declared);
  const naming = namingOf(component, modules, declared);
  let bases: Bases | undefined;
  return {
    kind,
    naming,
    modules,
    declared,
    tensors,
    // Asked of few in a folder of many.
    get bases() {
      bases ??= basesOf(modules, declared);
      return bases;
    },
    get baseFamily() {
      return baseFamilyOf(this.bases);
    },
  };
}

/** A module with what its factors tell; a folder may hold thousands of adapters, and few ask for a path. */
class Adapted implements AdapterModule {
  readonly name: string;
  readonly kind: string;
  readonly parts: AdapterModule["parts"];
  readonly rank: number | null;
  readonly in: number | null;
  readonly out: number | null;
  private dotted: string | undefined;

  constructor(module: AdaptedModule, rank: number | null) {
    this.name = module.name;
    this.kind = module.kind;
    this.parts = module.parts;
    this.rank = rank;
    const { in: inputs, out } = sidesOf(module);
    this.in = inputs;
    this.out = out;
  }

  get path(): string {
    this.dotted ??= isUnderscored(this.name) ? dottedName(this.name) : this.name;
    return this.dotted;
  }
}

/** A model with adapters that were never merged has the base weight of each module beside them. */
function isModel(component: Component, { modules, withBase, whole, shared }: AdapterTensors): boolean {
  const config = component.configs;
  if (withBase > 1 && 2 * withBase > modules.length) return true;
  // A few tensors that only look like an adapter's, in a model that is described as one.
  const isDescribed = config.has("config.json") && !config.has("adapter_config.json");
  return isDescribed && whole.length > 2 * (modules.length + shared.length);
}

/** Files of vectors for new words hold little else than one table each. */
const MAX_EMBEDDINGS = 4;
const EMBEDDING_NAMES = /^(?:emb_params|clip_[lg]|t5|text_encoders_[0-3]|string_to_param|<.*>)$/s;

/** What diffusers calls the file; in it the new word itself is the name. */
const EMBEDDING_FILE = /^(?:.*\/)?learned_embeds[^/]*\.safetensors$/;

function looseEmbeddings({ table, configs, shards }: Component): AdapterTensors | undefined {
  if (table.count === 0 || table.count > MAX_EMBEDDINGS || configs.has("config.json")) return undefined;
  const isNamedSo = shards.length === 1 && EMBEDDING_FILE.test(shards[0]?.path ?? "");
  const found: PartTensor[] = [];
  for (let row = 0; row < table.count; row++) {
    const shape = table.shape(row);
    if ((!isNamedSo && !EMBEDDING_NAMES.test(table.name(row))) || shape.length > 2) return undefined;
    found.push({ row, shape, leaf: { kind: "textual-inversion", part: "shared" } });
  }
  return { modules: [], shared: found, tokens: [], whole: [], withBase: 0, isControl: false };
}

/** Where parameters are targets, A has the rank of each expert one below the other. */
function expertFactor({ targetParameters, rank }: DeclaredAdapter): number | null {
  return targetParameters.length > 0 ? rank : null;
}

function rankOf({ parts, name }: AdaptedModule, stackedRank: number | null): number | null {
  const a = parts.get("a");
  if (a !== undefined) {
    const rank = rankOfPart(a);
    const isStack = stackedRank !== null && rank !== null && /(?:^|\.)experts(?:\.|$)/.test(name);
    return isStack && rank > stackedRank && rank % stackedRank === 0 ? stackedRank : rank;
  }
  for (const part of ["b", "w2b", "w1b", "w1a"] as const) {
    const tensor = parts.get(part);
    const rank = tensor === undefined ? null : rankOfPart(tensor);
    if (rank !== null) return rank;
  }
  for (const tensor of parts.values()) {
    const rank = tensor.leaf.part === "more" ? rankOfPart(tensor) : null;
    if (rank !== null) return rank;
  }
  return null;
}

/** The rank as a tensor's shape has it; axes from the end where there are axes of experts in front. */
export function rankOfPart({ shape, leaf }: PartTensor): number | null {
  if (leaf.rank === undefined || shape.length < 2)
    return shape.length === 1 && leaf.rank === 0 ? (shape[0] ?? 0) / (leaf.perRank ?? 1) || null : null;
  if (leaf.rank >= 0) return shape[leaf.rank] ?? null;
  // mlx-lm: [in, r] and [r, out]; of experts [E, r, in] and [E, out, r].
  const isStack = shape.length === 3;
  return (isStack ? shape.at(leaf.rank === -1 ? -2 : -1) : shape.at(leaf.rank)) ?? null;
}

/** Inputs and outputs as the factors have them: A reads, B writes. */
function sidesOf({ parts }: AdaptedModule): { readonly in: number | null; readonly out: number | null } {
  const a = parts.get("a");
  const b = parts.get("b");
  if (a !== undefined || b !== undefined)
    return { in: a === undefined ? null : inputs(a), out: b === undefined ? null : outputs(b) };
  const first = parts.get("w1a");
  const second = parts.get("w1b");
  if (first?.leaf.kind === "loha" && second !== undefined)
    return { in: second.shape[1] ?? null, out: first.shape[first.leaf.rank === 0 ? 1 : 0] ?? null };
  const [reader] = parts.values();
  if (reader?.leaf.kind === "ip-adapter")
    return { in: reader.shape[1] ?? null, out: reader.shape[0] ?? null };
  const kronecker = productOf(parts, 0);
  if (kronecker !== null) return { in: productOf(parts, 1), out: kronecker };
  const diff = parts.get("diff");
  if (diff !== undefined && diff.shape.length >= 2)
    return { in: diff.shape[1] ?? null, out: diff.shape[0] ?? null };
  return { in: null, out: null };
}

/** Sides of a Kronecker product: each of its two matrices is whole, or two factors, or two factors around a core. */
const KRONECKER = [
  ["w1", "w1a", "w1b", undefined],
  ["w2", "w2a", "w2b", "t2"],
] as const;

function productOf(parts: AdaptedModule["parts"], axis: 0 | 1): number | null {
  let product = 1;
  for (const [whole, writes, reads, core] of KRONECKER) {
    const isTucker = core !== undefined && parts.has(core);
    const side = parts.has(whole)
      ? parts.get(whole)?.shape[axis]
      : axis === 1
        ? parts.get(reads)?.shape[1]
        : parts.get(writes)?.shape[isTucker ? 1 : 0];
    if (side === undefined) return null;
    product *= side;
  }
  return product;
}

function inputs({ shape, leaf }: PartTensor): number | null {
  if (leaf.rank === 0) return shape[1] ?? null;
  return (shape.length === 3 ? shape[2] : shape[0]) ?? null;
}

function outputs({ shape, leaf }: PartTensor): number | null {
  if (leaf.rank === 1) return shape[0] ?? null;
  return (shape.length === 3 ? shape[1] : shape[1]) ?? null;
}

/** What turns a picture's features into tokens, beside the projections that read them. */
const IMAGE_PROJECTIONS = ["image_proj", "ip_adapter_proj_model"] as const;

/** The method of most modules; without one that of what all share. */
function kindOfAll(component: Component, tensors: AdapterTensors, declared: DeclaredAdapter): string {
  if (
    IMAGE_PROJECTIONS.some((name) => component.table.names.find(name) >= 0) &&
    tensors.modules.some(({ kind }) => kind === "ip-adapter")
  )
    return "ip-adapter";
  const counts = new Map<string, number>();
  for (const { kind } of tensors.modules) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const most = [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
  if (most !== undefined) return most === "other" ? typeOf(declared) : most;
  // What belongs to no module has one name in many methods, which the configuration alone tells apart.
  if (declared.from === "adapter_config.json" && declared.type !== null) return typeOf(declared);
  return tensors.shared[0]?.leaf.kind ?? tensors.tokens[0]?.leaf.kind ?? typeOf(declared);
}

function typeOf({ type }: DeclaredAdapter): string {
  return type === null ? "other" : type.toLowerCase().replaceAll("_", "-");
}
