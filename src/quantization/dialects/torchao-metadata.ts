import type { Component } from "../../checkpoint/checkpoint.ts";
import { member } from "../../checkpoint/config.ts";
import { type DeclaredActivations, dynamicInputs } from "../activations.ts";
import {
  type Declaration,
  MAX_DECLARED_ENTRIES,
  makeDeclaration,
  NO_WEIGHT,
  type Override,
} from "../declaration.ts";
import { DeclaredNumbers } from "../declared-numbers.ts";
import { makeRule } from "../name-rules.ts";
import type { DeclaredWeight } from "../scheme.ts";
import { strings, text } from "./fields.ts";

const METHOD = "torchao";
/** A tensor that is stored as it is. */
const PLAIN_TYPE = "Tensor";

/**
 * torchao writes the class of each parameter into the header: `{"<module>.weight": "{\"_type\": \"Int8Tensor\", \"_data\":
 * {…}}"}`. It says what no shape does: how many bits of a byte are used. Undefined where no header holds any.
 */
export function parseTorchaoMetadata(component: Component): Declaration | undefined {
  const numbers = new DeclaredNumbers();
  const overrides: Override[] = [];
  let file: string | undefined;
  for (const shard of component.shards) {
    if (shard.status !== "read" || shard.metadata === null) continue;
    for (const [name, value] of shard.metadata.holding('"_type"')) {
      if (overrides.length >= MAX_DECLARED_ENTRIES) break;
      const override = parseParameter(name, value, numbers);
      if (override === undefined) continue;
      overrides.push(override);
      file ??= shard.path;
    }
  }
  if (file === undefined) return undefined;
  const { unusable } = numbers;
  return makeDeclaration({
    file,
    configPath: "__metadata__",
    isOfFiles: true,
    method: METHOD,
    weight: null,
    overrides,
    unusable,
  });
}

function parseParameter(name: string, value: string, numbers: DeclaredNumbers): Override | undefined {
  const object = parseJson(value);
  const type = text(object, "_type");
  if (type === null || type === PLAIN_TYPE) return undefined;
  const data = member(object, "_data");
  const target = member(member(data, "target_dtype"), "_data");
  const bits = numbers.bitsOfName(target, "target_dtype");
  const sizes = sizesOf(data, numbers);
  const activations = inputsOf(data);
  const parts = strings(member(object, "_tensor_data_names")).map((part) => `_weight_${part}`);
  const weight = { ...NO_WEIGHT, ...sizes, method: METHOD, format: type, bits, activations, parts };
  return { rule: makeRule(name.replace(/\.weight$/, ""), "exact"), weight };
}

/** `block_size: 16` or `[1, 32]` are groups of a row, `[128, 128]` are blocks. */
function sizesOf(data: unknown, numbers: DeclaredNumbers): Pick<DeclaredWeight, "group" | "block"> {
  const block = numbers.block(data, "block_size");
  if (block === null) return { group: numbers.group(data, "block_size") ?? null, block };
  return block[0] === 1 ? { group: block[1], block: null } : { group: null, block };
}

/** `activation_quantization: "int8_asym_per_token"`, or arguments of a quantizer that runs when inputs come. */
function inputsOf(data: unknown): DeclaredActivations {
  const named = text(data, "activation_quantization");
  if (named !== null) {
    const bits = /^(?:int|float)(\d)/.exec(named)?.[1];
    const dtype = `${named.startsWith("float") ? "fp" : "int"}${bits ?? ""}`;
    return bits === undefined ? null : dynamicInputs(dtype, named.endsWith("per_token") ? "token" : null);
  }
  const kwargs = member(data, "act_quant_kwargs");
  if (kwargs === null || member(data, "activation_quantization") === null) return "plain";
  const type = text(kwargs, "_type");
  if (type === null) return null;
  return dynamicInputs(
    type.startsWith("QuantizeTensorToInt8") ? "int8" : type.includes("NVFP4") ? "fp4" : "fp8",
    null,
  );
}

function parseJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined; // somebody else's text under this key
  }
}
