import { PlaceSet } from "../../checkpoint/place-set.ts";
import { quoteForMessage } from "../../format/escape.ts";
import type { DeclaredAdapter } from "../../kinds/adapter/declared.ts";
import { adapterOf } from "../../kinds/adapter/facts.ts";
import type { AdapterModule } from "../../kinds/adapter/modules.ts";
import { defineCheck, type Seen } from "../check.ts";
import page from "./adapter-target-missing.md";

interface Target extends Seen {
  readonly text: string;
}

/** What PEFT puts before the name of every module that it adapts, and looks for when it loads. */
const PEFT_PREFIX = "base_model.model.";

/** Targets without a pair of matrices. */
export const adapterTargetMissing = defineCheck<Target>({
  id: "adapter-target-missing",
  family: "adapter",
  severity: "warning",
  title: "A target module of the adapter has no tensors",
  needs: ["whole", "adapter"],
  find: ({ component }) => {
    const adapter = adapterOf(component);
    if (adapter === null) return [];
    const { declared, modules, tensors } = adapter;
    const adapted = new Set(modules.flatMap(({ name }) => [...endingsOf(name)]));
    const saved = new Set(tensors.whole.flatMap((row) => [...segmentsOf(component.table.name(row))]));
    const [first] = modules;
    const isOfPeft = declared.type !== null && declared.scale === null;
    if (first !== undefined && isOfPeft && !modules.some(({ name }) => name.startsWith(PEFT_PREFIX)))
      return [withoutPrefix(first.name)];
    return [
      ...missingTargets(declared, adapted),
      ...declared.savedModules
        .filter((name) => !saved.has(name) && !isOneOfHeads(name, declared, saved))
        .map(notSaved),
      ...lostHead(declared, tensors.whole.length),
      ...untargeted(declared, modules),
      ...beyondLastLayers(declared, modules),
    ];
  },
  message: ({ text }) => text,
  fix: "Correct `target_modules` in `adapter_config.json`, or train and save the missing modules.",
  page,
});

/** Targets that nothing is stored for; those that are taken out again are none. */
function missingTargets(
  { targets, excluded, targetParameters }: DeclaredAdapter,
  adapted: ReadonlySet<string>,
): Target[] {
  if (!Array.isArray(targets) || adapted.size === 0 || targetParameters.length > 0) return [];
  // A pattern that takes modules out is not judged: any of the targets may be meant.
  if (typeof excluded === "string") return [];
  const out = new Set(excluded ?? []);
  return (targets as readonly string[])
    .filter((target) => !adapted.has(target) && !out.has(target))
    .map((target) => ({
      where: target,
      expected: "lora_A and lora_B",
      found: "none",
      text: `adapter_config.json targets ${quoteForMessage(target)}, and no tensor is stored for it`,
    }));
}

/** PEFT lists both heads for classifiers, whichever of them the model has. */
const HEADS = ["classifier", "score"] as const;

function isOneOfHeads(name: string, { taskType }: DeclaredAdapter, saved: ReadonlySet<string>): boolean {
  const isClassifier = taskType === "SEQ_CLS" || taskType === "TOKEN_CLS";
  return isClassifier && (HEADS as readonly string[]).includes(name) && HEADS.some((head) => saved.has(head));
}

function notSaved(name: string): Target {
  return {
    where: name,
    expected: "the module, whole",
    found: "none",
    text: `adapter_config.json saves ${quoteForMessage(name)} whole, and no tensor is stored for it`,
    fix: "Save the adapter again with the modules of `modules_to_save`, or take the name out of the list.",
  };
}

/** PEFT saves the head of a classifier unasked: without any whole tensor it is not here. */
function lostHead({ taskType, savedModules }: DeclaredAdapter, whole: number): Target[] {
  if ((taskType !== "SEQ_CLS" && taskType !== "TOKEN_CLS") || savedModules.length > 0 || whole > 0) return [];
  return [
    {
      where: "classifier",
      expected: "a head for labels",
      found: "none",
      text: `adapter_config.json says task_type ${taskType}, and no head for labels is stored: loaders start one at random`,
      fix: "Save the adapter again with its head (`classifier` or `score` in `modules_to_save`).",
    },
  ];
}

/** Modules with factors that no target names: loaders make none for them, and leave the factors out. */
function untargeted(
  { targets, targetParameters, type }: DeclaredAdapter,
  modules: readonly AdapterModule[],
): Target[] {
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
  return [
    {
      at: PlaceSet.named(first.name),
      count: outside.length,
      expected: "a target",
      found: "none",
      text: `${quoteForMessage(first.name)}${outside.length > 1 ? ` and ${outside.length - 1} further modules` : ""}: adapted, and no target in adapter_config.json`,
      fix: "Add the modules to `target_modules`; loaders leave them out as it is.",
    },
  ];
}

/** What holds no factors is saved beside them: a base weight, a bias. */
function isOfBaseAlone(parts: AdapterModule["parts"]): boolean {
  for (const part of parts.keys()) if (part !== "base") return false;
  return true;
}

/** mlx-lm adapts the last layers, so many as it says: others are left out when it loads. */
function beyondLastLayers({ lastLayers }: DeclaredAdapter, modules: readonly AdapterModule[]): Target[] {
  if (lastLayers === null || lastLayers <= 0) return [];
  const layers = new Set(modules.flatMap(({ path }) => /\blayers\.(\d+)\./.exec(path)?.[1] ?? []));
  if (layers.size <= lastLayers) return [];
  return [
    {
      where: "num_layers",
      expected: String(lastLayers),
      found: String(layers.size),
      text: `adapter_config.json says num_layers ${lastLayers}, and ${layers.size} layers are adapted: those before the last ${lastLayers} are left out`,
      fix: "Set `num_layers` to the number of adapted layers.",
    },
  ];
}

function* segmentsOf(name: string): Generator<string> {
  yield* name.split(".");
}

function withoutPrefix(module: string): Target {
  return {
    severity: "error",
    at: PlaceSet.named(module),
    expected: `${PEFT_PREFIX}${module}`,
    found: module,
    text: `no name begins with "${PEFT_PREFIX}", first ${quoteForMessage(module)}: loaders of PEFT adapters find nothing and run the base model`,
    fix: `Put "${PEFT_PREFIX}" before every name of the adapter.`,
  };
}

/** A target is the end of a module's path, of any length: all of them, so that each target is one look-up. */
function* endingsOf(module: string): Generator<string> {
  for (let at = module.length; at > 0; ) {
    at = module.lastIndexOf(".", at - 1);
    yield module.slice(at + 1);
    if (at <= 0) return;
  }
}
