import { PatternJoiner } from "../../checkpoint/pattern-joiner.ts";
import { PlaceSet } from "../../checkpoint/place-set.ts";
import type { PatternSegment } from "../../checkpoint/repeats.ts";
import type { DeclaredAdapter } from "../../kinds/adapter/declared.ts";
import { type Adapter, adapterOf, rankOfPart } from "../../kinds/adapter/facts.ts";
import type { AdapterModule } from "../../kinds/adapter/modules.ts";
import { prefixOf } from "../../kinds/adapter/naming.ts";
import { ROOT } from "../../safetensors/tensor-names.ts";
import { type Fault, fault } from "../fault.ts";
import type { Scene } from "../scene.ts";
import type { StructureData } from "./data.ts";

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
];

const SET_OF: ReadonlyMap<string, readonly string[]> = new Map(
  SETS.flatMap((set) => set.map((name) => [name, set] as const)),
);

/** What is wrong with the modules of an adapter: halves, ranks, magnitudes, alphas, names. */
export function findBrokenPairs({ component }: Scene): Fault[] {
  const { table } = component;
  const adapter = adapterOf(component);
  const found = new Found();
  findUnpaired(table, found);
  if (adapter !== null) {
    for (const module of adapter.modules) {
      judgeRanks(module, adapter.declared, found);
      judgeMagnitude(module, adapter, found);
    }
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

/** Walks the tensors once, where any name of a set occurs; those of one set are kept by what is before and behind it. */
function findUnpaired(table: Scene["component"]["table"], found: Found): void {
  const { names } = table;
  const setOf = new Map<number, readonly string[]>();
  for (const [name, set] of SET_OF) {
    const segment = names.segments.find(name);
    if (segment >= 0) setOf.set(segment, set);
  }
  if (setOf.size === 0) return;
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

/** Halves of two ranks, and ranks that are not as declared; told once for a module, at its first factor. */
function judgeRanks(module: AdapterModule, declared: DeclaredAdapter, found: Found): void {
  const { parts, rank } = module;
  for (const [one, two] of [
    ["a", "b"],
    ["w1a", "w1b"],
    ["w2a", "w2b"],
  ] as const) {
    const [a, b] = [parts.get(one), parts.get(two)];
    if (a === undefined || b === undefined) continue;
    const [own, other] = [rankOfPart(a), rankOfPart(b)];
    if (own !== null && other !== null && own !== other)
      return found.add("adapter.ranks", module.name, { data: { rank: own, other } });
  }
  if (rank === null || declared.from !== "adapter_config.json") return;
  const wanted = declaredRank(module.name, declared);
  // AdaLoRA prunes what it began with.
  const isPruned = declared.type === "ADALORA" && wanted !== null && rank < wanted;
  if (wanted !== null && wanted !== rank && module.parts.has("a") && !isPruned)
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

function judgeMagnitude({ parts, name }: AdapterModule, { declared }: Adapter, found: Found): void {
  const hasPair = parts.has("a") || parts.has("b");
  if (declared.usesMagnitudes && hasPair && !parts.has("magnitude"))
    found.add("adapter.magnitude", name, { data: { lacks: "magnitude" } });
  else if (parts.has("magnitude") && !hasPair)
    found.add("adapter.magnitude", name, { data: { lacks: "pair" } });
}

/** A module without alpha is scaled by 1 beside modules that are not. */
function judgeAlphas({ modules }: Adapter, found: Found): void {
  const scaled = modules.filter(({ parts }) => parts.has("a") || parts.has("w1a") || parts.has("w2a"));
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

type Kind = Extract<keyof StructureData, `adapter.${string}`>;

interface Seen {
  readonly kind: Kind;
  readonly data: object;
  readonly at: PatternJoiner;
  readonly lacking: PatternJoiner;
  readonly module: PatternJoiner;
  count: number;
}

/** What was found, alike places together. */
class Found {
  private readonly groups = new Map<string, Seen>();

  add(
    kind: Kind,
    name: string,
    { data, lacking = [], module = name }: { data: object; lacking?: readonly string[]; module?: string },
  ): void {
    const key = JSON.stringify([kind, data, name.replace(/\d+/g, "#")]);
    let seen = this.groups.get(key);
    if (seen === undefined) {
      seen = {
        kind,
        data,
        at: new PatternJoiner(),
        lacking: new PatternJoiner(),
        module: new PatternJoiner(),
        count: 0,
      };
      this.groups.set(key, seen);
    }
    seen.count++;
    seen.at.add(name.split("."));
    seen.module.add(module.split("."));
    for (const each of lacking) seen.lacking.add(each.split("."));
  }

  faults(): Fault[] {
    return Array.from(this.groups.values(), ({ kind, data, at, lacking, module, count }) => {
      const isTensor = kind === "adapter.unpaired";
      const place = isTensor
        ? PlaceSet.tensorPaths(at.patterns(), count)
        : PlaceSet.modules(at.patterns(), count);
      const more = isTensor
        ? { lacking: places(lacking), module: PlaceSet.modules(module.patterns(), count) }
        : {};
      return fault(kind, place, { ...data, ...more } as StructureData[Kind]);
    });
  }
}

function places(joiner: PatternJoiner): PlaceSet {
  const patterns: (readonly PatternSegment[])[] = joiner.patterns();
  return PlaceSet.tensorPaths(patterns);
}
