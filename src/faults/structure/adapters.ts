import type { Component } from "../../checkpoint/checkpoint.ts";
import type { ModuleKinds } from "../../checkpoint/module-kinds.ts";
import { isUnderscored } from "../../kinds/adapter/dotted-names.ts";
import { type Adapter, adapterOf } from "../../kinds/adapter/facts.ts";
import type { AdapterModule } from "../../kinds/adapter/modules.ts";
import { prefixOf } from "../../kinds/adapter/naming.ts";
import { ROOT } from "../../safetensors/tensor-names.ts";
import type { Fault } from "../fault.ts";
import type { Scene } from "../scene.ts";
import { judgeDeclaredSizes, judgeMagnitude, judgeMethod, judgeRanks } from "./adapter-declared.ts";
import { Found } from "./adapter-found.ts";
import { judgeSets } from "./adapter-sets.ts";

/** Names that come together: one without the others is worth nothing. Of each set all have to be there, or none. */
const SETS: readonly (readonly string[])[] = [
  ["lora_A", "lora_B"],
  ["lora_down", "lora_up"],
  ["lora_a", "lora_b"],
  ["lora_embedding_A", "lora_embedding_B"],
  ["down", "up"],
  ["hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b"],
  ["lokr_w1_a", "lokr_w1_b"],
  ["lokr_w2_a", "lokr_w2_b"],
  ["vera_lambda_b", "vera_lambda_d"],
  ["delora_A", "delora_B"],
  ["hira_A", "hira_B"],
  ["shira_weight", "shira_indices"],
  ["vblora_logits_A", "vblora_logits_B"],
  ["adaption_prompt", "adaption_gate"],
];

const SET_OF: ReadonlyMap<string, readonly string[]> = new Map(
  SETS.flatMap((set) => set.map((name) => [name, set] as const)),
);

/** What is wrong with the modules of an adapter: halves, ranks, magnitudes, alphas, names. */
export function findBrokenPairs({ component }: Scene): Fault[] {
  const adapter = adapterOf(component);
  const found = new Found();
  findUnpaired(component, found);
  if (adapter !== null) {
    for (const module of adapter.modules) {
      judgeRanks(module, adapter.declared, found);
      judgeMagnitude(module, adapter, found);
      judgeEnd(module, found);
    }
    judgeSets(component, adapter, found);
    judgeMethod(adapter, found);
    judgeDeclaredSizes(component, adapter, found);
    judgeAlphas(adapter, found);
    judgeNamings(adapter, found);
    judgeVectors(component, adapter, found);
  }
  return found.faults();
}

type Row = number;

interface Pair {
  readonly set: readonly string[];
  readonly leaf: string;
  readonly rows: Map<string, Row>;
}

/** The sets that a checkpoint has any name of, by the numbers of its segments. */
type SetsBySegment = ReadonlyMap<number, readonly string[]>;

/**
 * Whether the names of some set are not all there, or not with the same tensors below: asked of each kind of module once,
 * where modules are thousands.
 */
function mayLackHalves(kinds: ModuleKinds, setOf: SetsBySegment): boolean {
  const known = new Map<number, string>();
  /** Paths of the tensors below, as one text; biases come and go with either half. */
  const tensorsBelow = (kind: number): string => {
    let text = known.get(kind);
    if (text === undefined) {
      text = kinds.tensorRow(kind) === undefined ? "" : "=";
      for (let at = 0; at < kinds.childCount(kind); at++) {
        const name = kinds.childName(kind, at);
        if (name !== "bias") text += `(${name}${tensorsBelow(kinds.childKind(kind, at))})`;
      }
      known.set(kind, text);
    }
    return text;
  };
  for (let kind = 0; kind < kinds.count; kind++) {
    const halves = new Map<string, string>();
    const sets = new Set<readonly string[]>();
    for (let at = 0; at < kinds.childCount(kind); at++) {
      const set = setOf.get(kinds.childSegment(kind, at));
      if (set === undefined) continue;
      sets.add(set);
      halves.set(kinds.childName(kind, at), tensorsBelow(kinds.childKind(kind, at)));
    }
    for (const set of sets)
      if (set.some((name) => !halves.has(name) || halves.get(name) !== halves.get(set[0] as string)))
        return true;
  }
  return false;
}

