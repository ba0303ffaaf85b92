import { member } from "../checkpoint/config.ts";
import { DeclaredNumbers, type UnusableValue } from "./declared-numbers.ts";
import { MODELOPT_ALGORITHMS } from "./methods.ts";
import { makeRule, type NameDialect, type NameRule } from "./name-rules.ts";
import type { DeclaredWeight } from "./scheme.ts";

/** What one module's entry changes: settings of its own, or no quantization at all. */
export interface Override {
  readonly rule: NameRule;
  readonly weight: DeclaredWeight | "plain";
}

/** What one place of the configuration says about the quantization of the weights. */
export interface Declaration {
  readonly file: string;
  /** Where in the file: `quantization_config`, `text_config.quantization_config` … */
  readonly place: string;
  readonly method: string;
  /** What holds for every module without an entry of its own; null where only listed modules are quantized. */
  readonly weight: DeclaredWeight | null;
  /** The skip list, as written and as rules. */
  readonly ignored: readonly NameRule[];
  readonly overrides: readonly Override[];
  /** Which modules are meant; null for all linear layers. */
  readonly targets: readonly NameRule[] | null;
  /** Activations are scaled by stored values. */
  readonly isStatic: boolean;
  /** Whether scales of the key/value cache are promised. */
  readonly hasCacheScales: boolean;
  /** Numbers that are not used, as no packing can have them. */
  readonly unusable: readonly UnusableValue[];
}

/** Entries read of a list or a map from outside: the largest real skip lists have some ten thousand. */
export const MAX_DECLARED_ENTRIES = 200_000;

const NO_WEIGHT: DeclaredWeight = {
  method: null,
  format: null,
  bits: null,
  group: null,
  block: null,
  strategy: null,
  symmetric: null,
  indexed: null,
  shape: null,
};

/** Reads a quantization object of a configuration file; undefined for something that is none. */
export function parseDeclaration(file: string, place: string, value: unknown): Declaration | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const method = methodOf(value, place, file);
  if (method === undefined) return undefined;
  const parse = Object.hasOwn(DIALECTS, method) ? (DIALECTS[method] as Dialect) : parseGeneric;
  const numbers = new DeclaredNumbers();
  const parsed = parse(value, method, numbers);
  return {
    file,
    place,
    method,
    isStatic: false,
    hasCacheScales: false,
    targets: null,
    overrides: [],
    ignored: [],
    unusable: numbers.unusable,
    ...parsed,
  };
}

type Parsed = Pick<Declaration, "weight"> & Partial<Declaration>;
type Dialect = (config: object, method: string, numbers: DeclaredNumbers) => Parsed;

/** Whether a declaration is about weights at all: ModelOpt writes `quant_algo: null` where it found nothing to quantize. */
export function declaresWeights({ method, weight, overrides, hasCacheScales }: Declaration): boolean {
  if (overrides.length > 0) return true;
  if (method === "modelopt" && weight !== null) return weight.format !== null;
  return weight !== null || !hasCacheScales;
}

const ALIASES: Readonly<Record<string, string>> = {
  "intel/auto-round": "auto-round",
  inc: "auto-round",
  modelopt_fp4: "modelopt",
  modelopt_mixed: "modelopt",
  gptq_marlin: "gptq",
  gptq_v2: "gptq",
  awq_marlin: "awq",
  compressed_tensors: "compressed-tensors",
};

function methodOf(config: object, place: string, file: string): string | undefined {
  const named = text(config, "quant_method");
  if (named !== null) {
    const lower = named.toLowerCase();
    return Object.hasOwn(ALIASES, lower) ? ALIASES[lower] : lower;
  }
  if (member(config, "load_in_4bit") === true || member(config, "load_in_8bit") === true)
    return "bitsandbytes";
  if (member(config, "quant_algo") !== undefined || member(config, "exclude_modules") !== undefined)
    return "modelopt";
  if (member(config, "config_groups") !== undefined || place === "compression_config")
    return "compressed-tensors";
  if (place === "quantization" && file === "params.json") return "mistral";
  if (member(config, "w_bit") !== undefined || member(config, "q_group_size") !== undefined) return "awq";
  if (file === "quantize_config.json") return "gptq";
  const bits = member(config, "bits");
  if (typeof bits === "number" && typeof member(config, "group_size") === "number")
    return bits === 1 ? "prism" : "mlx";
  if (text(config, "mode") !== null && place === "quantization") return "mlx";
  return undefined;
}

