import { analysePrecision } from "../analysis/precision.ts";
import { hasPath } from "../analysis/tree.ts";
import type { Component } from "../checkpoint/checkpoint.ts";
import { UnfoldError } from "../errors.ts";
import { quoteForMessage } from "../format/escape.ts";
import { findNearest } from "../format/nearest.ts";
import { formatIndexRanges } from "../format/ranges.ts";
import { withDots } from "../kinds/adapter/dotted-component.ts";
import { layersOf, weightModulesOf } from "../quantization/folded-weights.ts";
import { looser, looserWords, NamesSeen } from "./near-names.ts";

type Components = readonly Component[];

/** Says that `--layer` and `--module` chose no module, and which there are. */
export function refuseModules(components: Components, chosen: { layer?: number; module?: string }): never {
  const { layer, module } = chosen;
  const matching = (options: { layer?: number; module?: string }) =>
    components.reduce((sum, component) => sum + analysePrecision(component, options).modules.length, 0);
  if (module !== undefined && matching({ module }) === 0) {
    const more = () => looserWords(module, matching({ module: looser(module) }), "kinds of modules");
    const hint = [seenIn(components).nearTo(module) || more(), LIST_MODULES];
    throw refusal(`--module: no module matches ${quoteForMessage(module)}`, hint);
  }
  const numbers = new Set(components.flatMap((each) => weightModulesOf(each).flatMap(layersOf)));
  const here = formatIndexRanges([...numbers].sort((a, b) => a - b));
  const hint = here === "" ? "No layers are numbered here." : `Layers here: ${here}.`;
  const which = module === undefined ? "no module" : `no module that matches ${quoteForMessage(module)}`;
  throw refusal(`--layer: ${which} is in layer ${layer}`, [hint, LIST_MODULES]);
}

const LIST_MODULES = "`unfold tree SOURCE` shows all modules.";

/** Says which of the paths to expand no component has, and what is there in its place. */
export function refusePaths(components: Components, paths: readonly string[]): void {
  const missing = paths.find((path) => !components.some((component) => hasPath(component, path)));
  if (missing === undefined) return;
  const howTo = "Paths are those of the tree, from its root; `--expand all` opens everything.";
  const hints = [placeWords(components.map(withDots), missing), howTo];
  throw refusal(`--expand: there is no module ${quoteForMessage(missing)}`, hints);
}

/** Names told one by one of a module's parts. */
const MAX_TOLD = 8;

/** What the last module on the way to a path holds: `"model.layers" holds 0-29.` */
function placeWords(components: Components, path: string): string {
  const words = path.split(".");
  const isHere = (length: number) =>
    components.some((each) => hasPath(each, words.slice(0, length).join(".")));
  let length = words.length - 1;
  while (length > 0 && !isHere(length)) length--;
  const place = words.slice(0, length).join(".");
  const parts = partsBelow(components, place === "" ? "" : `${place}.`);
  const near = findNearest(words[length] as string, parts);
  const whose = place === "" ? "The root" : quoteForMessage(place);
  if (near !== undefined && !/^\d+$/.test(near))
    return `Did you mean ${quoteForMessage([...words.slice(0, length), near, ...words.slice(length + 1)].join("."))}?`;
  return `${whose} holds ${listed(parts)}.`;
}

function partsBelow(components: Components, prefix: string): string[] {
  const parts = new Set<string>();
  for (const { table } of components)
    for (let row = 0; row < table.count; row++) {
      const name = table.name(row);
      if (name.startsWith(prefix)) parts.add(name.slice(prefix.length).split(".", 1)[0] as string);
    }
  return [...parts];
}

/** Numbers as ranges, names one by one. */
function listed(parts: readonly string[]): string {
  const numbers = parts.filter((part) => /^\d{1,9}$/.test(part)).map(Number);
  const names = parts.filter((part) => !/^\d{1,9}$/.test(part)).map(quoteForMessage);
  const told = names.slice(0, MAX_TOLD);
  const ranges = numbers.length === 0 ? [] : [formatIndexRanges(numbers.sort((a, b) => a - b))];
  const more = names.length > told.length ? [`${names.length - told.length} more`] : [];
  return [...ranges, ...told, ...more].join(", ");
}

function refusal(message: string, hints: readonly string[]): UnfoldError {
  return new UnfoldError("USAGE", { message }, { hint: hints.filter((each) => each !== "").join(" ") });
}

function seenIn(components: Components): NamesSeen {
  const seen = new NamesSeen();
  for (const { table } of components) for (let row = 0; row < table.count; row++) seen.add(table.name(row));
  return seen;
}
