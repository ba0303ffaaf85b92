import { member } from "../../checkpoint/config.ts";
import { type DeclaredActivations, dynamicInputs, staticInputs } from "../activations.ts";
import { NO_WEIGHT, type Override } from "../declaration.ts";
import type { DeclaredNumbers } from "../declared-numbers.ts";
import { makeRule } from "../name-rules.ts";
import { cacheOf } from "./compressed-tensors.ts";
import { changes, entries, type Parsed, SKIP_LISTS, strings, text, weightOf, withIgnored } from "./fields.ts";

/** What methods without a word about inputs do to them. */
const INPUTS: Readonly<Record<string, DeclaredActivations>> = {
  bitnet: dynamicInputs("int8", "token"),
  smooth_quant: dynamicInputs("int8", "token"),
  eetq: "plain",
  aqlm: "plain",
  vptq: "plain",
  spqr: "plain",
  higgs: "plain",
  quip: "plain",
  exl2: "plain",
  exl3: "plain",
  sinq: "plain",
  hqq: "plain",
  mxfp4: "plain",
};

/** Methods whose `bits` is an average over weights of several. */
const AVERAGING: ReadonlySet<string> = new Set(["exl2", "exl3"]);

function inputsOf(method: string): DeclaredActivations {
  return Object.hasOwn(INPUTS, method) ? (INPUTS[method] ?? null) : null;
}

/** Any method without a reader of its own: bits, group and the usual skip lists. */
export function parseGeneric(config: object, method: string, numbers: DeclaredNumbers): Parsed {
  const weight = weightOf(config, method, numbers, AVERAGING.has(method));
  return withIgnored(config, "transformers", SKIP_LISTS, { ...weight, activations: inputsOf(method) });
}

/** FP8 of transformers and vLLM, and the methods that are written like it. */
export function parseFp8(config: object, method: string, numbers: DeclaredNumbers): Parsed {
  const block = numbers.block(config, "weight_block_size");
  const group = block !== null && block[0] === 1 ? block[1] : null;
  const activations =
    text(config, "activation_scheme") === "static"
      ? staticInputs("fp8")
      : dynamicInputs("fp8", block !== null ? "group" : method === "fbgemm_fp8" ? "token" : null);
  const weight = {
    ...NO_WEIGHT,
    method,
    bits: 8,
    block: group === null ? block : null,
    group,
    activations,
  };
  const parsed = withIgnored(config, "transformers", ["ignored_layers", "modules_to_not_convert"], weight);
  return { ...parsed, cache: cacheOf(member(config, "kv_cache_scheme"), numbers) };
}

export function parseBitsAndBytes(config: object, method: string): Parsed {
  const is4bit = member(config, "load_in_4bit") === true;
  const type = text(config, "bnb_4bit_quant_type");
  const weight = {
    ...NO_WEIGHT,
    method,
    format: is4bit ? type : null,
    bits: is4bit ? 4 : 8,
    activations: is4bit ? ("plain" as const) : dynamicInputs("int8", "token"),
  };
  return withIgnored(config, "transformers", ["llm_int8_skip_modules"], weight);
}

export function parseAqlm(config: object, method: string, numbers: DeclaredNumbers): Parsed {
  const weight = { ...weightOf(config, method, numbers), activations: inputsOf(method) };
  return withIgnored(config, "exact-weight", ["linear_weights_not_to_quantize"], weight);
}

export function parseHqq(config: object, method: string, numbers: DeclaredNumbers): Parsed {
  const inner = member(config, "quant_config");
  const params = member(inner, "weight_quant_params");
  const base = { ...NO_WEIGHT, method, activations: inputsOf(method) };
  const rules = strings(member(config, "skip_modules")).map((name) => makeRule(name, "transformers"));
  if (params !== undefined) return { weight: { ...base, ...changes(params, numbers, true) }, ignored: rules };
  const overrides = entries(inner).flatMap(([tag, value]): Override[] => {
    const own = member(value, "weight_quant_params") ?? value;
    if (typeof member(own, "nbits") !== "number") return [];
    return [{ rule: makeRule(tag, "substring"), weight: { ...base, ...changes(own, numbers, true) } }];
  });
  return { weight: { ...base, ...changes(config, numbers, true) }, overrides, ignored: rules };
}

export function parseVptq(config: object, method: string, numbers: DeclaredNumbers): Parsed {
  const weight = { ...NO_WEIGHT, method, activations: inputsOf(method) };
  const overrides = [
    ...entries(member(config, "config_for_layers")),
    ...entries(member(config, "shared_layer_config")),
  ].flatMap(([name, value]): Override[] => {
    const out = numbers.size(value, "out_features");
    const input = numbers.size(value, "in_features");
    const shape = out === null || input === null ? null : [out, input];
    return [{ rule: makeRule(name, "exact"), weight: { ...weight, shape } }];
  });
  return { ...withIgnored(config, "transformers", SKIP_LISTS, weight), overrides };
}

export function parseGemma(config: object, method: string, numbers: DeclaredNumbers): Parsed {
  const weight = { ...NO_WEIGHT, method, bits: numbers.bits(config, "num_bits") };
  const overrides = entries(member(config, "module_quant_configs")).map(
    ([pattern, value]): Override => ({
      rule: makeRule(pattern, "regex-search"),
      weight: { ...weight, bits: numbers.bits(value, "num_bits") ?? weight.bits },
    }),
  );
  return { ...withIgnored(config, "transformers", SKIP_LISTS, weight), overrides };
}

/** quanto: of transformers `weights`, of diffusers `weights_dtype`. */
export function parseQuanto(config: object, method: string, numbers: DeclaredNumbers): Parsed {
  const key = member(config, "weights_dtype") === undefined ? "weights" : "weights_dtype";
  return withIgnored(config, "transformers", SKIP_LISTS, {
    ...NO_WEIGHT,
    method,
    bits: numbers.bitsOfName(member(config, key), key),
    activations: quantoInputs(member(config, "activations"), numbers),
  });
}

/** quanto calibrates what its inputs are scaled by. */
export function quantoInputs(name: unknown, numbers: DeclaredNumbers): DeclaredActivations {
  if (typeof name !== "string" || name === "none") return "plain";
  const bits = numbers.bitsOfName(name, "activations");
  return bits === null ? null : staticInputs(`${name.includes("int") ? "int" : "fp"}${bits}`);
}

export function parseSdnq(config: object, method: string, numbers: DeclaredNumbers): Parsed {
  return withIgnored(config, "transformers", SKIP_LISTS, {
    ...weightOf(config, method, numbers),
    bits: numbers.bitsOfName(member(config, "weights_dtype"), "weights_dtype"),
  });
}

/** Mistral's own `params.json`. */
export function parseMistral(config: object, method: string): Parsed {
  const activations = text(config, "qscheme_act") === "TENSOR" ? staticInputs("fp8") : null;
  return { weight: { ...NO_WEIGHT, method, bits: 8, activations } };
}