const DIALECTS: Readonly<Record<string, Dialect>> = {
  "compressed-tensors": parseCompressedTensors,
  modelopt: parseModelOpt,
  quark: parseQuark,
  gptq: parseGptq,
  awq: (config, method, numbers) =>
    withIgnored(config, method, "substring", ["modules_to_not_convert"], weightOf(config, method, numbers)),
  "auto-round": parseAutoRound,
  bitsandbytes: parseBitsAndBytes,
  fp8: parseFp8,
  mxfp8: parseFp8,
  fbgemm_fp8: parseFp8,
  mlx: parseMlx,
  hqq: parseHqq,
  aqlm: (config, method, numbers) =>
    withIgnored(
      config,
      method,
      "exact-weight",
      ["linear_weights_not_to_quantize"],
      weightOf(config, method, numbers),
    ),
  torchao: parseTorchao,
  vptq: parseVptq,
  quanto: (config, method, numbers) =>
    withIgnored(config, method, "transformers", SKIP_LISTS, {
      ...NO_WEIGHT,
      method,
      bits: numbers.bitsOfName(member(config, "weights"), "weights"),
    }),
  gemma: parseGemma,
  sdnq: (config, method, numbers) =>
    withIgnored(config, method, "transformers", SKIP_LISTS, {
      ...weightOf(config, method, numbers),
      bits: numbers.bitsOfName(member(config, "weights_dtype"), "weights_dtype"),
    }),
  mistral: (config, method) => ({
    weight: { ...NO_WEIGHT, method, bits: 8 },
    isStatic: text(config, "qscheme_act") === "TENSOR",
  }),
};

const SKIP_LISTS = ["modules_to_not_convert", "ignored_layers", "skip_modules", "ignore", "exclude"] as const;

function parseGeneric(config: object, method: string, numbers: DeclaredNumbers): Parsed {
  return withIgnored(config, method, "transformers", SKIP_LISTS, weightOf(config, method, numbers));
}

function parseFp8(config: object, method: string, numbers: DeclaredNumbers): Parsed {
  const block = numbers.block(config, "weight_block_size");
  const group = block !== null && block[0] === 1 ? block[1] : null;
  const weight = { ...NO_WEIGHT, method, bits: 8, block: group === null ? block : null, group };
  const parsed = withIgnored(
    config,
    method,
    "transformers",
    ["ignored_layers", "modules_to_not_convert"],
    weight,
  );
  return {
    ...parsed,
    isStatic: text(config, "activation_scheme") === "static",
    hasCacheScales: member(config, "kv_cache_scheme") != null,
  };
}

function parseGptq(config: object, method: string, numbers: DeclaredNumbers): Parsed {
  const weight = {
    ...weightOf(config, method, numbers),
    format: text(config, "checkpoint_format") ?? text(config, "format"),
  };
  const overrides: Override[] = [];
  for (const [pattern, value] of entries(member(config, "dynamic"))) {
    const isSkip = pattern.startsWith("-:");
    const rule = makeRule(pattern.replace(/^[-+]:/, ""), "regex-start");
    overrides.push({
      rule,
      weight: isSkip || value === false ? "plain" : { ...weight, ...changes(value, numbers) },
    });
  }
  const ignored = strings(member(config, "modules_to_not_convert")).map((name) =>
    makeRule(name, "substring"),
  );
  return { weight, overrides, ignored };
}

