import { type Ask, type Said, say } from "../ask.ts";

/** Whether the engine can read the configuration: by `model_type`, or not at all. */
export function judgeConfig(ask: Ask): Said[] {
  const { component, claims, engine } = ask;
  if (component.configs.has("adapter_config.json") && !claims.exists)
    return [say("is-no-model", null, { what: "an adapter" })];
  if (typeof claims.word("className")?.value === "string" && ask.architectures.length === 0)
    return [say("is-no-model", null, { what: "a part of a pipeline" })];
  if (!claims.exists) {
    const isMistral = engine === "vllm" && component.configs.has("params.json");
    return isMistral ? [] : [say("config-absent", null)];
  }
  if (engine === "trtllm" || engine === "llama.cpp") return [];
  const type = ask.modelType;
  if (type === undefined) return [say("model-type-absent", null)];
  return engine === "mlx" ? judgeMlx(ask, type) : judgeType(ask, type);
}

function judgeMlx({ tables, mlxModule }: Ask, type: string): Said[] {
  const { mlx } = tables;
  return mlx === null || mlx.modelTypes.includes(mlxModule)
    ? []
    : [say("model-type-unknown", null, { type, library: mlx.version })];
}

function judgeType(ask: Ask, type: string): Said[] {
  const { tables, serving } = ask;
  if (serving?.ownModelTypes.includes(type)) return [];
  const library = serving?.transformers ?? tables.library.version;
  // Code that comes with the weights goes before the library's own.
  if (ask.hasCode("AutoConfig")) return [];
  if (serving?.newModelTypes.includes(type)) return [say("model-type-newer", null, { type, library })];
  return tables.library.modelTypes.includes(type) ? [] : [say("model-type-unknown", null, { type, library })];
}
