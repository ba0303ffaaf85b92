import { type Ask, type Said, say } from "../ask.ts";

/** What the engine reads, and whether it is there. */
export function judgeFiles(ask: Ask): Said[] {
  return [...missingShards(ask), ...names(ask), ...index(ask)];
}

function missingShards({ component, engine }: Ask): Said[] {
  const shards = component.shards.filter(
    (shard) => shard.status === "unreadable" && shard.error.code === "SHARD_MISSING",
  ).length;
  if (shards === 0) return [];
  const isSilent = engine === "mlx" || engine === "trtllm";
  return [say(isSilent ? "shards-absent-silently" : "shard-absent", null, { shards })];
}

/** mlx-lm takes what is called `model*`; llama.cpp too, where no index names other files. */
function names({ component, engine }: Ask): Said[] {
  if (engine !== "mlx" && engine !== "llama.cpp") return [];
  if (engine === "llama.cpp" && component.index !== null) return [];
  const files = component.shards.map(({ path }) => path.slice(path.lastIndexOf("/") + 1));
  const [first] = files;
  if (first === undefined || files.some((file) => file.startsWith("model"))) return [];
  return [say("no-model-files", null, { file: first })];
}

function index({ component, engine }: Ask): Said[] {
  if (engine !== "llama.cpp" || component.index === null || !component.isComplete) return [];
  const tensors = component.table.count - component.index.entryCount;
  return tensors > 0 ? [say("index-unlike-files", null, { tensors })] : [];
}
