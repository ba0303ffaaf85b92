import { FILES_BESIDE, MAX_CONFIG_BYTES } from "./config-files.ts";
import { baseName } from "./paths.ts";
import type { RemoteFiles } from "./remote-files.ts";
import type { SourceEntry } from "./source.ts";

/**
 * Weights that are asked for in this order until one is there. An index comes before the file of the same name, as loaders
 * take it; shards without an index have names that nobody can guess.
 */
const WEIGHTS = [
  "model.safetensors.index.json",
  "model.safetensors",
  "diffusion_pytorch_model.safetensors.index.json",
  "diffusion_pytorch_model.safetensors",
] as const;

/** PEFT's; beside a model too, where there is a configuration of it. */
const ADAPTER = { weights: "adapter_model.safetensors", config: "adapter_config.json" } as const;

/** What is there by name, said wherever it was read so: what a store denies and what it lacks look alike. */
export const BY_NAME_NOTE =
  "the bucket may not be listed, so files were asked for by name: those that it does not give count as absent";

/**
 * The files of a folder that may be read and not listed (`s3:GetObject` alone), undefined where no weights are among them.
 * What is read to find that out is kept for whoever opens it: no file is asked for twice.
 */
export async function findByName(
  files: RemoteFiles,
  chosenFile: string | null,
): Promise<readonly SourceEntry[] | undefined> {
  const beside = FILES_BESIDE.map(async (path) =>
    (await files.exists(path, MAX_CONFIG_BYTES)) ? [path] : [],
  );
  const weights = await firstOf(files, chosenFile === null ? WEIGHTS : [baseName(chosenFile)]);
  const configs: readonly string[] = (await Promise.all(beside)).flat();
  const mayAdapt = chosenFile === null && (weights === undefined || configs.includes(ADAPTER.config));
  const adapter = mayAdapt ? await firstOf(files, [ADAPTER.weights]) : undefined;
  const found = [weights, adapter].filter((path) => path !== undefined);
  return found.length === 0 ? undefined : [...found, ...configs].map((path) => ({ path, kind: "file" }));
}

async function firstOf(files: RemoteFiles, names: readonly string[]): Promise<string | undefined> {
  for (const name of names) if (await files.isThere(name)) return name;
  return undefined;
}
