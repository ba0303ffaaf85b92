import type { EngineName } from "./names.ts";

/** An architecture: what it is for, what its class can (P pipeline, H hybrid, A attention free, M multimodal), its fused modules, its renaming. */
export type ArchitectureRow = readonly [
  kind: string,
  flags: string | null,
  packed: number | null,
  rename: number | null,
];

/** Names that a class has otherwise than the files, in the order in which they are applied; the first occurrence counts. */
export interface Renaming {
  readonly regex?: Readonly<Record<string, string>>;
  readonly substr?: Readonly<Record<string, string>>;
  readonly prefix?: Readonly<Record<string, string>>;
  readonly suffix?: Readonly<Record<string, string>>;
}

export interface MethodRow {
  /** Smallest compute capability, times ten. */
  readonly capability?: number;
  /** What the model may compute in. */
  readonly dtypes?: readonly string[];
  readonly deprecated?: boolean;
  /** Other platforms than NVIDIA's, where it is for these alone. */
  readonly only?: string;
}

/** What vLLM and SGLang take. */
export interface ServingTable {
  readonly version: string;
  /** The newest transformers that the release allows. */
  readonly transformers: string;
  readonly architectures: Readonly<Record<string, ArchitectureRow>>;
  /** Architectures with the last release that has them. */
  readonly removed: Readonly<Record<string, string>>;
  readonly plugins: readonly string[];
  readonly ownModelTypes: readonly string[];
  /** Model types that the newest transformers knows, and the one of the release does not. */
  readonly newModelTypes: readonly string[];
  readonly packed: readonly Readonly<Record<string, readonly string[]>>[];
  readonly renames: readonly Renaming[];
  readonly methods: Readonly<Record<string, MethodRow>>;
}

export interface LibraryTable {
  readonly version: string;
  readonly modelTypes: readonly string[];
  /** Every model class that an automatic class of it loads. */
  readonly architectures: readonly string[];
  /** Folders with a class that the Transformers backend of an engine takes. */
  readonly backendFolders: readonly string[];
  /** Folders of other classes whose attention can be set, which is enough for vLLM to try. */
  readonly settableFolders: readonly string[];
  /** The folder of a model type, where it is not called like it. */
  readonly folders: Readonly<Record<string, string>>;
  readonly methods: readonly string[];
}

export interface MlxTable {
  readonly version: string;
  readonly modelTypes: readonly string[];
  readonly remap: Readonly<Record<string, string>>;
  /** Tensors of other packings than MLX's own, by their last name: the modules whose own code takes them apart. */
  readonly reads: Readonly<Record<string, readonly string[]>>;
  /** Modules whose code leaves vision and audio towers out. */
  readonly withoutTowers: readonly string[];
  readonly remapArchitecture: readonly (readonly [type: string, architecture: string, module: string])[];
}

/** A list of names alone, transcribed from one state of a file. */
export interface NameTable {
  readonly version: string;
  readonly architectures: readonly string[];
  readonly autoDeploy?: readonly string[];
}

export interface Tables {
  readonly library: LibraryTable;
  readonly serving: Readonly<Partial<Record<EngineName, ServingTable>>>;
  readonly mlx: MlxTable | null;
  readonly names: Readonly<Partial<Record<EngineName, NameTable>>>;
}

/** The tables of these engines. Read when they are asked for: no other run loads them. */
export async function loadTables(engines: readonly EngineName[]): Promise<Tables> {
  const wants = (engine: EngineName) => engines.includes(engine);
  const library = (await import("./transformers/5.23.0.json", { with: { type: "json" } })).default;
  const vllm = wants("vllm")
    ? (await import("./vllm/0.33.0.json", { with: { type: "json" } })).default
    : null;
  const sglang = wants("sglang")
    ? (await import("./sglang/0.5.23.json", { with: { type: "json" } })).default
    : null;
  const mlx = wants("mlx") ? (await import("./mlx/0.32.2.json", { with: { type: "json" } })).default : null;
  const trtllm = wants("trtllm")
    ? (await import("./trtllm/2026-07.json", { with: { type: "json" } })).default
    : null;
  const gguf = wants("llama.cpp")
    ? (await import("./llama.cpp/2026-07.json", { with: { type: "json" } })).default
    : null;
  return {
    library,
    serving: {
      ...(vllm === null ? {} : { vllm: vllm as unknown as ServingTable }),
      ...(sglang === null ? {} : { sglang: sglang as unknown as ServingTable }),
    },
    mlx: mlx as unknown as MlxTable | null,
    names: {
      ...(trtllm === null ? {} : { trtllm }),
      ...(gguf === null ? {} : { "llama.cpp": gguf }),
    },
  };
}
