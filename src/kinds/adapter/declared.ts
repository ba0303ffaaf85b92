import type { Component } from "../../checkpoint/checkpoint.ts";
import { member, parseConfig } from "../../checkpoint/config.ts";

/** What a configuration or the header's metadata says of an adapter: claims. Null is not stated. */
export interface DeclaredAdapter {
  /** `LORA`, `ADALORA`, `dora` of mlx-lm, `boft` of LyCORIS. */
  readonly type: string | null;
  readonly rank: number | null;
  readonly alpha: number | null;
  /** A factor that is stated as such (mlx-lm), not made from alpha and rank. */
  readonly scale: number | null;
  readonly base: string | null;
  readonly usesRankRoot: boolean;
  readonly usesMagnitudes: boolean;
  /** Ends of module names with a rank or an alpha of their own, as regular expressions. */
  readonly rankPattern: Readonly<Record<string, number>>;
  readonly alphaPattern: Readonly<Record<string, number>>;
  readonly savedModules: readonly string[];
  readonly targets: readonly string[] | string | null;
  readonly excluded: readonly string[] | string | null;
  readonly targetParameters: readonly string[];
  readonly taskType: string | null;
  /** Layers from the end that mlx-lm trained. */
  readonly lastLayers: number | null;
  readonly architecture: string | null;
  /** Where it was read. */
  readonly from: "adapter_config.json" | "header" | null;
  /** Whether the rank is one of all modules that have any: trainers may give lists of modules their own. */
  readonly hasOwnRanks: boolean;
}

/** Bytes of a metadata entry that is read as JSON; the longest real one has some 20,000. */
const MAX_METADATA_JSON = 1_000_000;

export function declaredAdapter(component: Component): DeclaredAdapter {
  return component.analyses.get(read);
}

const NOTHING: DeclaredAdapter = {
  type: null,
  rank: null,
  alpha: null,
  scale: null,
  base: null,
  usesRankRoot: false,
  usesMagnitudes: false,
  rankPattern: {},
  alphaPattern: {},
  savedModules: [],
  targets: null,
  excluded: null,
  targetParameters: [],
  taskType: null,
  lastLayers: null,
  architecture: null,
  from: null,
  hasOwnRanks: false,
};

function read(component: Component): DeclaredAdapter {
  const config = component.configs.get("adapter_config.json");
  if (config !== undefined) return { ...fromConfig(config), from: "adapter_config.json" };
  const metadata = component.shards.find((shard) => shard.status === "read")?.metadata;
  if (metadata == null) return NOTHING;
  const written = metadata.get("lora_adapter_metadata");
  if (written !== undefined) return { ...fromDiffusers(written), from: "header" };
  return { ...fromTrainer(metadata), from: "header" };
}

function fromConfig(config: unknown): DeclaredAdapter {
  const mlx = member(config, "lora_parameters");
  if (mlx !== undefined)
    return {
      ...NOTHING,
      type: text(member(config, "fine_tune_type")) ?? "lora",
      rank: count(member(mlx, "rank")),
      scale: number(member(mlx, "scale")),
      base: text(member(config, "model")),
      usesMagnitudes: member(config, "fine_tune_type") === "dora",
      lastLayers: count(member(config, "num_layers")),
    };
  return {
    ...NOTHING,
    ...ofPeft((key) => member(config, key)),
    base: text(member(config, "base_model_name_or_path")),
  };
}

/** PEFT's fields, wherever they stand. AdaLoRA begins with `init_r` and prunes from there. */
function ofPeft(get: (key: string) => unknown): Partial<DeclaredAdapter> {
  const type = text(get("peft_type"));
  return {
    type,
    rank: count(type === "ADALORA" ? (get("init_r") ?? get("r")) : get("r")),
    alpha: number(get("lora_alpha")) ?? number(get("alpha")),
    usesRankRoot: get("use_rslora") === true,
    usesMagnitudes: get("use_dora") === true,
    rankPattern: numbers(get("rank_pattern")),
    alphaPattern: numbers(get("alpha_pattern")),
    savedModules: texts(get("modules_to_save")),
    targets: textOrTexts(get("target_modules")),
    excluded: textOrTexts(get("exclude_modules")),
    targetParameters: texts(get("target_parameters")),
    taskType: text(get("task_type")),
  };
}

/** One JSON string for all parts of a pipeline: `transformer.r`, `text_encoder.lora_alpha`. */
function fromDiffusers(written: string): DeclaredAdapter {
  const config = parseJson(written);
  if (typeof config !== "object" || config === null) return NOTHING;
  const parts = [...new Set(Object.keys(config).map((key) => key.split(".")[0] as string))];
  const [first, ...rest] = parts.map((part) => ofPeft((key) => member(config, `${part}.${key}`)));
  if (first === undefined) return NOTHING;
  const isSame = rest.every(({ rank, alpha }) => rank === first.rank && alpha === first.alpha);
  return { ...NOTHING, ...first, type: "LORA", ...(isSame ? {} : { rank: null, alpha: null }) };
}

/** Arguments of trainers that give blocks or sorts of modules a rank of their own; that of convolutions is beside the others'. */
const OWN_RANKS = /^(?!conv_)\w*_dims?$|preset/;

/** Metadata of kohya's scripts, musubi-tuner, LyCORIS: all strings. */
function fromTrainer(metadata: ReadonlyMap<string, string>): DeclaredAdapter {
  const args = parseJson(metadata.get("ss_network_args") ?? "");
  return {
    ...NOTHING,
    type: text(member(args, "algo")),
    hasOwnRanks: Object.keys(typeof args === "object" && args !== null ? args : {}).some((key) =>
      OWN_RANKS.test(key),
    ),
    rank: count(Number(metadata.get("ss_network_dim") ?? Number.NaN)),
    alpha: number(Number(metadata.get("ss_network_alpha") ?? Number.NaN)),
    base: metadata.get("ss_base_model_version") ?? null,
    architecture: metadata.get("modelspec.architecture") || null,
  };
}

function parseJson(written: string): unknown {
  if (written === "" || written.length > MAX_METADATA_JSON) return undefined;
  try {
    return parseConfig(Buffer.from(written, "utf8"));
  } catch {
    return undefined; // Metadata is free text: what is no JSON claims nothing.
  }
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function number(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function count(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : null;
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : [];
}

function textOrTexts(value: unknown): readonly string[] | string | null {
  return typeof value === "string" ? value : Array.isArray(value) ? texts(value) : null;
}

function numbers(value: unknown): Readonly<Record<string, number>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, number] => count(entry[1]) !== null),
  );
}
