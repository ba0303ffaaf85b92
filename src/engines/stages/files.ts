import { type Ask, type Said, say } from "../ask.ts";
import type { EngineName } from "../names.ts";

/** What the engine reads, and whether it is there. */
export function judgeFiles(ask: Ask): Said[] {
  return [...missingShards(ask), ...names(ask), ...index(ask), ...consolidated(ask), ...strays(ask)];
}

/** Classes of vLLM whose own code renames what Mistral's files hold. */
const RENAMES_MISTRAL = /^(?:Mistral|Ministral|Pixtral|Voxtral|Devstral|Magistral|Mixtral|DeciLM|.*NAS)/;

/** vLLM takes Mistral's own files wherever there are any; without `params.json` few classes know their names. */
function consolidated({ engine, component, architectures }: Ask): Said[] {
  const file = component.beside?.find((name) => /^consolidated.*\.safetensors$/.test(name));
  if (engine !== "vllm" || file === undefined) return [];
  const [architecture = "its class"] = architectures;
  const isMapped = component.configs.has("params.json") || RENAMES_MISTRAL.test(architecture);
  return [
    isMapped
      ? say("consolidated-wins", null, { file })
      : say("consolidated-unmapped", null, { file, architecture }),
  ];
}

/** TensorRT-LLM reads all weight files of a folder, mlx-lm those called `model*`; the index is not asked. */
function strays({ engine, component }: Ask): Said[] {
  const pattern = engine === "mlx" ? /^model.*\.safetensors$/ : engine === "trtllm" ? STRAY : null;
  if (pattern === null || component.index === null) return [];
  const files = component.beside?.filter((name) => pattern.test(name)).length ?? 0;
  return files === 0 ? [] : [say("strays-read", null, { files })];
}

/** Left out where others exist: Mistral's own. */
const STRAY = /^(?!consolidated).*\.safetensors$/;

function missingShards({ component, engine }: Ask): Said[] {
  const shards = component.shards.filter(
    (shard) => shard.status === "unreadable" && shard.error.code === "SHARD_MISSING",
  ).length;
  if (shards === 0) return [];
  const isSilent = engine === "mlx" || engine === "trtllm";
  return [say(isSilent ? "shards-absent-silently" : "shard-absent", null, { shards })];
}

/** Names that engines look for where no index names other files; mlx-lm asks no index. */
const LOOKED_FOR: Readonly<Partial<Record<EngineName, RegExp>>> = {
  transformers: /^model\.safetensors$/,
  mlx: /^model/,
  "llama.cpp": /^model/,
};

function names({ component, engine }: Ask): Said[] {
  const pattern = LOOKED_FOR[engine];
  if (pattern === undefined || (engine !== "mlx" && component.index !== null)) return [];
  const files = component.shards.map(({ path }) => path.slice(path.lastIndexOf("/") + 1));
  const [first] = files;
  if (first === undefined || files.some((file) => pattern.test(file))) return [];
  const wanted =
    engine === "transformers" ? "model.safetensors, and there is no index" : "model*.safetensors";
  return [say("no-model-files", null, { file: first, wanted })];
}

function index({ component, engine }: Ask): Said[] {
  if (engine !== "llama.cpp" || component.index === null || !component.isComplete) return [];
  const tensors = component.table.count - component.index.entryCount;
  return tensors > 0 ? [say("index-unlike-files", null, { tensors })] : [];
}
