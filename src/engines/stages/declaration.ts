import { member } from "../../checkpoint/config.ts";
import { type Ask, type Said, say } from "../ask.ts";
import type { Declared } from "../declared.ts";
import { countOf, isPackedInShape, placeOfFirst, quantizedOnes } from "./stored.ts";

/** Whether the engine knows the method that is declared, or is left with packed weights that nothing declares. */
export function judgeDeclaration(ask: Ask): Said[] {
  const { declared } = ask;
  if (declared === null) return judgeUndeclared(ask);
  switch (ask.engine) {
    case "vllm":
      return judgeVllm(ask, declared);
    case "sglang":
      return judgeSglang(ask, declared);
    case "transformers":
      return judgeTransformers(ask, declared);
    case "trtllm":
      return judgeTensorRt(ask, declared);
    case "mlx":
      return judgeMlx(ask, declared);
    case "llama.cpp":
      return judgeGguf(ask, declared);
    default:
      return ask.engine satisfies never;
  }
}

/** MLX models are read by the shapes of their scales; the others build a plain model. */
function judgeUndeclared(ask: Ask): Said[] {
  const packed = quantizedOnes(ask);
  const [first] = packed;
  if (first === undefined) return [];
  if (ask.engine === "mlx") {
    const isOwn = packed.every(({ weight }) => weight.scheme.startsWith("mlx-"));
    return isOwn ? [] : [say("method-ignored", first.at, { method: "none", engine: "mlx" })];
  }
  const values = { scheme: first.weight.scheme, modules: countOf(packed), engine: ask.engine };
  const isStrict = ask.engine === "vllm" || ask.engine === "llama.cpp";
  const isRefused = isStrict || packed.some(isPackedInShape);
  return [say(isRefused ? "packed-undeclared" : "fp8-undeclared", placeOfFirst(packed), values)];
}

function judgeVllm(ask: Ask, declared: Declared): Said[] {
  const { method, written } = declared;
  // Without a method the model is built plain: packed tensors then have no place.
  if (method === "")
    return quantizedOnes(ask).length > 0 ? [say("method-nameless", null, { engine: "vllm" })] : [];
  const { methods } = ask.serving ?? { methods: {} };
  const name = method === "auto-round" ? "inc" : method;
  const row = Object.hasOwn(methods, name) ? methods[name as keyof typeof methods] : undefined;
  if (row === undefined) return [say("method-unknown", null, { method: written ?? method, engine: "vllm" })];
  return "deprecated" in row ? [say("method-deprecated", null, { method })] : [];
}

function judgeSglang(ask: Ask, declared: Declared): Said[] {
  const { method, written } = declared;
  if (method === "") return [say("method-nameless", null, { engine: "sglang" })];
  // The plain GPTQ kernel is gone: the name stands for Marlin's, which is judged with its settings.
  if (method === "gptq") return [];
  const { methods } = ask.serving ?? { methods: {} };
  const row = Object.hasOwn(methods, method)
    ? (methods as Readonly<Record<string, { readonly only?: string }>>)[method]
    : undefined;
  return row === undefined || row.only !== undefined
    ? [say("method-unknown", null, { method: written ?? method, engine: "sglang" })]
    : [];
}

/** Methods that the library reads under another name of its own. */
const LIBRARY_NAMES: Readonly<Record<string, readonly string[]>> = {
  bitsandbytes: ["bitsandbytes_4bit", "bitsandbytes_8bit"],
};

function judgeTransformers(ask: Ask, { method, written }: Declared): Said[] {
  const packed = quantizedOnes(ask);
  if (method === "")
    return packed.length > 0 ? [say("method-nameless", null, { engine: "transformers" })] : [];
  if (method === "nvfp4") return [say("prequantized-refused", placeOfFirst(packed), { method })];
  const known = LIBRARY_NAMES[method] ?? [method];
  if (known.some((name) => ask.tables.library.methods.includes(name))) return [];
  if (packed.length === 0) return [];
  const isRefused = packed.some(isPackedInShape);
  return [
    say(isRefused ? "method-skipped" : "method-skipped-fp8", placeOfFirst(packed), {
      method: written ?? method,
    }),
  ];
}

function judgeTensorRt(ask: Ask, declared: Declared): Said[] {
  const { method, value } = declared;
  const packed = quantizedOnes(ask);
  const unset = (why: string) => [
    say("algorithm-not-set", placeOfFirst(packed), { method: method || "none", why }),
  ];
  switch (method) {
    case "modelopt":
      return disagreement(ask, value);
    case "mxfp8":
    case "mxfp4":
    case "nvfp4":
    case "compressed-tensors":
      return [];
    case "fp8": {
      const block = member(value, "weight_block_size");
      const isStatic = member(value, "activation_scheme") === "static";
      if (Array.isArray(block))
        return block.join() === "128,128"
          ? []
          : [say("block-size-other", null, { found: `[${block.join(", ")}]` })];
      return isStatic ? [] : unset("neither blocks of [128, 128] nor static activations are declared");
    }
    case "gptq": {
      const bits = member(value, "bits");
      const group = member(value, "group_size");
      const isTaken = bits === 4 && (group === 64 || group === 128) && member(value, "desc_act") !== true;
      return isTaken
        ? []
        : unset(
            `${String(bits)} bits, groups of ${String(group)}, act-order ${String(member(value, "desc_act"))}`,
          );
    }
    default:
      return packed.length === 0 ? [] : unset("it is not among the methods that are read");
  }
}

