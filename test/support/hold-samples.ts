import { buildShard } from "../../fixtures/checkpoint-spec.ts";
import type { Component } from "../../src/checkpoint/checkpoint.ts";
import { loadCheckpoint } from "../../src/checkpoint/load.ts";
import type { Finding } from "../../src/checks/check.ts";
import { runChecks } from "../../src/checks/run.ts";
import { type Expectation, expectTensors } from "../../src/signatures/expect.ts";
import { holdingOf } from "../../src/signatures/held.ts";
import { withKey } from "../../src/signatures/question.ts";
import type { Value } from "../../src/signatures/signature.ts";
import type { SignatureStore } from "../../src/signatures/store.ts";
import { type MemoryFile, MemorySource } from "../../src/sources/memory.ts";
import type { Sample } from "../../tools/signatures/judge.ts";
import { MEMORY_FACTS } from "./checkpoint-builder.ts";

/** What `check` said of a sample: sound, with one key changed, with one tensor pattern bent. */
export interface Outcome {
  readonly kind: "sound" | "key" | "dropped" | "renamed" | "cut";
  /** What was done: the key or the pattern. */
  readonly what: string;
  readonly isRight: boolean;
  readonly findings: readonly string[];
}

/** Bends of each kind that are tried of one sample. */
export interface Choice {
  readonly most: number;
  /** Which of so many. */
  readonly pick: (count: number) => number;
}

/** Holds one sample as it is and bent in every way. Undefined where its class is not known for its configuration. */
export async function holdSample(
  sample: Sample,
  store: SignatureStore,
  { most, pick }: Choice,
): Promise<Outcome[] | undefined> {
  const config = configOf(sample);
  const { component, findings } = await checkTensors(config, sample.tensors);
  if (component === undefined || holdingOf(component).status !== "held") return undefined;
  const outcomes: Outcome[] = [outcome("sound", "", findings.length === 0, findings)];
  for (const [path, value] of take(changesOf(sample, config, store), most, pick)) {
    const changed = await checkTensors(withKey(config, path, value), sample.tensors);
    const named = changed.findings.filter(({ message }) => message.includes(path));
    outcomes.push(
      outcome("key", `${path} ${JSON.stringify(value).slice(0, 60)}`, named.length > 0, changed.findings),
    );
  }
  const patterns = foldNames(Object.keys(sample.tensors));
  for (const names of take([...patterns.values()], most, pick)) {
    const [first] = names as [string];
    const left = Object.fromEntries(Object.entries(sample.tensors).filter(([name]) => !names.includes(name)));
    const dropped = await checkTensors(config, left);
    outcomes.push(outcome("dropped", first, isPlaced(dropped.findings, first), dropped.findings));
    const renamed = { ...left };
    for (const name of names) renamed[otherName(name)] = sample.tensors[name] as readonly number[];
    const other = await checkTensors(config, renamed);
    outcomes.push(outcome("renamed", first, isPlaced(other.findings, first), other.findings));
    const shape = sample.tensors[first] as readonly number[];
    const axis = shape.findIndex((side) => side > 1);
    if (axis < 0) continue;
    const cut = { ...sample.tensors, [first]: shape.with(axis, (shape[axis] as number) - 1) };
    const short = await checkTensors(config, cut);
    outcomes.push(outcome("cut", first, isPlaced(short.findings, first), short.findings));
  }
  return outcomes;
}

/** `config.json` as the library saves it: with the class that was built. */
export function configOf({ config, library, class: className, modelType }: Sample): Record<string, unknown> {
  return library === "diffusers"
    ? { ...config, _class_name: className }
    : { model_type: modelType, ...config, architectures: [className] };
}

