import { suffixOf } from "../../src/quantization/suffixes.ts";
import { bendHeader, type Draft } from "./draft.ts";
import type { Prng } from "./prng.ts";

/** A way to break a checkpoint at a random place. */
export interface Mutation {
  readonly name: string;
  /** Checks of which one has to tell it. */
  readonly rules: readonly string[];
  /** Breaks the draft; returns what the finding must name, undefined where it does not apply. */
  readonly apply: (draft: Draft, prng: Prng) => string | undefined;
}

const LAYER = /^(.*?(?:layers|h|blocks|block)\.)(\d+)\./;
const EXPERT = /^(.*\.experts\.)(\d+)\.(.*)$/;

export const MUTATIONS: readonly Mutation[] = [
  {
    name: "a scale is lost",
    rules: ["scale-missing", "global-scale-missing", "auxiliary-missing"],
    apply: (draft, prng) => {
      const name = pick(draft, prng, (each) => isScaleOfWeight(draft, each));
      if (name !== undefined) draft.tensors.delete(name);
      return name && moduleOf(name);
    },
  },
  {
    name: "a packed weight is lost",
    rules: ["payload-missing", "scale-without-weight", "sibling-odd-one-out"],
    apply: (draft, prng) => {
      const name = pick(draft, prng, (each) => isScaleOfWeight(draft, each));
      const payload = name && payloadBeside(draft, name);
      if (payload !== undefined) draft.tensors.delete(payload);
      return payload && moduleOf(payload);
    },
  },
  {
    name: "a scale has another shape",
    rules: [
      "scale-shape-mismatch",
      "sibling-odd-one-out",
      "zero-point-shape-mismatch",
      "quantization-unlike-declared",
    ],
    apply: (draft, prng) => {
      const isGrid = (each: string) =>
        isScaleOfWeight(draft, each) && Math.min(...(draft.tensors.get(each)?.shape ?? [0])) > 2;
      const name = pick(draft, prng, isGrid);
      if (name === undefined) return undefined;
      const { shape } = draft.tensors.get(name) as { shape: readonly number[] };
      draft.change(name, { shape: shape.map((dim) => dim - 1) });
      return moduleOf(name);
    },
  },
  {
    name: "a weight inside a run of layers is lost",
    rules: [
      "sibling-odd-one-out",
      "payload-missing",
      "scale-without-weight",
      "expert-gap",
      "adapter-pair-broken",
    ],
    apply: (draft, prng) => {
      const name = pick(draft, prng, (each) => isInnerMatrix(draft, each));
      if (name !== undefined) draft.tensors.delete(name);
      return name && moduleOf(name);
    },
  },
  {
    name: "a weight inside a run of layers has another shape",
    rules: [
      "sibling-odd-one-out",
      "shape-unlike-config",
      "scale-shape-mismatch",
      "zero-point-shape-mismatch",
      // A factor of another rank than its counterpart.
      "adapter-pair-broken",
    ],
    apply: (draft, prng) => {
      const name = pick(draft, prng, (each) => isInnerMatrix(draft, each));
      if (name === undefined) return undefined;
      const { shape } = draft.tensors.get(name) as { shape: readonly number[] };
      draft.change(name, { shape: [(shape[0] as number) + 128, ...shape.slice(1)] });
      return moduleOf(name);
    },
  },
  {
    name: "a layer is lost",
    rules: ["layer-gap", "layer-count-mismatch"],
    apply: (draft, prng) => {
      if (draft.names.some((name) => name.includes(".lora_A."))) return undefined;
      const lists = layerLists(draft);
      const [prefix, numbers] = prng.pick([...lists].filter(([, each]) => each.length > 3)) ?? [];
      if (prefix === undefined || numbers === undefined) return undefined;
      const number = numbers[1 + prng.below(numbers.length - 2)] as number;
      draft.drop((name) => name.startsWith(`${prefix}${number}.`));
      return prefix.slice(0, -1);
    },
  },
  {
    name: "an expert is lost",
    rules: ["expert-gap"],
    apply: (draft, prng) => {
      const name = pick(draft, prng, (each) => EXPERT.test(each));
      const match = name && EXPERT.exec(name);
      if (!match) return undefined;
      draft.drop((each) => each.startsWith(`${match[1]}${match[2]}.`));
      return match[1]?.slice(0, -1);
    },
  },
  {
    name: "one of the projections run together is dequantized",
    rules: ["fused-group-uneven"],
    apply: (draft, prng) => {
      const name = pick(
        draft,
        prng,
        (each) => /\.k_proj\.weight$/.test(each) && draft.tensors.get(each)?.dtype === "F8_E4M3",
      );
      if (name === undefined) return undefined;
      draft.change(name, { dtype: "BF16" });
      draft.drop((each) => each !== name && each.startsWith(`${moduleOf(name)}.`));
      return moduleOf(name).replace(/\.k_proj$/, "");
    },
  },
  {
    name: "a weight has no elements",
    rules: ["empty-weight"],
    apply: (draft, prng) => {
      const name = pick(draft, prng, (each) => /\.weight$/.test(each));
      if (name !== undefined) draft.change(name, { shape: [0] });
      return name && moduleOf(name);
    },
  },
  {
    name: "names keep a wrapper's prefix",
    rules: ["wrapper-prefix"],
    apply: (draft) => {
      draft.rename((name) => `_orig_mod.${name}`);
      return "_orig_mod";
    },
  },
  {
    name: "an entry of the index is lost",
    rules: ["tensor-not-in-index"],
    apply: (draft, prng) => {
      if (!draft.hasIndex) return undefined;
      const name = prng.pick(draft.names);
      draft.indexChanges.set(name, null);
      return name;
    },
  },
  {
    name: "the index names a tensor that is not there",
    rules: ["index-tensor-missing"],
    apply: (draft, prng) => {
      if (!draft.hasIndex) return undefined;
      const name = prng.pick(draft.names);
      draft.fileChanges.push((files) => {
        const { shard } = draft.tensors.get(name) as { shard: string };
        const file = files.get(shard);
        if (file !== undefined)
          files.set(
            shard,
            bendHeader(file, (json) => json.replace(`${JSON.stringify(name)}:`, '"renamed":')),
          );
      });
      return name;
    },
  },
  {
    name: "the index claims another size",
    rules: ["total-size-wrong"],
    apply: (draft) => {
      if (!draft.hasIndex) return undefined;
      draft.metadata.total_size = 62_100_000_001;
      return "62,100,000,001";
    },
  },
  ...onShard("a shard is lost", ["shard-missing"], (files, shard) => files.delete(shard), 2),
  ...onShard("a shard is cut", ["file-truncated"], (files, shard) => {
    const file = files.get(shard);
    if (file !== undefined) files.set(shard, { ...file, fileBytes: (file.fileBytes ?? 0) - 7 });
  }),
  ...onShard("a shard has bytes at its end", ["trailing-bytes"], (files, shard) => {
    const file = files.get(shard);
    if (file !== undefined) files.set(shard, { ...file, fileBytes: (file.fileBytes ?? 0) + 3 });
  }),
  ...onShard("a shard is an LFS pointer", ["not-safetensors"], (files, shard) =>
    files.set(shard, {
      bytes: Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"),
    }),
  ),
  ...onShard("a header has an unknown dtype", ["dtype-unknown"], (files, shard) => {
    const file = files.get(shard);
    if (file !== undefined)
      files.set(
        shard,
        bendHeader(file, (json) => json.replace(/"dtype":"[^"]+"/, '"dtype":"F7"')),
      );
  }),
  ...onConfig("the vocabulary is larger than the table", "vocab_size", ["vocab-size-mismatch"]),
  ...onConfig("the configuration counts more layers", "num_hidden_layers", ["layer-count-mismatch"]),
  ...onConfig("the configuration has another width", "hidden_size", ["width-mismatch"]),
  ...onConfig("the configuration counts other key/value heads", "num_key_value_heads", [
    "attention-shape-mismatch",
  ]),
  ...onConfig("heads of latent attention have other values", "v_head_dim", ["latent-attention-mismatch"]),
  ...onConfig("the indexer has another width", "index_head_dim", ["indexer-mismatch"]),
  ...onConfig("a state has other heads", "linear_num_value_heads", ["recurrent-shape-mismatch"]),
  ...onConfig("a state has another size", "state_size", ["recurrent-shape-mismatch"]),
  ...onConfig("the configuration counts other shared experts", "n_shared_experts", ["expert-count-mismatch"]),
  ...onConfig("the configuration states other positions", "n_positions", ["position-table-mismatch"]),
  {
    name: "nothing announces the quantization",
    rules: ["quantization-undeclared"],
    apply: (draft) => {
      if (draft.config.quantization_config === undefined && draft.config.quantization === undefined)
        return undefined;
      delete draft.config.quantization_config;
      delete draft.config.quantization;
      for (const file of [...draft.configs.keys()]) if (file !== "config.json") draft.configs.delete(file);
      return "nothing declares it";
    },
  },
  {
    name: "a quantization is announced and nothing quantized",
    rules: ["quantization-not-applied"],
    apply: (draft) => {
      const isPlain = [...draft.tensors.values()].every(({ dtype }) => /^(?:BF16|F16|F32|I64)$/.test(dtype));
      if (!isPlain || !draft.configs.has("config.json")) return undefined;
      draft.config.quantization_config = { quant_method: "gptq", bits: 4, group_size: 128 };
      return "gptq";
    },
  },
  {
    name: "a LoRA matrix is lost",
    rules: ["adapter-pair-broken"],
    apply: (draft, prng) => {
      const name = pick(draft, prng, (each) => /\.lora_B\./.test(each));
      if (name !== undefined) draft.tensors.delete(name);
      return name?.replace(/\.lora_B\..*$/, "");
    },
  },
];

function onShard(
  name: string,
  rules: readonly string[],
  change: (files: Parameters<Draft["fileChanges"][number]>[0], shard: string) => void,
  least = 1,
): Mutation[] {
  const apply = (draft: Draft, prng: Prng) => {
    // A part of a pipeline is whole in one file: without it, the part is what is missing.
    const shards = least > 1 ? draft.shards.filter((shard) => !shard.includes("/")) : draft.shards;
    if (shards.length < least) return undefined;
    const shard = prng.pick(shards);
    draft.fileChanges.push((files) => change(files, shard));
    return shard;
  };
  return [{ name, rules, apply }];
}

function onConfig(name: string, key: string, rules: readonly string[]): Mutation[] {
  const apply = ({ config }: Draft) => {
    const owner =
      typeof config.text_config === "object" ? (config.text_config as Record<string, unknown>) : config;
    if (typeof owner[key] !== "number" || config.is_encoder_decoder === true) return undefined;
    // With latent attention the count of key/value heads says nothing about any tensor.
    if (key === "num_key_value_heads" && owner.kv_lora_rank !== undefined) return undefined;
    owner[key] = (owner[key] as number) * 2;
    return key;
  };
  return [{ name, rules, apply }];
}

function pick(draft: Draft, prng: Prng, isMeant: (name: string) => boolean): string | undefined {
  return prng.pick(draft.names.filter(isMeant));
}

function isScaleOfWeight(draft: Draft, name: string): boolean {
  const suffix = name.slice(name.lastIndexOf(".") + 1);
  const { part } = suffixOf(suffix) ?? {};
  return (part === "scale" || part === "global-scale") && payloadBeside(draft, name) !== undefined;
}

const PAYLOADS = ["weight", "weight_packed", "qweight"];

function payloadBeside(draft: Draft, name: string): string | undefined {
  return PAYLOADS.map((suffix) => `${moduleOf(name)}.${suffix}`).find((each) => draft.tensors.has(each));
}

/** A matrix of a layer that is neither the first nor the last, in a list of five or more that are alike in it. */
function isInnerMatrix(draft: Draft, name: string): boolean {
  const match = LAYER.exec(name);
  const tensor = draft.tensors.get(name);
  if (match === null || tensor === undefined || tensor.shape.length < 2) return false;
  const inner = suffixOf(name.slice(name.lastIndexOf(".") + 1));
  if (inner?.part !== "payload") return false;
  const [, prefix, number] = match as unknown as [string, string, string];
  const layer = Number(number);
  const isAlike = (other: number) =>
    draft.tensors.get(`${prefix}${other}.${name.slice(match[0].length)}`)?.shape.join() ===
    tensor.shape.join();
  return layer > 1 && [-2, -1, 1, 2].every((step) => isAlike(layer + step));
}

/** Numbers of each list of layers, by what stands before them. */
function layerLists(draft: Draft): Map<string, number[]> {
  const lists = new Map<string, Set<number>>();
  for (const name of draft.names) {
    const match = LAYER.exec(name);
    if (match === null) continue;
    const list = lists.get(match[1] as string) ?? new Set();
    lists.set(match[1] as string, list.add(Number(match[2])));
  }
  return new Map(Array.from(lists, ([prefix, numbers]) => [prefix, [...numbers].sort((a, b) => a - b)]));
}

function moduleOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf(".")));
}