/** ModelOpt's own file wins over what stands in config.json; the other engines read the other one. */
function disagreement({ component }: Ask, value: object): Said[] {
  const inline = member(member(component.configs.get("config.json"), "quantization_config"), "quant_algo");
  const own = member(value, "quant_algo");
  return inline === undefined || inline === own ? [] : [say("files-disagree", null)];
}

/** Declarations that mlx-lm does not look at leave the weights as they are. */
function judgeMlx(ask: Ask, declared: Declared): Said[] {
  const { method, value } = declared;
  const format = (what: string, phrase: string) => [say("mlx-format", null, { what, phrase })];
  if (
    declared.configPath === "quantization" ||
    (typeof member(value, "group_size") === "number" && method === "")
  )
    return [];
  switch (method) {
    case "":
    case "bitnet":
    case "mxfp4":
    case "mxfp8":
      return [];
    case "awq":
    case "gptq": {
      const bits = member(value, "bits") ?? member(value, "w_bit");
      if (bits !== 4) return format(`${method} of ${String(bits)} bits: 4 are read`, "Only 4-bit");
      const indexed = ask.linears.find(({ weight }) =>
        weight.tensors.some(({ suffix }) => suffix === "g_idx"),
      );
      return indexed === undefined
        ? []
        : [
            say("mlx-format", indexed.at, {
              what: "g_idx is stored, and no order of groups is read",
              phrase: "g_idx",
            }),
          ];
    }
    case "modelopt": {
      const algorithm = member(value, "quant_algo");
      return algorithm === "NVFP4"
        ? judgeMlxPacking(ask)
        : format(`quant_algo ${String(algorithm)}: NVFP4 alone is read`, "quant_algo");
    }
    case "compressed-tensors": {
      const format_ = member(value, "format");
      const isRead = typeof format_ === "string" && /^(?:nvfp4-|mxfp4-)?pack-quantized$/.test(format_);
      return isRead
        ? judgeMlxPacking(ask)
        : format(`format ${String(format_)} is not read`, "unsupported compressed-tensors format");
    }
    case "fp8":
      return judgeMlxPacking(ask);
    default:
      return quantizedOnes(ask).length === 0 ? [] : [say("method-ignored", null, { method, engine: "mlx" })];
  }
}

/** What other packings call their payloads and scales: MLX's own are `scales` and `biases`. */
const FOREIGN = /^(?:weight_packed|weight_scale|weight_scale_inv|weight_scale_2)$/;

/** The loader sees packed weights by their `scales`: other names are for a model's own code to take apart, which few do. */
function judgeMlxPacking(ask: Ask): Said[] {
  const module = ask.mlxModule;
  const reads = (suffix: string) => ask.tables.mlx?.reads[suffix]?.includes(module) === true;
  for (const { weight, at } of quantizedOnes(ask)) {
    const suffixes = weight.tensors.map(({ suffix }) => suffix).filter((suffix) => FOREIGN.test(suffix));
    const [first] = suffixes;
    if (first !== undefined && !suffixes.some(reads))
      return [say("mlx-packing", at, { suffix: first, module })];
  }
  return [];
}

const GGUF_FORMATS: ReadonlySet<unknown> = new Set([
  "float-quantized",
  "int-quantized",
  "naive-quantized",
  "pack-quantized",
]);

function judgeGguf(ask: Ask, { method, value, written }: Declared): Said[] {
  switch (method) {
    case "gptq": {
      const orderless = ask.linears.find(
        ({ weight }) => weight.scheme === "gptq" && !weight.tensors.some(({ suffix }) => suffix === "g_idx"),
      );
      const what = "g_idx is not stored, and is looked for";
      return orderless === undefined ? [] : [say("gguf-scheme", orderless.at, { what, phrase: "KeyError" })];
    }
    case "fp8":
    case "modelopt":
    case "bitnet":
    case "mxfp4":
      return [];
    case "compressed-tensors": {
      const groups = member(value, "config_groups");
      const count = typeof groups === "object" && groups !== null ? Object.keys(groups).length : 0;
      if (count > 1)
        return [
          say("gguf-scheme", null, {
            what: `${count} groups of settings: one is read`,
            phrase: "config_groups",
          }),
        ];
      const format = member(value, "format");
      if (GGUF_FORMATS.has(format)) return [];
      return [
        say("gguf-scheme", null, { what: `format ${String(format)} is not read`, phrase: "Quant format" }),
      ];
    }
    default:
      return [say("method-unknown", null, { method: written ?? method, engine: "llama.cpp" })];
  }
}
