import { EXPERT_BOXES } from "../architecture/leaf-tables.ts";
import { modelOf } from "../architecture/model.ts";
import { isSideScope } from "../architecture/roles.ts";
import type { Component } from "../checkpoint/checkpoint.ts";
import { formatPattern, type PatternPart } from "../checkpoint/repeats.ts";
import type { Declaration } from "../quantization/declaration.ts";
import { DeclarationLookup, type DeclaredFor, findDeclarations } from "../quantization/declared.ts";
import type { Weight } from "../quantization/module-weights.ts";
import { quantizationOf } from "../quantization/quantization.ts";
import { findModules } from "./places.ts";

/** A linear weight as stored, beside what the configuration says about modules of its name. */
export interface DeclaredModule {
  readonly parts: readonly PatternPart[];
  readonly count: number;
  readonly weight: Weight;
  readonly declared: DeclaredFor;
  /** Whether it is of a kind that quantizers leave alone as a matter of course: routers, heads, towers … */
  readonly isUsuallyPlain: boolean;
  readonly isInTower: boolean;
}

export interface DeclaredModules {
  readonly declaration: Declaration;
  readonly modules: readonly DeclaredModule[];
  /** Whether any weight is quantized at all. */
  readonly hasQuantized: boolean;
  /** Names that were looked up: all layers, of experts the first and the last. */
  readonly names: readonly string[];
}

const MADE = new WeakMap<Component, DeclaredModules | null>();

/** Linear weights held against the declaration that counts; null where nothing is declared. */
export function declaredModules(component: Component): DeclaredModules | null {
  let known = MADE.get(component);
  if (known === undefined) {
    const [declaration] = findDeclarations(component);
    known = declaration === undefined ? null : compare(component, declaration);
    MADE.set(component, known);
  }
  return known;
}

/** Names looked up at the most: beyond it further modules are not judged. */
const MAX_NAMES = 200_000;

function compare(component: Component, declaration: Declaration): DeclaredModules {
  const quantization = quantizationOf(component);
  const lookup = new DeclarationLookup(declaration);
  const roles = rolesByNode(component);
  const modules: DeclaredModule[] = [];
  const names: string[] = [];
  let hasQuantized = false;
  const isLinear = (kind: number) => linearWeight(quantization.module(kind).weights) !== undefined;
  for (const group of findModules(component, isLinear)) {
    const weight = linearWeight(quantization.module(group.kind).weights) as Weight;
    hasQuantized ||= weight.scheme !== "none" && weight.scheme !== "unknown";
    const place = roles.get(group.node);
    const plain = place?.isUsuallyPlain ?? false;
    const className = place?.isEmbedding ? "Embedding" : "Linear";
    for (const parts of group.patterns) {
      for (const one of byLayer(parts)) {
        if (names.length >= MAX_NAMES) break;
        const name = formatFirst(one.parts);
        names.push(name);
        const declared = lookup.lookup(name, className);
        modules.push({
          ...one,
          weight,
          declared,
          isUsuallyPlain: plain,
          isInTower: place?.isInTower ?? false,
        });
      }
    }
  }
  return { declaration, modules: joinAlike(modules), hasQuantized, names };
}

/** The weight of a linear layer, or the stacked weights of experts: two dimensions or three, floating or packed. */
function linearWeight(weights: readonly Weight[]): Weight | undefined {
  const own =
    weights.find(({ parameter }) => parameter === "") ?? weights.find(({ scheme }) => scheme !== "none");
  if (own === undefined) return undefined;
  if (own.scheme !== "none") return own;
  const rank = own.payloadTensor.shape.length;
  return rank === 2 && /^(?:BF16|F16|F32)$/.test(own.payloadTensor.dtype) ? own : undefined;
}

/** One entry a layer; the experts of a layer stay together, told by the first of them. */
function byLayer(parts: readonly PatternPart[]): { parts: readonly PatternPart[]; count: number }[] {
  let open: PatternPart[][] = [[]];
  for (const [at, part] of parts.entries()) {
    const before = parts[at - 1];
    const isExperts = typeof before === "string" && EXPERT_BOXES.has(before);
    const choices: PatternPart[] =
      typeof part === "string" || isExperts
        ? [part]
        : part.members.map((member) => ({ stem: part.stem, members: [member] }));
    open = open.flatMap((head) => choices.map((choice) => [...head, choice]));
  }
  return open.map((one) => ({
    parts: one,
    count: one.reduce((product, part) => product * (typeof part === "string" ? 1 : part.members.length), 1),
  }));
}

function formatFirst(parts: readonly PatternPart[]): string {
  return parts.map((part) => (typeof part === "string" ? part : `${part.stem}${part.members[0]}`)).join(".");
}

/** Layers of which the same holds become one pattern again. */
function joinAlike(modules: readonly DeclaredModule[]): DeclaredModule[] {
  const joined = new Map<string, DeclaredModule>();
  for (const module of modules) {
    const shape = module.parts.map((part) =>
      typeof part === "string" ? part : part.members.length > 1 ? formatPattern([part]) : "#",
    );
    const key = JSON.stringify([
      shape,
      module.weight.scheme,
      module.weight.bits,
      module.weight.group,
      module.weight.payloadTensor.shape,
      module.declared,
    ]);
    const known = joined.get(key);
    joined.set(key, known === undefined ? module : merge(known, module));
  }
  return [...joined.values()];
}

function merge(a: DeclaredModule, b: DeclaredModule): DeclaredModule {
  const differing = a.parts.filter(
    (part, k) => typeof part !== "string" && JSON.stringify(part) !== JSON.stringify(b.parts[k]),
  );
  const at = a.parts.indexOf(differing[0] as PatternPart);
  if (differing.length !== 1) return { ...a, count: a.count + b.count };
  const [x, y] = [a.parts[at], b.parts[at]] as { stem: string; members: readonly number[] }[];
  const members = [...new Set([...(x?.members ?? []), ...(y?.members ?? [])])].sort((p, q) => p - q);
  const parts = a.parts.map((part, k) => (k === at ? { stem: x?.stem ?? "", members } : part));
  return { ...a, parts, count: a.count + b.count };
}

interface NodeRole {
  readonly isUsuallyPlain: boolean;
  readonly isEmbedding: boolean;
  readonly isInTower: boolean;
}

/** Leaves that exporters leave unquantized though their names stand in no skip list. */
const PLAIN_LEAVES =
  /^(?:in_proj_(?:a|b|ba)|eh_proj|fc|weights_proj|shared_expert_gate|proj_in|score|classifier)$/;
const PLAIN_BUCKETS: ReadonlySet<string> = new Set([
  "embedding",
  "head",
  "norms",
  "router",
  "ple",
  "residual_extras",
]);

function rolesByNode(component: Component): Map<number, NodeRole> {
  const { names } = component.table;
  const roles = new Map<number, NodeRole>();
  for (const place of modelOf(component).places) {
    const side = isSideScope(place.scope) && place.scope !== "mtp";
    const isUsuallyPlain =
      side ||
      PLAIN_BUCKETS.has(place.bucket) ||
      place.role === "moe.shared_gate" ||
      PLAIN_LEAVES.test(place.leaf);
    const role = { isUsuallyPlain, isEmbedding: place.role === "embed.token", isInTower: side };
    roles.set(names.parent(place.node), role);
  }
  return roles;
}
