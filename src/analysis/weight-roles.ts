import { modelOf } from "../architecture/model.ts";
import type { TensorRole } from "../architecture/tensor-roles.ts";
import type { Component } from "../checkpoint/checkpoint.ts";
import type { PatternSegment } from "../checkpoint/repeats.ts";
import type { FoldedWeights } from "../quantization/folded-weights.ts";

/** A role, and how many weights of a group have it. */
export interface RoleShare {
  readonly role: string;
  readonly count: number;
}

/** Answers which bucket (`attention`, `experts`, …) weights belong to, as architecture tells it. */
export class WeightRoles {
  private readonly namesakes = new Map<string, Namesakes>();

  constructor(component: Component) {
    const { names } = component.table;
    for (const tensorRole of modelOf(component).tensorRoles) {
      const key = withoutNumbers(names.name(tensorRole.node));
      const known = this.namesakes.get(key);
      if (known === undefined) this.namesakes.set(key, new Namesakes(tensorRole));
      else known.add(tensorRole);
    }
  }

  /** The role of a tensor by its full name. */
  roleOf(tensor: string): string {
    return this.sharesOf({ example: "", segments: [], count: 1 }, tensor)[0]?.role ?? "unknown";
  }

  /**
   * The roles of all weights of a group: a layer that predicts ahead may fold with those of the main stack, and among
   * experts one may be stored as a buffer is.
   */
  sharesOf(
    { example, segments, count }: Pick<FoldedWeights, "example" | "segments" | "count">,
    parameter: string,
  ): RoleShare[] {
    const first = example === "" ? parameter : `${example}.${parameter}`;
    const known = this.namesakes.get(withoutNumbers(first));
    if (known === undefined) return [{ role: "unknown", count }];
    if (known.role !== null) return [{ role: known.role, count }];
    return known.sharesOf([...segments, ...parameter.split(".")]);
  }
}

/** Places whose names differ in numbers only. Layers, experts and other numbered siblings have one role nearly always. */
class Namesakes {
  /** Their one role; null where they differ. */
  role: string | null;
  private readonly tensorRoles: TensorRole[];
  /** Where roles differ, places by what stands at their first number: there may be as many as there are layers. */
  private byNumber: Map<string, TensorRole[]> | undefined;

  constructor(first: TensorRole) {
    this.role = first.bucket;
    this.tensorRoles = [first];
  }

  add(tensorRole: TensorRole): void {
    this.tensorRoles.push(tensorRole);
    if (tensorRole.bucket !== this.role) this.role = null;
  }

  /** How many of the names of a pattern have which role. */
  sharesOf(parts: readonly PatternSegment[]): RoleShare[] {
    this.byNumber ??= indexByNumber(this.tensorRoles);
    const near = new Set(spelled(firstNumbered(parts)).flatMap((text) => this.byNumber?.get(text) ?? []));
    const counts = new Map<string, number>();
    for (const tensorRole of near) {
      const count = countShared(tensorRole.segments, parts);
      if (count > 0) counts.set(tensorRole.bucket, (counts.get(tensorRole.bucket) ?? 0) + count);
    }
    return [...counts].map(([role, count]) => ({ role, count }));
  }
}

function indexByNumber(tensorRoles: readonly TensorRole[]): Map<string, TensorRole[]> {
  const index = new Map<string, TensorRole[]>();
  for (const tensorRole of tensorRoles)
    for (const text of spelled(firstNumbered(tensorRole.segments))) {
      const known = index.get(text);
      if (known === undefined) index.set(text, [tensorRole]);
      else known.push(tensorRole);
    }
  return index;
}

function firstNumbered(parts: readonly PatternSegment[]): PatternSegment {
  return parts.find((part) => typeof part !== "string" || /\d/.test(part)) ?? "";
}

function spelled(part: PatternSegment): string[] {
  return typeof part === "string" ? [part] : part.members.map((member) => `${part.prefix}${member}`);
}

/** How many names two patterns have in common: both are all combinations of their parts' members. */
function countShared(a: readonly PatternSegment[], b: readonly PatternSegment[]): number {
  if (a.length !== b.length) return 0;
  let count = 1;
  for (let k = 0; k < a.length && count > 0; k++)
    count *= countSharedMembers(a[k] as PatternSegment, b[k] as PatternSegment);
  return count;
}

function countSharedMembers(a: PatternSegment, b: PatternSegment): number {
  if (typeof a === "string" && typeof b === "string") return a === b ? 1 : 0;
  if (typeof b === "string") return countSharedMembers(b, a);
  if (typeof a === "string") return b.members.some((member) => `${b.prefix}${member}` === a) ? 1 : 0;
  if (a.prefix !== b.prefix) return 0;
  const members = new Set(a.members);
  return b.members.reduce((count, member) => count + (members.has(member) ? 1 : 0), 0);
}

function withoutNumbers(name: string): string {
  return name.replace(/\d+/g, "#");
}
