import type { Component } from "../../checkpoint/checkpoint.ts";
import { lineOfKey } from "../../checkpoint/config.ts";
import { PlaceSet } from "../../checkpoint/place-set.ts";
import { NONE } from "../../safetensors/tensor-names.ts";
import { type Fault, fault } from "../fault.ts";
import type { Scene } from "../scene.ts";
import type { PinData } from "./data.ts";
import { pinnedOf } from "./pinned.ts";
import type { Pin } from "./rows.ts";

/** What a configuration says otherwise than the headers, of what no signature knows: each key once. */
export function findUnpinned({ component }: Scene): Fault[] {
  const pinned = pinnedOf(component);
  if (pinned === undefined) return [];
  const { className, config, pins } = pinned;
  const broken = new Broken(className, config);
  for (const pin of pins)
    for (const [path, indices] of placesOf(component, pin.path))
      judge(component, pin, { path, indices, config }, broken);
  return broken.faults();
}

interface Asked {
  readonly path: string;
  readonly indices: Readonly<Record<string, number>>;
  readonly config: unknown;
}

function judge(component: Component, pin: Pin, { path, ...around }: Asked, broken: Broken): void {
  const node = nodeOf(component, path);
  if (pin.about === "always") {
    if (node === NONE) broken.lost(path);
    return;
  }
  const expected = pin.is.reckon(around);
  if (expected === undefined || expected < 0) return;
  const stored = storedOf(component, pin, node);
  if (stored !== undefined && stored !== expected) broken.add(pin, path, { expected, stored });
}

function storedOf(
  { table, kinds }: Component,
  pin: Exclude<Pin, { about: "always" }>,
  node: number,
): number | undefined {
  if (pin.about === "presence") return node === NONE ? 0 : 1;
  if (node === NONE) return undefined;
  if (pin.about !== "side") return countMembers(kinds, kinds.kindOf(node));
  const row = table.rowAt(node);
  return row === undefined ? undefined : table.shape(row)[pin.axis];
}

/** Members have numbers; what else stands in a list is none (a `*` of a save gone wrong). */
function countMembers(kinds: Component["kinds"], list: number): number {
  let count = 0;
  for (let at = 0; at < kinds.childCount(list); at++) if (/^\d+$/.test(kinds.childName(list, at))) count++;
  return count;
}

function nodeOf({ table, kinds }: Component, path: string): number {
  const node = table.names.find(path);
  return node === NONE || kinds.kindOf(node) === NONE ? NONE : node;
}

/** Members of one list that are asked: no class here has more. */
const MAX_MEMBERS = 200;

/** The path itself, or with each member of the list in place of `{i}`. */
function* placesOf(
  component: Component,
  path: string,
): Generator<readonly [string, Readonly<Record<string, number>>]> {
  const at = path.indexOf(".{i}");
  if (at < 0) {
    yield [path, {}];
    return;
  }
  for (let i = 0; i < MAX_MEMBERS && nodeOf(component, `${path.slice(0, at)}.${i}`) !== NONE; i++)
    yield [path.replace("{i}", String(i)), { i }];
}

type Numbers = Pick<PinData, "expected" | "stored">;

/** Pins that do not hold, those of one key together: the first is told, the others are counted. */
class Broken {
  private readonly className: string;
  private readonly config: unknown;
  private readonly byKey = new Map<string, { data: PinData; paths: string[] }>();
  private readonly absent: string[] = [];

  constructor(className: string, config: unknown) {
    this.className = className;
    this.config = config;
  }

  lost(path: string): void {
    this.absent.push(path);
  }

  add(pin: Exclude<Pin, { about: "always" }>, path: string, numbers: Numbers): void {
    const { about, is } = pin;
    const key = is.keys.join(" ");
    const known = this.byKey.get(key);
    if (known !== undefined) {
      known.paths.push(path);
      return;
    }
    const [first = ""] = is.keys;
    const { config, className } = this;
    const line = typeof config === "object" && config !== null ? (lineOfKey(config, first) ?? null) : null;
    const axis = pin.about === "side" ? pin.axis : null;
    this.byKey.set(key, {
      data: { about, axis, path, formula: is.text, className, line, ...numbers },
      paths: [path],
    });
  }

  faults(): Fault[] {
    const { className } = this;
    return [
      ...Array.from(this.byKey.values(), ({ data, paths }) =>
        fault("pin.unlike", placesAt(paths), data, isPassedOver(data) ? "warning" : "error"),
      ),
      ...(this.absent.length === 0
        ? []
        : [fault("weights.missing", placesAt(this.absent), { against: className })]),
    ];
  }
}

/** What is stored although the configuration says otherwise is passed over by loaders: wrong results and no refusal. */
function isPassedOver({ about, expected }: PinData): boolean {
  return about === "presence" && expected === 0;
}

function placesAt(paths: readonly string[]): PlaceSet {
  return PlaceSet.tensorPaths(paths.map((path) => path.split(".")));
}
