import { member } from "../../checkpoint/config.ts";
import { type Ask, type Said, say } from "../ask.ts";
import { hasQuantizedExperts, placeOfFirst, quantizedOnes } from "./stored.ts";

/** Keys of `weights` and of activations that the pinned packages know (0.17 to 0.20). */
const KNOWN_KEYS: ReadonlySet<string> = new Set([
  "num_bits",
  "type",
  "symmetric",
  "group_size",
  "strategy",
  "block_structure",
  "dynamic",
  "actorder",
  "scale_dtype",
  "zp_dtype",
  "observer",
  "observer_kwargs",
]);

const KNOWN_OF_GROUP: ReadonlySet<string> = new Set([
  "targets",
  "weights",
  "input_activations",
  "output_activations",
  "format",
]);

/** compressed-tensors: every group of settings has to be one that the engine has a scheme for. */
export function judgeCompressed(ask: Ask): Said[] {
  const { engine, declared } = ask;
  const value = declared?.value;
  if (engine === "llama.cpp") return judgeConverter(value);
  const groups = groupsOf(value);
  const extra = groups.flatMap(([name, group]) => extraKeys(ask, name, group));
  if (extra.length > 0 && engine !== "mlx" && engine !== "trtllm") return extra;
  const targets = member(member(value, "sparsity_config"), "targets");
  if (ask.isServing && Array.isArray(targets) && targets.length > 0 && isRefusedSparsity(ask))
    return [say("sparsity-declared", null, { engine })];
  return groups.flatMap(([, group]) => {
    const scheme = schemeOf(group);
    const refused = scheme === null ? null : judgeScheme(ask, scheme);
    return refused === null ? [] : [refused];
  });
}

/** SGLang reads what is stored dense; only 2:4 layouts are refused. */
function isRefusedSparsity({ engine, declared, linears }: Ask): boolean {
  if (engine === "vllm") return true;
  const format = member(member(declared?.value, "sparsity_config"), "format");
  return (
    (typeof format === "string" && /24|bitmask/.test(format)) ||
    linears.some(({ weight }) => /sparse|24/.test(weight.scheme))
  );
}

function groupsOf(value: unknown): [string, unknown][] {
  const groups = member(value, "config_groups");
  return typeof groups === "object" && groups !== null && !Array.isArray(groups)
    ? Object.entries(groups)
    : [];
}

function extraKeys({ engine }: Ask, name: string, group: unknown): Said[] {
  const unknown = (place: string, known: ReadonlySet<string>, value: unknown) =>
    typeof value !== "object" || value === null
      ? []
      : Object.keys(value)
          .filter((key) => !known.has(key))
          .map((key) => say("key-extra", null, { key, place }));
  return [
    ...unknown(`${name}.weights`, KNOWN_KEYS, member(group, "weights")),
    ...unknown(`${name}.input_activations`, KNOWN_KEYS, member(group, "input_activations")),
    ...(engine === "transformers" ? unknown(name, KNOWN_OF_GROUP, group) : []),
  ];
}

interface Numbers {
  readonly type: unknown;
  readonly bits: number;
  readonly strategy: string | null;
  readonly group: number | null;
  readonly symmetric: boolean;
  /** Settled while running, token by token or tensor by tensor. */
  readonly dynamic: boolean;
  readonly order: unknown;
  readonly scale: string | null;
}

interface CtScheme {
  readonly weights: Numbers;
  readonly inputs: Numbers | null;
  readonly outputs: Numbers | null;
}

function schemeOf(group: unknown): CtScheme | null {
  const weights = numbersOf(member(group, "weights"));
  if (weights === null || isAttention(member(group, "targets"))) return null;
  return {
    weights,
    inputs: numbersOf(member(group, "input_activations")),
    outputs: numbersOf(member(group, "output_activations")),
  };
}

/** A group for attention itself is about the cache, and is passed over. */
function isAttention(targets: unknown): boolean {
  return Array.isArray(targets) && targets.length === 1 && String(targets[0]).endsWith("Attention");
}

function numbersOf(value: unknown): Numbers | null {
  if (typeof value !== "object" || value === null) return null;
  const bits = member(value, "num_bits");
  const group = member(value, "group_size");
  const strategy = member(value, "strategy");
  const dynamic = member(value, "dynamic");
  const scale = member(value, "scale_dtype");
  return {
    type: member(value, "type") ?? "int",
    bits: typeof bits === "number" ? bits : 8,
    strategy: typeof strategy === "string" ? strategy : null,
    group: typeof group === "number" ? group : null,
    symmetric: member(value, "symmetric") !== false,
    dynamic: dynamic === true || dynamic === "local",
    order: member(value, "actorder"),
    scale: typeof scale === "string" ? scale : null,
  };
}

