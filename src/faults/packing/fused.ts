import { PlaceSet } from "../../checkpoint/place-set.ts";
import { gatherModules, type PatternGroup } from "../../checkpoint/repeats.ts";
import { isFaulty } from "../../quantization/faulty.ts";
import type { Weight } from "../../quantization/module-weights.ts";
import type { Quantization } from "../../quantization/quantization.ts";
import { type Fault, fault, rowOf, type Severity } from "../fault.ts";
import type { Scene } from "../scene.ts";
import type { FusedMember } from "./data.ts";

/** Projections that engines fuse into one, or run with one kernel: they must be stored alike. */
const FUSED_GROUPS = [
  ["q_proj", "k_proj", "v_proj"],
  ["gate_proj", "up_proj"],
  ["w1", "w3"],
  ["q", "k", "v"],
  ["query", "key", "value"],
] as const;

/** Projections of one module that are run as one and differ in scheme, bits or group size. */
export function findUnevenGroups({ quantization }: Scene): Fault[] {
  const uneven = unevenKinds(quantization);
  if (uneven.size === 0) return [];
  const { kinds } = quantization;
  const isModule = (group: PatternGroup) => !quantization.isPart(group.parentKind, group.position);
  const isUneven = (group: PatternGroup) => isModule(group) && uneven.has(group.kind);
  const groups = gatherModules(kinds, isUneven, isModule).map(({ kind, patterns, count }) => ({
    kind,
    at: PlaceSet.modules(patterns, count),
  }));
  const all = [{ kind: kinds.root, at: PlaceSet.modules([[]]) }, ...groups];
  return FUSED_GROUPS.flatMap((names) =>
    all.flatMap(({ kind, at }) => {
      const members = uneven.get(kind)?.get(names);
      return members === undefined ? [] : [toFault(at, names, members)];
    }),
  );
}

type UnevenGroups = ReadonlyMap<readonly string[], readonly FusedMember[]>;

/** The kinds of modules with members of a group that differ; modules of a kind are judged once. */
function unevenKinds(quantization: Quantization): ReadonlyMap<number, UnevenGroups> {
  const uneven = new Map<number, UnevenGroups>();
  for (let kind = 0; kind < quantization.kinds.count; kind++) {
    if (quantization.counts[kind] === 0) continue;
    const weights = fusedWeights(quantization, kind);
    if (weights.size < 2) continue;
    const own = new Map<readonly string[], readonly FusedMember[]>();
    for (const names of FUSED_GROUPS) {
      const members = unevenMembers(weights, names);
      if (members !== undefined) own.set(names, members);
    }
    if (own.size > 0) uneven.set(kind, own);
  }
  return uneven;
}

const FUSED_NAMES: ReadonlySet<string> = new Set(FUSED_GROUPS.flat());

/** Weights of a module's children that some group names. */
function fusedWeights(quantization: Quantization, kind: number): ReadonlyMap<string, Weight> {
  const { kinds } = quantization;
  const weights = new Map<string, Weight>();
  for (let position = 0; position < kinds.childCount(kind); position++) {
    const name = kinds.childName(kind, position);
    if (!FUSED_NAMES.has(name) || quantization.isPart(kind, position)) continue;
    const { weights: own } = quantization.module(kinds.childKind(kind, position));
    const weight = own.find(({ parameter }) => parameter === "");
    if (weight !== undefined) weights.set(name, weight);
  }
  return weights;
}

function toFault(at: PlaceSet, names: readonly string[], members: readonly FusedMember[]): Fault {
  return fault("fused.uneven", at, { names, members }, severityOf(members));
}

/** One that is plain cannot be run with the others; MLX runs each on its own. */
function severityOf(members: readonly FusedMember[]): Severity {
  if (members.some(({ scheme }) => scheme === "none")) return rowOf("fused.uneven").severity;
  return members.every(({ scheme }) => scheme.startsWith("mlx-")) ? "info" : "warning";
}

/** The members of a group where they differ; undefined where they do not. */
function unevenMembers(
  weights: ReadonlyMap<string, Weight>,
  names: readonly string[],
): readonly FusedMember[] | undefined {
  const own = [...weights].filter(([name]) => names.includes(name));
  const members = own.map(
    ([leaf, weight]): FusedMember =>
      // A plain weight has bits by its dtype, which says nothing here.
      weight.scheme === "none"
        ? { leaf, scheme: "none", bits: null, group: null, isDamaged: false }
        : {
            leaf,
            scheme: weight.scheme,
            bits: weight.bits,
            group: weight.group,
            isDamaged: isFaulty(weight),
          },
  );
  return areAlike(members) ? undefined : members;
}

/** Whether these can be run as one, as far as scheme, bits and groups tell. */
export function areAlike(members: readonly FusedMember[]): boolean {
  return new Set(members.map(keyOf)).size < 2;
}

/** The members of a group that most are like; none where no two are alike, or two ways have as many. */
export function mostAlike(members: readonly FusedMember[]): readonly FusedMember[] {
  const ways = new Map<string, FusedMember[]>();
  for (const member of members) ways.set(keyOf(member), [...(ways.get(keyOf(member)) ?? []), member]);
  const [most = [], next = []] = [...ways.values()].sort((a, b) => b.length - a.length);
  return most.length > next.length ? most : [];
}

function keyOf({ scheme, bits, group }: FusedMember): string {
  return JSON.stringify([scheme, bits, group]);
}
