import type { Component } from "../../checkpoint/checkpoint.ts";
import type { ModuleKinds } from "../../checkpoint/module-kinds.ts";
import { PatternJoiner } from "../../checkpoint/pattern-joiner.ts";
import { PlaceSet } from "../../checkpoint/place-set.ts";
import { type PatternSegment, walkPatterns } from "../../checkpoint/repeats.ts";
import { adapterOf } from "../../kinds/adapter/facts.ts";
import { kindOf } from "../../kinds/kind.ts";
import { DTYPES, type Dtype } from "../../safetensors/dtype.ts";
import { heldOf, sideOf } from "../../signatures/held.ts";
import { type Fault, fault } from "../fault.ts";
import type { Scene } from "../scene.ts";
import type { StructureData } from "./data.ts";
import { SIDE_BY_SIDE } from "./mates.ts";
import { SIDES, type SideOf, type SideRow } from "./side-rows.ts";

/**
 * Tensors of one module whose sides do not fit each other: no loader that makes the module can take both. Asked of kinds
 * of modules, not of tensors; a checkpoint whose class is known to the last tensor is held against that instead.
 */
export function findUnlikeSides({ component }: Scene): Fault[] {
  const { kinds } = component;
  if (kinds.root < 0 || adapterOf(component) !== null || isKnownWhole(component)) return [];
  const judge = new Judge(component);
  judge.module(kinds.root, "", [], 1);
  walkPatterns(kinds, ({ kind, parentKind, position, segments, count }) => {
    judge.module(kind, kinds.childName(parentKind, position), segments, count);
    return kinds.childCount(kind) > 0;
  });
  return judge.faults();
}

function isKnownWhole(component: Component): boolean {
  const held = heldOf(component);
  return held !== undefined && sideOf(held.signature, held.layout).unknown.length === 0;
}

/** Types whose shapes are those of the module: packed integers have others. */
const PLAIN: ReadonlySet<Dtype> = new Set<Dtype>(["F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2"]);

const ROUTER = /gate|router/;

/** Modules with weight and bias for each that has a bias alone: where many have none, that is how it is meant. */
const MIN_PAIRS = 8;

type Unlike = StructureData["sides.unlike"];

interface Lack extends Unlike {
  /** Path below the module. */
  readonly path: string;
  /** Which row asks, where a gate or groups would explain it: a fault where nearly all others have neither. */
  readonly design?: string;
}

/** Modules of the usual design for each of another: one of seven with a gate, or with other groups, is no design. */
const MIN_USUAL = 6;

class Judge {
  private readonly component: Component;
  private readonly kinds: ModuleKinds;
  private readonly rows: readonly SideRow[];
  /** Frameworks that keep channels last have the sides of convolutions elsewhere. */
  private readonly hasChannelsLast: boolean;
  private readonly biasesAlone: {
    readonly name: string;
    readonly segments: readonly PatternSegment[];
    readonly count: number;
  }[] = [];
  private readonly withWeight = new Set<string>();
  private pairs = 0;
  private readonly designs: {
    readonly lack: Lack;
    readonly segments: PatternSegment[];
    readonly count: number;
  }[] = [];
  private readonly known = new Map<string, readonly Lack[]>();
  private readonly groups = new Map<string, { data: Unlike; at: PatternJoiner; count: number }>();

  constructor(component: Component) {
    this.component = component;
    this.kinds = component.kinds;
    const { segments } = component.table.names;
    const occurs = (path: string) => path.split(".").every((name) => segments.find(name) >= 0);
    this.rows = SIDES.filter(({ has }) => has.every(occurs));
    this.hasChannelsLast = component.shards.some(
      (shard) => shard.status === "read" && shard.metadata?.get("format") === "mlx",
    );
  }

  module(kind: number, name: string, segments: readonly PatternSegment[], count: number): void {
    if (this.kinds.childCount(kind) === 0) return;
    this.notePair(kind, name, segments, count);
    const isAskedByName = ROUTER.test(name) || this.rows.some((row) => (row.in ?? row.notIn)?.test(name));
    const key = `${kind} ${isAskedByName ? name : ""}`;
    const lacks = this.known.get(key) ?? this.lacksOf(kind, name);
    this.known.set(key, lacks);
    for (const lack of lacks) {
      const { path, design, ...data } = lack;
      const at = [...segments, ...path.split(".")];
      if (design === undefined) this.add(data, at, count);
      else this.designs.push({ lack, segments: at, count });
    }
  }

