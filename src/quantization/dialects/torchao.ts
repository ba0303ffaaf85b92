import { member } from "../../checkpoint/config.ts";
import { type DeclaredActivations, dynamicInputs, staticInputs } from "../activations.ts";
import { NO_WEIGHT, type Override } from "../declaration.ts";
import type { DeclaredNumbers } from "../declared-numbers.ts";
import { makeRule } from "../name-rules.ts";
import type { DeclaredWeight } from "../scheme.ts";
import { entries, type Parsed, SKIP_LISTS, text, withIgnored } from "./fields.ts";

/** `{"quant_type": {"default": {"_type": …, "_data": {"group_size": 128}}}}`; older ones have `quant_type_kwargs`. */
export function parseTorchao(config: object, method: string, numbers: DeclaredNumbers): Parsed {
  const given = member(member(config, "quant_type"), "default");
  const byName = entries(
    member(member(given, "_data"), "fqn_to_config") ?? member(member(given, "_data"), "module_fqn_to_config"),
  );
  const usual = byName.length === 0 ? given : member(Object.fromEntries(byName), "_default");
  const old = numbers.group(member(config, "quant_type_kwargs"), "group_size");
  const weight = { ...torchaoWeight(method, usual, numbers), ...(old == null ? {} : { group: old }) };
  const overrides = byName
    .filter(([name]) => name !== "_default")
    .map(
      ([name, value]): Override => ({
        rule: makeRule(name, "torchao"),
        weight: value === null ? "plain" : torchaoWeight(method, value, numbers),
      }),
    );
  const hasDefault = byName.length === 0 || usual != null;
  return {
    ...withIgnored(config, "transformers", SKIP_LISTS, weight),
    ...(hasDefault ? {} : { weight: null }),
    overrides,
  };
}

function torchaoWeight(method: string, config: unknown, numbers: DeclaredNumbers): DeclaredWeight {
  const data = member(config, "_data");
  const type = text(config, "_type");
  const group =
    numbers.group(data, "group_size") ??
    numbers.group(member(member(data, "weight_granularity"), "_data"), "group_size") ??
    null;
  const stated = member(member(data, "weight_dtype"), "_data");
  const bits = numbers.bitsOfName(stated, "weight_dtype") ?? bitsOfType(type);
  return { ...NO_WEIGHT, method, format: type, bits, group, activations: inputsOfType(type) };
}

/** `Int4WeightOnlyConfig`, `Int8DynamicActivationInt4WeightConfig`: the bits of the weight stand before that word. */
function bitsOfType(type: string | null): number | null {
  const found = /(?:Int|Float|UInt)(\d)(?:Static|Dynamic)?Weight/.exec(type ?? "")?.[1];
  return found === undefined ? null : Number(found);
}

function inputsOfType(type: string | null): DeclaredActivations {
  if (type === null) return null;
  const [, kind, bits, how] = /^(Float|Int)(\d)(Dynamic|Static)Activation/.exec(type) ?? [];
  if (kind !== undefined) {
    const dtype = `${kind === "Float" ? "fp" : "int"}${bits}`;
    return how === "Static" ? staticInputs(dtype) : dynamicInputs(dtype, null);
  }
  return type.includes("WeightOnly") ? "plain" : null;
}