/** Walks the tensors once, where any name of a set occurs; those of one set are kept by what is before and behind it. */
function findUnpaired({ kinds, table }: Component, found: Found): void {
  const { names } = table;
  const setOf = new Map<number, readonly string[]>();
  for (const [name, set] of SET_OF) {
    const segment = names.segments.find(name);
    if (segment >= 0) setOf.set(segment, set);
  }
  if (setOf.size === 0 || !mayLackHalves(kinds, setOf)) return;
  const text = (node: number) => names.segments.text(names.segment(node));
  const pairs = new Map<string, Pair>();
  for (let row = 0; row < table.count; row++) {
    let at = table.nodes.data[row] as number;
    let behind = "";
    let set: readonly string[] | undefined;
    for (; at !== ROOT; at = names.parent(at)) {
      set = setOf.get(names.segment(at));
      if (set !== undefined) break;
      behind = `.${text(at)}${behind}`;
    }
    if (set === undefined || behind.endsWith(".bias")) continue;
    const leaf = text(at);
    const above = names.parent(at);
    if ((leaf === "down" || leaf === "up") && !(above !== ROOT && /lora\d?$/.test(text(above)))) continue;
    const key = `${above} ${set[0]} ${behind}`;
    const known = pairs.get(key) ?? { set, leaf, rows: new Map<string, Row>() };
    pairs.set(key, known);
    known.rows.set(leaf, row);
  }
  for (const { set, leaf, rows } of pairs.values())
    if (rows.size < set.length) tellHalf(table, { set, leaf, rows }, found);
}

function tellHalf(table: Scene["component"]["table"], { set, leaf, rows }: Pair, found: Found): void {
  const [row] = rows.values();
  if (row === undefined) return;
  const own = table.name(row).split(".");
  const at = own.lastIndexOf(leaf);
  const lacking = set.filter((name) => !rows.has(name));
  found.add("adapter.unpaired", own.join("."), {
    lacking: lacking.map((name) => own.with(at, name).join(".")),
    module: own.slice(0, at).join("."),
    data: { leaf: lacking.join(", ") },
  });
}

/** A name of kohya's that ends in an underscore: its loaders know each module by its whole name. */
function judgeEnd({ name }: AdapterModule, found: Found): void {
  if (name.endsWith("_") && isUnderscored(name)) found.add("adapter.odd-end", name, { data: { name } });
}

/** A module without alpha is scaled by 1 beside modules that are not. */
function judgeAlphas({ modules }: Adapter, found: Found): void {
  const scaled = modules.filter(({ parts }) => parts.has("a") || parts.has("w1a") || parts.has("w2a"));
  for (const { name, parts } of scaled) {
    const shape = parts.get("alpha")?.shape;
    if (shape?.some((size) => size !== 1)) found.add("adapter.alpha-shape", name, { data: { shape } });
  }
  const without = scaled.filter(({ parts }) => !parts.has("alpha"));
  if (without.length === 0 || without.length === scaled.length) return;
  for (const { name } of without)
    found.add("adapter.alphas", name, { data: { others: scaled.length - without.length } });
}

/** Loaders know a file by the names of its first modules, and skip those of another convention. */
function judgeNamings({ modules, declared }: Adapter, found: Found): void {
  const namings = new Map<string, AdapterModule[]>();
  for (const module of modules) {
    // Beside names of PEFT those without its prefix are lost; other conventions have names without one.
    const naming = prefixOf(module.name) || (declared.from === "adapter_config.json" ? PLAIN_NAMES : "");
    if (naming === "") continue;
    const known = namings.get(naming);
    if (known === undefined) namings.set(naming, [module]);
    else known.push(module);
  }
  const [most, ...rest] = [...namings].sort((a, b) => b[1].length - a[1].length);
  if (most === undefined) return;
  for (const [naming, own] of rest)
    for (const { name } of own) found.add("adapter.namings", name, { data: { naming, usual: most[0] } });
}

/** What names without any known prefix are called. */
const PLAIN_NAMES = "no convention";

/** Both encoders of SDXL read one word: it has as many vectors for each. */
function judgeVectors({ table }: Scene["component"], { tensors }: Adapter, found: Found): void {
  const [one, other] = ["clip_l", "clip_g"].map((name) =>
    tensors.shared.find(({ row }) => table.name(row) === name),
  );
  const [vectors, others] = [one?.shape[0], other?.shape[0]];
  if (vectors !== undefined && others !== undefined && vectors !== others)
    found.add("adapter.vectors", "clip_l", { data: { vectors, other: others } });
}