  /** What a gate or groups would explain, were it not alone with them. */
  private loneDesigns(): void {
    const counts = new Map<string, Map<number, number>>();
    for (const { lack, count } of this.designs) {
      const ratios = counts.get(lack.design as string) ?? new Map<number, number>();
      counts.set(lack.design as string, ratios);
      ratios.set(lack.size / lack.expected, (ratios.get(lack.size / lack.expected) ?? 0) + count);
    }
    for (const { lack, segments, count } of this.designs) {
      const { path: _, design, ...data } = lack;
      const ratios = counts.get(design as string) as Map<number, number>;
      // What is cut lies further from even than the usual design.
      const others = [...ratios].filter(([ratio]) => isFurther(data.size / data.expected, ratio));
      const usual = Math.max(0, ...others.map(([, modules]) => modules));
      if (usual >= MIN_USUAL * (ratios.get(data.size / data.expected) ?? 0)) this.add(data, segments, count);
    }
  }

  /** What of a module does not fit, each once: two rows may ask for the same. */
  private lacksOf(kind: number, name: string): Lack[] {
    const all = [...this.ownLacks(kind, name), ...this.rows.flatMap((row) => this.rowLacks(kind, name, row))];
    return [...new Map(all.map((lack) => [JSON.stringify(lack), lack])).values()];
  }

  /** Modules with a bias, by name: those that have a weight beside it, and those that have nothing else. */
  private notePair(kind: number, own: string, segments: readonly PatternSegment[], count: number): void {
    if (this.find(kind, "bias") === undefined) return;
    const hasWeight = this.find(kind, "weight") !== undefined;
    // A number alone says little: `0` of an MLP is not `0` of a list of heads that share their weight.
    const parent = segments.at(-2);
    const name = `${typeof parent === "string" && !/^\d+$/.test(parent) ? parent : "#"}.${own}`;
    if (hasWeight) {
      this.withWeight.add(name);
      this.pairs += count;
    } else if (this.kinds.childCount(kind) === 1) this.biasesAlone.push({ name, segments, count });
  }

  /** A bias that nothing stands beside, where modules of its name have a weight; a head that is tied has none anywhere. */
  private lostWeights(): Fault[] {
    const isSideBySide = SIDE_BY_SIDE.has(kindOf(this.component).kind);
    const lost = this.biasesAlone.filter(({ name }) => isSideBySide || this.withWeight.has(name));
    const count = lost.reduce((sum, each) => sum + each.count, 0);
    if (count === 0 || this.pairs < MIN_PAIRS * count) return [];
    const at = new PatternJoiner();
    for (const { segments } of lost) at.add([...segments, "weight"]);
    return [fault("companion.missing", PlaceSet.tensorPaths(at.patterns(), count), { beside: "bias" })];
  }

  /** A bias for each output, and gains that are as many as what they scale. */
  private ownLacks(kind: number, name: string): Lack[] {
    // What a router adds to its choice is for the experts alone that it may choose.
    const isRouter = ROUTER.test(name);
    const [weight, bias] = [this.shape(kind, "weight"), this.shape(kind, "bias")];
    const found: Lack[] = [];
    if (!isRouter && weight !== undefined && bias?.length === 1 && !isBiasOf(weight, bias[0] ?? 0))
      found.push({ path: "bias", axis: 0, size: bias[0] ?? 0, other: "weight", expected: weight[0] ?? 0 });
    const [gain, direction] = [this.shape(kind, "weight_g"), this.shape(kind, "weight_v")];
    const axis = gain?.findIndex((size) => size !== 1) ?? -1;
    const [size, expected] = [gain?.[axis], direction?.[axis]];
    if (size !== undefined && expected !== undefined && size !== expected)
      found.push({ path: "weight_g", axis, size, other: "weight_v", expected });
    return found;
  }

