import { member } from "../../checkpoint/config.ts";
import type { DeclaredActivations, InputGranularity } from "../activations.ts";
import { NO_WEIGHT, type Override } from "../declaration.ts";
import type { DeclaredNumbers } from "../declared-numbers.ts";
import { makeRule } from "../name-rules.ts";
import type { DeclaredWeight } from "../scheme.ts";
import { boolean, changes, entries, escapeRegex, type Parsed, strings, text } from "./fields.ts";

/** AutoRound: settings of weights and inputs for all, exceptions by name, prefixes of the blocks that are quantized. */
export function parseAutoRound(config: object, method: string, numbers: DeclaredNumbers): Parsed {
  const format = text(config, "packing_format");
  const block = numbers.block(config, "weight_block_size");
  const weight: DeclaredWeight = {
    ...NO_WEIGHT,
    method,
    ...settingsOf(config, numbers),
    format,
    type: typeOf(text(config, "data_type")),
    block,
    activations: inputsOf(config, numbers),
  };
  const overrides: Override[] = entries(member(config, "extra_config")).map(([pattern, value]) => {
    const own = settingsOf(value, numbers);
    const inputs = inputsOf(value, numbers);
    return {
      rule: makeRule(pattern, "regex-search"),
      weight:
        (own.bits ?? 0) >= 16
          ? "plain"
          : { ...weight, ...own, ...(inputs === null ? {} : { activations: inputs }) },
    };
  });
  const blocks = strings(member(config, "block_name_to_quantize")).flatMap((list) => list.split(","));
  const targets = blocks.map((name) => makeRule(`${escapeRegex(name.trim())}(\\.|$)`, "regex-start"));
  return {
    weight,
    overrides,
    isFake: format?.endsWith(":fake") === true,
    ...(targets.length > 0 ? { targets, listing: "block_name_to_quantize" } : {}),
  };
}

/** Of floats a group of 0 is one scale for the whole weight. */
function settingsOf(config: unknown, numbers: DeclaredNumbers): Partial<DeclaredWeight> {
  const isFloat = text(config, "data_type")?.startsWith("fp") === true;
  if (!isFloat || typeof config !== "object" || config === null || member(config, "group_size") !== 0)
    return changes(config, numbers);
  return { ...changes({ ...config, group_size: -1 }, numbers), strategy: "tensor" };
}

function typeOf(name: string | null): DeclaredWeight["type"] {
  if (name === null) return null;
  if (name.startsWith("mx_int")) return "mx-int";
  return name.startsWith("int") ? "int" : "float";
}

/** Bits from which on inputs are left as they are. */
const PLAIN_BITS = 16;

function inputsOf(config: unknown, numbers: DeclaredNumbers): DeclaredActivations {
  const bits = numbers.bits(config, "act_bits");
  if (bits === null) return member(config, "data_type") === undefined ? null : "plain";
  if (bits >= PLAIN_BITS) return "plain";
  const type = text(config, "act_data_type") ?? "int";
  const isDynamic = boolean(config, "act_dynamic");
  const isInt = type.startsWith("int") || type.startsWith("mx_int");
  return {
    dtype: `${isInt ? "int" : "fp"}${bits}`,
    isDynamic,
    granularity: granularityOf(member(config, "act_group_size")),
    // NVFP4 keeps one scale of all inputs, whatever is done to groups of them.
    hasScale: isDynamic === false || type.includes("static_gs"),
  };
}

function granularityOf(size: unknown): InputGranularity | null {
  if (typeof size !== "number") return null;
  return size === 0 ? "tensor" : size < 0 ? "token" : "group";
}
