import { PlaceSet } from "../../checkpoint/place-set.ts";
import type { DeclaredAdapter } from "../../kinds/adapter/declared.ts";
import { adapterOf } from "../../kinds/adapter/facts.ts";
import type { AdapterModule } from "../../kinds/adapter/modules.ts";
import { PEFT_PREFIX } from "../../kinds/adapter/naming.ts";
import { type Fault, fault } from "../fault.ts";
import type { Scene } from "../scene.ts";

/** Targets of `adapter_config.json` that nothing is stored for, and what is stored for no target. */
export function findMissingTargets({ component }: Scene): Fault[] {
  const adapter = component.configs.has("adapter_config.json") ? adapterOf(component) : null;
  if (adapter === null) return [];
  const { declared, modules, tensors } = adapter;
  const unapplied = namesUnapplied(component);
  if (unapplied.length > 0) return unapplied;
  const [first] = modules;
  const isOfPeft = declared.type !== null && declared.scale === null;
  if (first !== undefined && isOfPeft && !modules.some(({ name }) => name.startsWith(PEFT_PREFIX)))
    return [fault("adapter.no-prefix", PlaceSet.named(first.name), { module: first.name }, "error")];
  const saved = new Set(tensors.whole.flatMap((row) => component.table.name(row).split(".")));
  return [
    ...missingTargets(declared, new Set(modules.flatMap(({ name }) => [...endingsOf(name)]))),
    ...declared.savedModules
      .filter((name) => !saved.has(name) && !isOneOfHeads(name, declared, saved))
      .map((module) => fault("adapter.unsaved", PlaceSet.named(module), { module, taskType: null })),
    ...lostHead(declared, tensors.whole.length),
    ...untargeted(declared, modules),
    ...beyondLastLayers(declared, modules),
  ];
}

/** Segments that PEFT's modules have in memory and its files do not: its loader puts them in once more, and finds nothing. */
const OF_MEMORY = [
  { pattern: /\.lora_(?:embedding_)?[AB]\.default(?:\.|$)/, segment: "default" },
  { pattern: /\.modules_to_save\.(?!bias$)/, segment: "modules_to_save" },
  { pattern: /\.original_module\.(?!bias$)/, segment: "original_module" },
] as const;

/** A state dict that was saved as it lay in memory, told by the first name of each sort. */
function namesUnapplied({ table }: Scene["component"]): Fault[] {
  const rows = OF_MEMORY.filter(({ segment }) => table.names.segments.find(segment) >= 0);
  if (rows.length === 0) return [];
  const found = new Map<string, Fault>();
  for (let row = 0; row < table.count && found.size < rows.length; row++) {
    const name = table.name(row);
    const sort = rows.find(({ pattern }) => pattern.test(name));
    if (sort !== undefined && !found.has(sort.segment))
      found.set(
        sort.segment,
        fault("adapter.of-memory", PlaceSet.named(name), { name, segment: sort.segment }, "error"),
      );
  }
  return [...found.values()];
}

/** Targets that nothing is stored for; those that are taken out again are none. */
function missingTargets(
  { targets, excluded, targetParameters }: DeclaredAdapter,
  adapted: ReadonlySet<string>,
): Fault[] {
  if (!Array.isArray(targets) || adapted.size === 0 || targetParameters.length > 0) return [];
  // A pattern that takes modules out is not judged: any of the targets may be meant.
  if (typeof excluded === "string") return [];
  const out = new Set(excluded ?? []);
  return (targets as readonly string[])
    .filter((target) => !adapted.has(target) && !out.has(target))
    .map((target) => fault("adapter.target-missing", PlaceSet.named(target), { target }));
}

/** PEFT lists both heads for classifiers, whichever of them the model has. */
const HEADS = ["classifier", "score"] as const;

function isOneOfHeads(name: string, { taskType }: DeclaredAdapter, saved: ReadonlySet<string>): boolean {
  const isClassifier = taskType === "SEQ_CLS" || taskType === "TOKEN_CLS";
  return isClassifier && (HEADS as readonly string[]).includes(name) && HEADS.some((head) => saved.has(head));
}

/** PEFT saves the head of a classifier unasked: without any whole tensor it is not here. */
function lostHead({ taskType, savedModules }: DeclaredAdapter, whole: number): Fault[] {
  if ((taskType !== "SEQ_CLS" && taskType !== "TOKEN_CLS") || savedModules.length > 0 || whole > 0) return [];
  return [fault("adapter.unsaved", PlaceSet.named("classifier"), { module: "classifier", taskType })];
}

/** Modules with factors that no target names: loaders make none for them, and leave the factors out. */
function untargeted(
  { targets, targetParameters, type }: DeclaredAdapter,
  modules: readonly AdapterModule[],
): Fault[] {
  if (!Array.isArray(targets) || targets.length === 0 || targetParameters.length > 0 || type === null)
    return [];
  const named = new Set(targets as readonly string[]);
  // One word stands for all linears, or for a pattern of a library's own.
  if (named.has("all-linear")) return [];
  const outside = modules.filter(
    ({ name, parts }) => !isOfBaseAlone(parts) && ![...endingsOf(name)].some((end) => named.has(end)),
  );
  const [first] = outside;
  // Where none is met the names are of another layout: that is told as such.
  if (first === undefined || outside.length === modules.length) return [];
  const at = new PlaceSet(PlaceSet.named(first.name).places, outside.length);
  return [fault("adapter.untargeted", at, { module: first.name, further: outside.length - 1 })];
}

/** What holds no factors is saved beside them: a base weight, a bias. */
function isOfBaseAlone(parts: AdapterModule["parts"]): boolean {
  for (const part of parts.keys()) if (part !== "base") return false;
  return true;
}

/** mlx-lm adapts the last layers, so many as it says: others are left out when it loads. */
function beyondLastLayers({ lastLayers }: DeclaredAdapter, modules: readonly AdapterModule[]): Fault[] {
  if (lastLayers === null || lastLayers <= 0) return [];
  const layers = new Set(modules.flatMap(({ path }) => /\blayers\.(\d+)\./.exec(path)?.[1] ?? []));
  if (layers.size <= lastLayers) return [];
  const data = { declared: lastLayers, layers: layers.size };
  return [fault("adapter.beyond-last", PlaceSet.named("num_layers"), data)];
}

/** A target is the end of a module's path, of any length: all of them, so that each target is one look-up. */
function* endingsOf(module: string): Generator<string> {
  for (let at = module.length; at > 0; ) {
    at = module.lastIndexOf(".", at - 1);
    yield module.slice(at + 1);
    if (at <= 0) return;
  }
}
