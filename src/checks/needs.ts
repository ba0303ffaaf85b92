import type { Absence, Component } from "../checkpoint/checkpoint.ts";
import { isWholeOfItsClass } from "../faults/signature/find.ts";
import { formatQuantity } from "../format/count.ts";
import { adapterOf } from "../kinds/adapter/facts.ts";
import type { Subject } from "./subject.ts";

/**
 * What checks can need, each with why it is not there (null where it is). A check that lacks what it needs is skipped
 * with the reason: it did not pass.
 */
export const NEEDS = {
  index: ({ component }: Subject) => (component.index === null ? "there is no index" : null),
  totalSize: ({ component }: Subject) => {
    if (component.index === null) return "there is no index";
    return component.index.totalSize === null ? "the index claims no total_size" : null;
  },
  /** Sums and claims about files mean nothing where the files have faults of their own. */
  undamaged: ({ component }: Subject) =>
    component.isDamaged ? "files are damaged, as other checks tell" : null,
  config: ({ claims }: Subject) => (claims.exists ? null : "there is no usable config.json"),
  whole: lackOfWholeness,
  /** For a class whose tensors are all there, what names and numbers would say of a lack is none. */
  doubt: ({ component }: Subject) =>
    isWholeOfItsClass(component) ? "all that its class has is stored" : null,
  layers: (subject: Subject) => {
    if (adapterOf(subject.component) !== null) return "it is an adapter: it has no layers of its own";
    return subject.model.main === undefined ? "there is no list of layers" : null;
  },
  quantized: ({ quantization }: Subject) =>
    quantization.auxiliaryElements(quantization.kinds.root) === 0 ? "no scales are stored" : null,
  adapter: ({ component }: Subject) =>
    component.configs.has("adapter_config.json") ? null : "it is no adapter: there is no adapter_config.json",
  pipeline: ({ checkpoint }: Subject) =>
    checkpoint.pipeline ? null : "it is no pipeline: no file describes its parts",
  original: ({ options, component }: Subject) => {
    if (!options.original) return "no original was given (--against)";
    return adapterOf(component) === null ? null : "it is an adapter: its modules are held against the base";
  },
  base: ({ options, component }: Subject) => {
    if (adapterOf(component) === null) return "it is no adapter";
    return options.original ? null : "no base was given (--against)";
  },
  values: ({ options }: Subject) => (options.values ? null : "scale values were not asked for (--values)"),
  tensorParallel: ({ options }: Subject) =>
    options.engines
      ? "the engines that were named judge the plan"
      : options.tensorParallel
        ? null
        : "no number of slices was given (--tp)",
  expertParallel: ({ options }: Subject) =>
    options.engines
      ? "the engines that were named judge the plan"
      : options.expertParallel
        ? null
        : "no number of slices was given (--ep)",
  engines: ({ options }: Subject) => (options.engines ? null : "no engine was asked for (--engine)"),
  expectations: ({ options }: Subject) =>
    Object.keys(options.expectations ?? {}).length > 0 ? null : "nothing was expected (--expect-…, --max-…)",
} as const satisfies Record<string, (subject: Subject) => string | null>;

export type Need = keyof typeof NEEDS;

/** Tensors of shards that were not read are unknown, not missing: whatever asks for all of them has to wait. */
function lackOfWholeness({ component }: Subject): string | null {
  if (component.absence !== null) return ABSENCES[component.absence](component);
  return component.kinds.root < 0 || component.table.count === 0 ? "there is no tensor" : null;
}

const ABSENCES: Readonly<Record<Absence, (component: Component) => string>> = {
  unread: ({ shards }) => {
    const unread = shards.filter((shard) => shard.status === "unreadable").length;
    return `${formatQuantity(unread, "shard")} of ${shards.length} could not be read: their tensors are unknown`;
  },
  "one-shard": () => "one shard of several was given: the tensors of the others are unknown",
  filtered: () => "tensors were left out by --include or --exclude",
};
