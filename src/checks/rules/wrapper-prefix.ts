import type { PlaceSet } from "../../checkpoint/place-set.ts";
import { quoteForMessage } from "../../format/escape.ts";
import type { TensorTable } from "../../safetensors/tensor-table.ts";
import { defineCheck, type Seen } from "../check.ts";
import { findTensors, tensorsAt } from "../places.ts";
import page from "./wrapper-prefix.md";

interface Wrapped extends Seen {
  readonly wrapper: string;
}

const PEFT_WRAPPER = "base_model.model";

/** PEFT's own wrapper behind another prefix, where no loader takes it off. */
const NESTED = /.\.(base_model\.model)\./;

/** Segments that only wrappers of training frameworks add, wherever they stand; those below only at the start. */
const ANYWHERE = ["_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "_forward_module"];
// What PEFT wraps has a name of its own, and no numbers in it: `base_layer.0` is a list of some CNNs.
const WRAPPERS = new RegExp(
  `(?:^|\\.)(${ANYWHERE.join("|")})\\.|^(module)\\.|^(base_model\\.model)\\.|\\.(base_layer)\\.(?!\\d)`,
);
/** Without one of these no name has a wrapper. */
const SEGMENTS = [...ANYWHERE, "base_layer", "module", "base_model"];

function hasLora(table: TensorTable): boolean {
  for (let row = 0; row < table.count; row++) if (/\.lora_[^.]+/.test(table.name(row))) return true;
  return false;
}

/** Names as a training wrapper left them. */
export const wrapperPrefix = defineCheck<Wrapped>({
  id: "wrapper-prefix",
  family: "structure",
  severity: "error",
  title: "Names carry the prefix of a training wrapper",
  needs: ["doubt"],
  find: ({ component }) => {
    const { table } = component;
    if (!table.names.segments.hasAny(SEGMENTS)) return [];
    // In an adapter the prefix is right: it names the model that the adapter goes around.
    let isAdapter: boolean | undefined;
    const isBare = () => {
      isAdapter ??= component.configs.has("adapter_config.json") || hasLora(table);
      return !isAdapter;
    };
    const wrapperOf = (name: string) => {
      const nested = NESTED.exec(name)?.[1];
      if (nested !== undefined) return nested;
      const match = WRAPPERS.exec(name);
      return match?.[1] ?? match?.[2] ?? match?.[4] ?? (match !== null && isBare() ? match[3] : undefined);
    };
    const counts = new Map<string, { count: number; first: PlaceSet }>();
    for (const group of findTensors(component, (row) => wrapperOf(table.name(row)) !== undefined)) {
      const wrapper = wrapperOf(table.names.name(group.node)) as string;
      const known = counts.get(wrapper);
      if (known === undefined)
        counts.set(wrapper, { count: group.count, first: tensorsAt(group).at.first() });
      else known.count += group.count;
    }
    return [...counts].map(([wrapper, { count, first }]) => ({
      // An adapter's loader takes the wrapper off where it stands first, and nowhere else: it then finds nothing, silently.
      ...(wrapper === PEFT_WRAPPER && !isBare() ? { severity: "warning" as const } : {}),
      at: first,
      count,
      wrapper,
      expected: first.format(1)?.replace(`${wrapper}.`, "") ?? null,
      found: wrapper,
    }));
  },
  message: ({ wrapper, count, expected }, where) =>
    `${quoteForMessage(where ?? "")}${(count ?? 1) > 1 ? ` and ${(count ?? 1) - 1} further tensors` : ""}: the segment "${wrapper}" is of a training wrapper; loaders look for ${quoteForMessage(expected ?? "")}`,
  fix: "Strip the wrapper prefix from all names before saving.",
  page,
});