  private rowLacks(kind: number, name: string, row: SideRow): Lack[] {
    const { has, lacks = [], in: within, notIn, equal } = row;
    if (kind === this.kinds.root && row.atTop !== true) return [];
    if (within?.test(name) === false || notIn?.test(name)) return [];
    if (!has.every((path) => this.find(kind, path) !== undefined)) return [];
    if (lacks.some((path) => this.find(kind, path) !== undefined)) return [];
    return equal.flatMap(({ of, is, times = 1 }): Lack[] => {
      const [own, other] = [this.side(kind, of), this.side(kind, is)];
      if (own === undefined || other === undefined) return [];
      const lack = { path: own.path, axis: of[1], size: own.size, other: other.path, expected: other.size };
      // Of a convolution in groups each group reads its own channels, and says nothing of all.
      const mayBeGrouped =
        (own.isGrouped && other.size % own.size === 0) || (other.isGrouped && own.size % other.size === 0);
      const hasDesign = times > 1 || own.isGrouped || other.isGrouped;
      const isEven = own.size === other.size;
      if (isEven && !hasDesign) return [];
      if (isEven || mayBeGrouped || own.size === times * other.size)
        return [{ ...lack, design: `${of.join()} ${is.join()}` }];
      // Rows that a bias counts too are right: then it is the other that does not fit.
      const isCounted =
        times === 1 && of[1] === 0 && this.shape(kind, own.path.replace(/weight$/, "bias"))?.[0] === own.size;
      if (!isCounted) return [lack];
      return [{ path: other.path, axis: is[1], size: other.size, other: own.path, expected: own.size }];
    });
  }

  private side(
    kind: number,
    [name, axis]: SideOf,
  ): { readonly path: string; readonly size: number; readonly isGrouped: boolean } | undefined {
    for (const path of [
      `${name}.weight`,
      `${name}.conv.weight`,
      `${name}.norm_layer.weight`,
      `${name}.gamma`,
      `${name}.conv_y.conv.weight`,
      name,
    ]) {
      const shape = this.shape(kind, path);
      if (shape === undefined) continue;
      const size = shape[axis];
      // Channels last, or each channel by itself.
      const isElsewhere = shape.length > 2 && (this.hasChannelsLast || (axis === 1 && size === 1));
      // Of what has no elements nothing is asked: that is the fault.
      if (axis === 2 && shape.length !== 3) return undefined;
      if (size === undefined || size === 0 || isElsewhere) return undefined;
      return { path, size, isGrouped: axis === 1 && shape.length > 2 };
    }
    return undefined;
  }

  private shape(kind: number, path: string): readonly number[] | undefined {
    const { table } = this.component;
    const found = this.find(kind, path);
    // What has parts of its own is packed: bitsandbytes keeps its state below the weight.
    if (found === undefined || this.kinds.childCount(found) > 0) return undefined;
    const row = this.kinds.tensorRow(found);
    if (row === undefined) return undefined;
    const dtype = DTYPES[table.dtypes.data[row] as number];
    return dtype !== undefined && PLAIN.has(dtype) ? table.shape(row) : undefined;
  }

  private find(kind: number, path: string): number | undefined {
    let at: number | undefined = kind;
    for (const name of path.split(".")) at = at === undefined ? undefined : this.child(at, name);
    return at;
  }

  private child(kind: number, name: string): number | undefined {
    const segment = this.component.table.names.segments.find(name);
    if (segment < 0) return undefined;
    for (let at = 0; at < this.kinds.childCount(kind); at++)
      if (this.kinds.childSegment(kind, at) === segment) return this.kinds.childKind(kind, at);
    return undefined;
  }

  private add(data: Unlike, path: readonly PatternSegment[], count: number): void {
    const key = JSON.stringify([data, path.at(-2), path.at(-1)]);
    const group = this.groups.get(key) ?? { data, at: new PatternJoiner(), count: 0 };
    this.groups.set(key, group);
    group.at.add([...path]);
    group.count += count;
  }

  faults(): Fault[] {
    this.loneDesigns();
    const unlike = Array.from(this.groups.values(), ({ data, at, count }) =>
      fault("sides.unlike", PlaceSet.tensorPaths(at.patterns(), count), data),
    );
    return [...unlike, ...this.lostWeights()];
  }
}

function isFurther(one: number, other: number): boolean {
  return Math.abs(Math.log(one)) > Math.abs(Math.log(other));
}

/** One for each row, or each column of what is kept the other way round (GPT-2, convolutions that enlarge, channels last). */
function isBiasOf(weight: readonly number[], entries: number): boolean {
  return weight.length === 0 || weight.includes(0) || weight.includes(entries);
}