function parseAutoRound(config: object, method: string, numbers: DeclaredNumbers): Parsed {
  const weight = { ...weightOf(config, method, numbers), format: text(config, "packing_format") };
  const overrides: Override[] = entries(member(config, "extra_config")).map(([pattern, value]) => {
    const own = changes(value, numbers);
    return {
      rule: makeRule(pattern, "regex-search"),
      weight: (own.bits ?? 0) >= 16 ? "plain" : { ...weight, ...own },
    };
  });
  const blocks = strings(member(config, "block_name_to_quantize")).flatMap((list) => list.split(","));
  const targets = blocks.map((name) => makeRule(`${escapeRegex(name.trim())}(\\.|$)`, "regex-start"));
  return { weight, overrides, ...(targets.length > 0 ? { targets } : {}) };
}

function parseBitsAndBytes(config: object, method: string): Parsed {
  const is4bit = member(config, "load_in_4bit") === true;
  const type = text(config, "bnb_4bit_quant_type");
  const weight = { ...NO_WEIGHT, method, format: is4bit ? type : null, bits: is4bit ? 4 : 8 };
  return withIgnored(config, method, "transformers", ["llm_int8_skip_modules"], weight);
}

function parseMlx(config: object, method: string, numbers: DeclaredNumbers): Parsed {
  const weight = { ...weightOf(config, method, numbers), format: text(config, "mode") };
  const overrides: Override[] = [];
  for (const [key, value] of entries(config)) {
    if (value === false) overrides.push({ rule: makeRule(key, "exact"), weight: "plain" });
    else if (
      typeof value === "object" &&
      value !== null &&
      (typeof member(value, "bits") === "number" || text(value, "mode") !== null)
    )
      overrides.push({
        rule: makeRule(key, "exact"),
        weight: { ...weight, ...changes(value, numbers), ...modeOf(value, weight.format) },
      });
  }
  return { weight, overrides };
}

function modeOf(value: unknown, usual: string | null): { format: string | null } {
  return { format: text(value, "mode") ?? usual };
}

function parseHqq(config: object, method: string, numbers: DeclaredNumbers): Parsed {
  const inner = member(config, "quant_config");
  const params = member(inner, "weight_quant_params");
  const rules = strings(member(config, "skip_modules")).map((name) => makeRule(name, "transformers"));
  if (params !== undefined)
    return { weight: { ...NO_WEIGHT, method, ...changes(params, numbers, true) }, ignored: rules };
  const overrides = entries(inner).flatMap(([tag, value]): Override[] => {
    const own = member(value, "weight_quant_params") ?? value;
    if (typeof member(own, "nbits") !== "number") return [];
    return [
      { rule: makeRule(tag, "substring"), weight: { ...NO_WEIGHT, method, ...changes(own, numbers, true) } },
    ];
  });
  return { weight: { ...NO_WEIGHT, method, ...changes(config, numbers, true) }, overrides, ignored: rules };
}

/** `{"quant_type": {"default": {"_type": …, "_data": {"group_size": 128}}}}`; older ones have `quant_type_kwargs`. */
function parseTorchao(config: object, method: string, numbers: DeclaredNumbers): Parsed {
  const data = member(member(member(config, "quant_type"), "default"), "_data");
  const kwargs = member(config, "quant_type_kwargs");
  const group = numbers.group(data, "group_size") ?? numbers.group(kwargs, "group_size") ?? null;
  const weight = { ...weightOf(config, method, numbers), group };
  return withIgnored(config, method, "transformers", SKIP_LISTS, weight);
}

function parseVptq(config: object, method: string, numbers: DeclaredNumbers): Parsed {
  const weight = { ...NO_WEIGHT, method };
  const overrides = [
    ...entries(member(config, "config_for_layers")),
    ...entries(member(config, "shared_layer_config")),
  ].flatMap(([name, value]): Override[] => {
    const out = numbers.size(value, "out_features");
    const input = numbers.size(value, "in_features");
    const shape = out === null || input === null ? null : [out, input];
    return [{ rule: makeRule(name, "exact"), weight: { ...weight, shape } }];
  });
  return { ...withIgnored(config, method, "transformers", SKIP_LISTS, weight), overrides };
}