/** What a group of settings is, in one word: the rows of the table of schemes. */
function kindOf({ weights, inputs, outputs }: CtScheme): string {
  const { type, bits, strategy, group } = weights;
  const has = (wanted: unknown, width: number) => inputs?.type === wanted && inputs?.bits === width;
  if (type === "float" && bits === 4 && (strategy === "tensor_group" || group === 16))
    return inputs === null ? "nvfp4-weight-only" : has("float", 4) ? "nvfp4" : "nvfp4-mixed";
  if (type === "float" && bits === 4) return "mxfp4";
  if (type === "float" && bits === 8 && strategy === "group") return "mxfp8";
  if (type === "float" && bits === 8) {
    if (inputs === null) return "fp8-weight-only";
    if (!has("float", 8)) return "other";
    return inputs.dynamic || inputs.strategy === "tensor" ? "fp8" : "other";
  }
  if (type !== "int") return "other";
  if (inputs === null) return bits >= 2 && bits <= 8 && isGrouped(strategy) ? "int-weight-only" : "other";
  if (bits === 8 && has("int", 8) && (strategy === "channel" || strategy === "tensor") && outputs === null)
    return "int8";
  if (bits === 4 && has("float", 8)) return "int4-fp8";
  if (has("int", 8) || has("int", 4)) return outputs === null ? "int-int" : "int-fake";
  return "other";
}

function isGrouped(strategy: string | null): boolean {
  return strategy === "group" || strategy === "channel" || strategy === null;
}

/** Compute capability of the only GPUs with a kernel of integer weights and FP8 activations. */
const HOPPER = 9;

const NO_SCHEME = "No compressed-tensors compatible scheme was found";

/** What the table of schemes says of one group; null where it is taken. */
function judgeScheme(ask: Ask, scheme: CtScheme): Said | null {
  const { engine } = ask;
  const kind = kindOf(scheme);
  const at = placeOfFirst(quantizedOnes(ask));
  const refuse = (phrase = NO_SCHEME) => say("ct-scheme", at, { scheme: describe(scheme), phrase });
  const { order } = scheme.weights;
  if (engine === "vllm") {
    if (order === "group" || order === "dynamic" || order === true) return refuse("is no longer supported");
    if (kind === "nvfp4-mixed")
      return refuse("For NVFP4 weights, input quantization must also be NVFP4 format");
    if (kind === "int8" && hasQuantizedExperts(ask) && !isTokenwise(scheme))
      return refuse("For INT8 Fused MoE layers, we require channelwise, dynamic per token quantization");
    const { capability } = ask;
    if (kind === "int4-fp8" && capability !== null && capability !== HOPPER)
      return say("ct-hopper-alone", at, {
        scheme: describe(scheme),
        gpu: ask.plan.gpu?.name ?? "",
        capability,
      });
    if (kind === "int4-fp8" && scheme.weights.group !== 128)
      return refuse("Failed to find a kernel that can implement the WNA16 linear layer");
    return kind === "other" ? refuse() : null;
  }
  if (engine === "sglang") return judgeSglang(ask, kind, scheme, refuse);
  if (engine === "trtllm") {
    if (kind === "fp8" && scheme.weights.strategy === "tensor")
      return refuse("Unsupported weights_quant_strategy");
    if (kind === "fp8-weight-only") return refuse("input_activations");
    return ["fp8", "nvfp4", "nvfp4-weight-only"].includes(kind) ||
      (kind === "mxfp4" && scheme.inputs === null)
      ? null
      : refuse("Unsupported quant_bits");
  }
  return null;
}

function isTokenwise({ weights, inputs }: CtScheme): boolean {
  return weights.strategy === "channel" && inputs?.dynamic === true;
}

function judgeSglang(
  ask: Ask,
  kind: string,
  { weights }: CtScheme,
  refuse: (phrase?: string) => Said,
): Said | null {
  const isMoe = hasQuantizedExperts(ask);
  const hasDense = ask.linears.some(
    ({ isExpert, weight, cut }) => !isExpert && weight.scheme !== "none" && cut !== "vocabulary",
  );
  switch (kind) {
    case "fp8":
    case "fp8-weight-only":
    case "nvfp4":
    case "nvfp4-weight-only":
      return null;
    case "int8":
      return isMoe ? refuse("implemented only for NPU") : null;
    case "int-weight-only":
      return (weights.bits === 4 || weights.bits === 8) && (weights.symmetric || weights.bits === 4)
        ? null
        : refuse();
    case "int4-fp8":
      if (!isMoe) return refuse();
      return weights.group === 128
        ? null
        : say("ct-group-fixed", placeOfFirst(quantizedOnes(ask)), { group: weights.group ?? -1 });
    case "mxfp4":
      return isMoe && !hasDense
        ? null
        : refuse("Activation-quantized float4 is only supported in the NVFP4 layout");
    default:
      return refuse();
  }
}

function describe({ weights, inputs }: CtScheme): string {
  const of = ({ type, bits, strategy, group, symmetric, dynamic }: Numbers, isInput: boolean) =>
    [
      `${String(type)} ${bits}`,
      strategy,
      group === null ? null : `group ${group}`,
      symmetric ? null : "asymmetric",
      isInput ? (dynamic ? "dynamic" : "static") : null,
    ]
      .filter((part) => part !== null)
      .join(" ");
  return `${of(weights, false)} weights with ${inputs === null ? "plain" : of(inputs, true)} activations`;
}

/** The converter takes FP8 scales by channel or block. */
function judgeConverter(value: unknown): Said[] {
  return groupsOf(value).flatMap(([, group]) => {
    const weights = numbersOf(member(group, "weights"));
    const isTensor = weights?.type === "float" && weights.strategy === "tensor";
    return isTensor
      ? [
          say("gguf-scheme", null, {
            what: "FP8 with one scale a tensor is not read",
            phrase: "AssertionError",
          }),
        ]
      : [];
  });
}