/** What `check` says of tensors of these shapes beside a configuration; infos are left out. */
export async function checkTensors(
  config: Readonly<Record<string, unknown>>,
  tensors: Sample["tensors"],
): Promise<{ component: Component | undefined; findings: Finding[] }> {
  const list = Object.entries(tensors).map(([name, shape]) => ({
    name,
    dtype: "F32" as const,
    shape,
    bytes: 4 * shape.reduce((all, side) => all * side, 1),
  }));
  const files = new Map<string, MemoryFile>([
    ["model.safetensors", buildShard(list)],
    ["config.json", { bytes: Buffer.from(JSON.stringify(config, null, 1)) }],
  ]);
  const checkpoint = await loadCheckpoint(new MemorySource(files, MEMORY_FACTS));
  const findings = runChecks(checkpoint).findings.filter(
    ({ severity, because, rule }) => severity !== "info" && because.length === 0 && !BESIDE.has(rule),
  );
  return { component: checkpoint.components[0], findings };
}

/** What is said of the small samples and not of their names and shapes. */
const BESIDE: ReadonlySet<string> = new Set(["dtype-unlike-config"]);

function outcome(
  kind: Outcome["kind"],
  what: string,
  isRight: boolean,
  findings: readonly Finding[],
): Outcome {
  return {
    kind,
    what,
    isRight,
    findings: findings.map(({ severity, rule, message }) => `${severity} ${rule} ${message}`),
  };
}

/** Whether a finding is about a tensor: names it, its module, or a list of layers that it is in. */
function isPlaced(findings: readonly Finding[], name: string): boolean {
  const folded = name.replace(/\d+/g, "#");
  return findings.some(({ where, message, modules, expected }) =>
    [where, message, expected, ...modules].some((text) =>
      text?.replace(/\{[^}]*\}|\*|\d+/g, "#").includes(folded.split(".").slice(0, -1).join(".") || folded),
    ),
  );
}

/** Keys with another value that changes what the class stores. */
function changesOf(
  sample: Sample,
  config: Readonly<Record<string, unknown>>,
  store: SignatureStore,
): (readonly [string, Value])[] {
  const signature = store.signatureFor({
    library: sample.library,
    className: sample.class,
    modelType: sample.modelType,
  });
  if (signature === undefined) return [];
  const before = expectTensors(signature, config, sample.layout);
  return leavesOf(config).flatMap(([path, value]) =>
    otherValues(value)
      .filter((other) => {
        const after = expectTensors(signature, withKey(config, path, other), sample.layout);
        return after.status === "known" && print(after) !== print(before);
      })
      .slice(0, 1)
      .map((other) => [path, other] as const),
  );
}

function otherValues(value: Value): Value[] {
  if (typeof value === "boolean") return [!value];
  if (typeof value === "number" && Number.isInteger(value) && value > 0) return [value * 2, value + 1];
  return [];
}

function leavesOf(config: Readonly<Record<string, unknown>>, prefix = ""): [string, Value][] {
  return Object.entries(config).flatMap(([key, value]): [string, Value][] => {
    if (typeof value === "object" && value !== null && !Array.isArray(value) && key.endsWith("_config"))
      return leavesOf(value as Record<string, unknown>, `${prefix}${key}.`);
    return [[prefix + key, value as Value]];
  });
}

/** What is expected, as text that tells two expectations apart; dimensions and places that are not known are the same. */
function print(expectation: Expectation): string {
  if (expectation.status !== "known") return expectation.status;
  return JSON.stringify(expectation.tensors.map(({ pattern, indices, shape }) => [pattern, indices, shape]));
}

function foldNames(names: readonly string[]): Map<string, string[]> {
  const folded = new Map<string, string[]>();
  for (const name of names) {
    const key = name.replace(/\.\d+(?=\.|$)/g, ".#");
    folded.set(key, [...(folded.get(key) ?? []), name]);
  }
  return folded;
}

/** As a slip of the pen makes it: a letter more in the module's name. */
function otherName(name: string): string {
  const segments = name.split(".");
  const at = segments.findLastIndex((segment, k) => k < segments.length - 1 && !/^\d+$/.test(segment));
  return segments.map((segment, k) => (k === Math.max(at, 0) ? `${segment}s` : segment)).join(".");
}

function take<One>(all: readonly One[], most: number, pick: (count: number) => number): One[] {
  const left = [...all];
  const taken: One[] = [];
  while (taken.length < most && left.length > 0) taken.push(...left.splice(pick(left.length), 1));
  return taken;
}