function parseGemma(config: object, method: string, numbers: DeclaredNumbers): Parsed {
  const weight = { ...NO_WEIGHT, method, bits: numbers.bits(config, "num_bits") };
  const overrides = entries(member(config, "module_quant_configs")).map(
    ([pattern, value]): Override => ({
      rule: makeRule(pattern, "regex-search"),
      weight: { ...weight, bits: numbers.bits(value, "num_bits") ?? weight.bits },
    }),
  );
  return { ...withIgnored(config, method, "transformers", SKIP_LISTS, weight), overrides };
}

function parseModelOpt(config: object, method: string, numbers: DeclaredNumbers): Parsed {
  const algorithm = text(config, "quant_algo");
  const weight = algorithmWeight(method, algorithm, numbers.group(config, "group_size") ?? null);
  const overrides: Override[] = entries(member(config, "quantized_layers")).map(([name, value]) => ({
    rule: makeRule(name, "glob"),
    weight: algorithmWeight(method, text(value, "quant_algo"), numbers.group(value, "group_size") ?? null),
  }));
  const isMixed = algorithm?.toUpperCase() === "MIXED_PRECISION";
  const ignored = ["exclude_modules", "ignore"].flatMap((key) =>
    strings(member(config, key)).map((name) => makeRule(name, "glob")),
  );
  const known = Object.hasOwn(MODELOPT_ALGORITHMS, algorithm?.toUpperCase() ?? "")
    ? MODELOPT_ALGORITHMS[(algorithm as string).toUpperCase()]
    : undefined;
  return {
    weight: isMixed ? null : weight,
    overrides,
    ignored,
    isStatic: known?.isStatic ?? false,
    hasCacheScales: text(config, "kv_cache_quant_algo") !== null || member(config, "kv_cache_scheme") != null,
  };
}

function algorithmWeight(method: string, algorithm: string | null, group: number | null): DeclaredWeight {
  const name = algorithm?.toUpperCase() ?? null;
  const known =
    name !== null && Object.hasOwn(MODELOPT_ALGORITHMS, name) ? MODELOPT_ALGORITHMS[name] : undefined;
  const takesGroup = known?.group !== null || name?.includes("AWQ") === true;
  return {
    ...NO_WEIGHT,
    method,
    format: name,
    bits: known?.bits ?? null,
    group: takesGroup ? (group ?? known?.group ?? null) : null,
    strategy: known?.strategy ?? null,
  };
}

function parseQuark(config: object, method: string, numbers: DeclaredNumbers): Parsed {
  const weight = quarkWeight(method, member(member(config, "global_quant_config"), "weight"), numbers);
  const overrides = entries(member(config, "layer_quant_config")).map(
    ([pattern, value]): Override => ({
      rule: makeRule(pattern, "quark-override"),
      weight:
        member(value, "weight") == null ? "plain" : quarkWeight(method, member(value, "weight"), numbers),
    }),
  );
  const ignored = strings(member(config, "exclude")).map((name) => makeRule(name, "quark"));
  const input = member(member(config, "global_quant_config"), "input_tensors");
  return { weight, overrides, ignored, isStatic: member(input, "is_dynamic") === false };
}

function quarkWeight(method: string, spec: unknown, numbers: DeclaredNumbers): DeclaredWeight {
  const first = Array.isArray(spec) ? spec.at(-1) : spec;
  return {
    ...NO_WEIGHT,
    method,
    format: text(first, "dtype"),
    bits: numbers.bitsOfName(member(first, "dtype"), "dtype"),
    group: numbers.group(first, "group_size") ?? null,
  };
}

