import { baseName } from "../sources/paths.ts";

/** What the name of a weight file tells. Names are conventions: the index and the headers decide. */
export interface ShardFileName {
  readonly path: string;
  /** `model`, `diffusion_pytorch_model`, `adapter_model`, `consolidated`, … */
  readonly prefix: string;
  /** `fp16` in `model.fp16.safetensors` and its relatives, null where there is none. */
  readonly variant: string | null;
  /** `00001` and `00002` of `-00001-of-00002`, null for a file of its own. */
  readonly number: number | null;
  readonly total: number | null;
  /** `0` in `model-rank-0-part-0`, `TP-003`, …: a slice of every tensor for one process; null otherwise. */
  readonly rank: string | null;
}

const RANKS: readonly RegExp[] = [
  /^(?<prefix>.+)-rank-(?<rank>\d+)-part-(?<part>\d+)$/, // sharded_state of vLLM and SGLang
  /^(?<prefix>.+?)(?<rank>\d+)-mp(?<total>\d+)$/, // DeepSeek's conversion for inference
  /^(?<prefix>.+?)[-_](?<part>\d+)-(?<rank>TP-(?:\d{3}|common))$/, // xai-org/grok-2
];

const NUMBERED =
  /^(?<prefix>.+?)[-_](?<number>\d{5,6})-of-(?<total>\d{5,6})(?:\.(?<variant>[A-Za-z0-9_-]+))?$/;
const VARIANT = /^(?<prefix>[^.]+)\.(?<variant>[A-Za-z0-9_-]+)$/;

/** Reads the name of a `.safetensors` file. */
export function parseShardFileName(path: string): ShardFileName {
  const stem = baseName(path).replace(/\.safetensors$/, "");
  for (const pattern of RANKS) {
    const groups = pattern.exec(stem)?.groups;
    if (groups?.rank !== undefined) {
      return {
        path,
        prefix: groups.prefix as string,
        variant: null,
        number: null,
        total: null,
        rank: groups.rank,
      };
    }
  }
  const numbered = NUMBERED.exec(stem)?.groups;
  if (numbered !== undefined) {
    const split = splitVariant(numbered.prefix as string);
    return {
      path,
      prefix: split.prefix,
      variant: numbered.variant ?? split.variant,
      number: Number(numbered.number),
      total: Number(numbered.total),
      rank: null,
    };
  }
  return { path, ...splitVariant(stem), number: null, total: null, rank: null };
}

export interface IndexFileName {
  readonly path: string;
  readonly prefix: string;
  readonly variant: string | null;
}

/**
 * Reads the name of an index, or undefined where it is none: `model.safetensors.index.json`,
 * `….index.fp16.json` (transformers, diffusers) and `….safetensors.fp16.index.json` (older diffusers).
 */
export function parseIndexFileName(path: string): IndexFileName | undefined {
  const match = /^(?<prefix>.+)\.safetensors(?:\.(?<old>[^.]+))?\.index(?:\.(?<variant>[^.]+))?\.json$/.exec(
    baseName(path),
  );
  const groups = match?.groups;
  if (groups === undefined) return undefined;
  return { path, prefix: groups.prefix as string, variant: groups.variant ?? groups.old ?? null };
}

function splitVariant(stem: string): { prefix: string; variant: string | null } {
  const groups = VARIANT.exec(stem)?.groups;
  return groups === undefined
    ? { prefix: stem, variant: null }
    : { prefix: groups.prefix as string, variant: groups.variant as string };
}
