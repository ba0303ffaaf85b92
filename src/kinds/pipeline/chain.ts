import type { Pipeline } from "../../checkpoint/pipeline.ts";
import { type Misfit, numberAt, TEXT } from "./widths.ts";

/** A side of a tensor that follows from the configuration of its module. */
export interface ChainPin {
  readonly tensor: string;
  readonly axis: number;
  readonly key: string;
  readonly is: (config: unknown) => number | undefined;
}

/** A module of sentence-transformers: the width it takes, the width it gives, and what it stores. */
interface ModuleRow {
  /** Last part of the class, `sentence_transformers.models.Dense`. */
  readonly className: RegExp;
  /** The width before it; none where it is the first of a chain or takes any. */
  readonly takes?: readonly string[];
  /** The width after it; `any` for what changes none. */
  readonly gives: "any" | ((config: unknown) => number | undefined);
  /** What the width it gives is called. */
  readonly key?: string;
  readonly pins?: readonly ChainPin[];
  /** A tensor that is stored unless the configuration says no. */
  readonly unless?: { readonly key: string; readonly tensor: string };
}

const number = (keys: string) => (config: unknown) => numberAt(config, keys.split(" "))?.value;
const pin = (tensor: string, axis: number, keys: string): ChainPin => ({
  tensor,
  axis,
  key: keys.split(" ")[0] ?? keys,
  is: number(keys),
});

const WORD_WIDTH = "word_embedding_dimension embedding_dimension";
const CNN_WIDTH = "in_word_embedding_dimension in_embedding_dimension";

/** Source: `config_keys`, `__init__` and `save` of the modules of sentence-transformers 6. */
const MODULES: readonly ModuleRow[] = [
  { className: /^(?:MLM)?Transformer$/, gives: number(TEXT), key: "hidden_size" },
  {
    className: /^Pooling$/,
    takes: WORD_WIDTH.split(" "),
    gives: (config) => times(number(WORD_WIDTH)(config), Math.max(1, poolingModes(config))),
    key: "word_embedding_dimension",
  },
  {
    className: /^Dense$/,
    takes: ["in_features"],
    gives: number("out_features"),
    key: "out_features",
    pins: [pin("linear.weight", 0, "out_features"), pin("linear.weight", 1, "in_features")],
    unless: { key: "bias", tensor: "linear.bias" },
  },
  {
    className: /^LSTM$/,
    takes: WORD_WIDTH.split(" "),
    gives: (config) => times(number("hidden_dim")(config), isFalse(config, "bidirectional") ? 1 : 2),
    key: "hidden_dim",
    pins: [pin("encoder.weight_hh_l0", 1, "hidden_dim"), pin("encoder.weight_ih_l0", 1, WORD_WIDTH)],
  },
  {
    className: /^CNN$/,
    takes: CNN_WIDTH.split(" "),
    gives: (config) => times(number("out_channels")(config), kernels(config)),
    key: "out_channels",
    pins: [pin("convs.0.weight", 0, "out_channels"), pin("convs.0.weight", 1, CNN_WIDTH)],
  },
  {
    className: /^LayerNorm$/,
    takes: ["dimension"],
    gives: number("dimension"),
    key: "dimension",
    pins: [pin("norm.weight", 0, "dimension")],
  },
  {
    className: /^WeightedLayerPooling$/,
    takes: WORD_WIDTH.split(" "),
    gives: number(WORD_WIDTH),
    key: "word_embedding_dimension",
    pins: [
      {
        tensor: "layer_weights",
        axis: 0,
        key: "num_hidden_layers",
        is: (config) => {
          const [layers, start] = [number("num_hidden_layers")(config), number("layer_start")(config)];
          return layers === undefined || start === undefined ? undefined : layers + 1 - start;
        },
      },
    ],
  },
  {
    className: /^SparseAutoEncoder$/,
    takes: ["input_dim"],
    gives: number("hidden_dim"),
    key: "hidden_dim",
    pins: [pin("encoder.weight", 0, "hidden_dim"), pin("encoder.weight", 1, "input_dim")],
  },
  { className: /^(?:Normalize|Dropout|WordWeights)$/, gives: "any" },
];

/** Modules that are nothing without their weights. */
const WITH_WEIGHTS =
  /^(?:MLMTransformer|Transformer|Dense|LSTM|CNN|LayerNorm|WeightedLayerPooling|SparseAutoEncoder|StaticEmbedding|SparseStaticEmbedding|WordEmbeddings|WordWeights)$/;

/** Whether a module has weights of its own to store. */
export function storesWeights(className: string | null): boolean {
  return WITH_WEIGHTS.test(nameOf(className));
}

/** What a module stores by its configuration: sides of its tensors, and tensors that it does not go without. */
export function pinsOf(
  className: string | null,
  config: unknown,
): { readonly pins: readonly ChainPin[]; readonly needs: readonly NonNullable<ModuleRow["unless"]>[] } {
  const row = rowOf(className);
  const isLeftOut = row?.unless === undefined || config === undefined || isFalse(config, row.unless.key);
  return { pins: row?.pins ?? [], needs: isLeftOut ? [] : [row.unless] };
}

/** Encoder, pooling and further modules: each takes what the one before gives. */
export function findChainMisfits({ parts }: Pick<Pipeline, "parts">): Misfit[] {
  const found: Misfit[] = [];
  let before: { readonly value: number; readonly from: string } | undefined;
  for (const { name, className, config } of parts) {
    const row = rowOf(className);
    if (row?.gives === "any") continue;
    const own = row?.takes === undefined ? undefined : numberAt(config, row.takes);
    if (own !== undefined && before !== undefined && own.value !== before.value)
      found.push({
        part: name,
        key: own.key,
        stated: own.value,
        expected: before.value,
        from: before.from,
      });
    const value = row?.gives(config);
    before =
      value === undefined
        ? undefined
        : { value, from: `${name === "" ? "encoder" : name} ${row?.key ?? "width"}` };
  }
  return found;
}

function rowOf(className: string | null): ModuleRow | undefined {
  return MODULES.find((row) => row.className.test(nameOf(className)));
}

function nameOf(className: string | null): string {
  return className?.split(".").at(-1) ?? "";
}

function times(value: number | undefined, factor: number): number | undefined {
  return value === undefined || factor === 0 ? undefined : value * factor;
}

function entries(config: unknown): [string, unknown][] {
  return typeof config === "object" && config !== null ? Object.entries(config) : [];
}

function isFalse(config: unknown, key: string): boolean {
  return entries(config).some(([name, value]) => name === key && value === false);
}

function poolingModes(config: unknown): number {
  return entries(config).filter(([key, value]) => key.startsWith("pooling_mode_") && value === true).length;
}

function kernels(config: unknown): number {
  const sizes = entries(config).find(([key]) => key === "kernel_sizes")?.[1];
  return Array.isArray(sizes) ? sizes.length : 0;
}