function parseCompressedTensors(config: object, method: string, numbers: DeclaredNumbers): Parsed {
  const format = text(config, "format");
  const groups = entries(member(config, "config_groups"));
  const overrides: Override[] = [];
  const targets: NameRule[] = [];
  let isStatic = false;
  let usual: DeclaredWeight | null = null;
  for (const [, group] of groups) {
    const weight = ctWeight(method, member(group, "weights"), text(group, "format") ?? format, numbers);
    const activations = member(group, "input_activations");
    isStatic ||= activations != null && member(activations, "dynamic") === false;
    for (const target of strings(member(group, "targets"))) {
      const rule = makeRule(target, "compressed-tensors");
      targets.push(rule);
      if (rule.exact === "Linear") usual ??= weight;
      else overrides.push({ rule, weight });
    }
    if (strings(member(group, "targets")).length === 0) usual ??= weight;
  }
  const ignored = strings(member(config, "ignore")).map((name) => makeRule(name, "compressed-tensors"));
  const hasCacheScales = member(config, "kv_cache_scheme") != null;
  return {
    weight: usual,
    overrides,
    ignored,
    targets: targets.length > 0 ? targets : null,
    isStatic,
    hasCacheScales,
  };
}

/** Activation orders whose groups are told by `weight_g_idx`; "weight" and "static" keep groups in order. */
const INDEXED_ORDERS: ReadonlySet<unknown> = new Set(["group", "dynamic", true]);

function ctWeight(
  method: string,
  weights: unknown,
  format: string | null,
  numbers: DeclaredNumbers,
): DeclaredWeight {
  const group = numbers.group(weights, "group_size") ?? null;
  const strategy = text(weights, "strategy");
  const isGrouped = group !== null && strategy !== "channel" && strategy !== "tensor";
  return {
    ...NO_WEIGHT,
    method,
    format,
    bits: numbers.bits(weights, "num_bits"),
    group: isGrouped ? group : null,
    block: numbers.block(weights, "block_structure"),
    strategy: strategy === "tensor" || strategy === "channel" ? strategy : null,
    symmetric: boolean(weights, "symmetric"),
    indexed: INDEXED_ORDERS.has(member(weights, "actorder")),
  };
}

function withIgnored(
  config: object,
  _method: string,
  dialect: NameDialect,
  keys: readonly string[],
  weight: DeclaredWeight,
): Parsed {
  const names = new Set(keys.flatMap((key) => strings(member(config, key))));
  return { weight, ignored: [...names].map((name) => makeRule(name, dialect)) };
}

function weightOf(config: object, method: string, numbers: DeclaredNumbers): DeclaredWeight {
  const own = changes(config, numbers, AVERAGING.has(method));
  return { ...NO_WEIGHT, method, ...own };
}

/** Methods whose `bits` is an average over weights of several. */
const AVERAGING: ReadonlySet<string> = new Set(["exl2", "exl3"]);
const BITS_KEYS = ["bits", "w_bit", "nbits"] as const;
const GROUP_KEYS = ["group_size", "q_group_size"] as const;

/** Bits, group and symmetry under their many names, only those that are there. */
function changes(value: unknown, numbers: DeclaredNumbers, isAverage = false): Partial<DeclaredWeight> {
  const [bits = null] = BITS_KEYS.map((key) =>
    isAverage ? numbers.averageBits(value, key) : numbers.bits(value, key),
  ).filter((each) => each !== null);
  const [group] = GROUP_KEYS.map((key) => numbers.group(value, key)).filter((each) => each !== undefined);
  const zero = boolean(value, "zero_point");
  const symmetric = boolean(value, "sym") ?? (zero === null ? null : !zero);
  const indexed = boolean(value, "desc_act");
  return {
    ...(bits === null ? {} : { bits }),
    ...(group === undefined ? {} : { group }),
    ...(symmetric === null ? {} : { symmetric }),
    ...(indexed === null ? {} : { indexed }),
  };
}

function text(value: unknown, key: string): string | null {
  const found = member(value, key);
  return typeof found === "string" && found !== "" ? found : null;
}

function boolean(value: unknown, key: string): boolean | null {
  const found = member(value, key);
  return typeof found === "boolean" ? found : null;
}

function strings(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (!Array.isArray(value)) return [];
  return value
    .slice(0, MAX_DECLARED_ENTRIES)
    .filter((entry): entry is string => typeof entry === "string" && entry !== "");
}

function entries(value: unknown): [string, unknown][] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  return Object.entries(value).slice(0, MAX_DECLARED_ENTRIES);
}

function escapeRegex(name: string): string {
  return name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
