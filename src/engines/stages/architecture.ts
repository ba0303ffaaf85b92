import { member } from "../../checkpoint/config.ts";
import { type Ask, type Said, say } from "../ask.ts";

/** Whether the engine has a class for the model, and by which way it finds it. */
export function judgeArchitecture(ask: Ask): Said[] {
  switch (ask.engine) {
    case "vllm":
    case "sglang":
      return judgeServing(ask);
    case "trtllm":
    case "llama.cpp":
      return judgeList(ask);
    case "transformers":
      return judgeLibrary(ask);
    case "mlx":
      return [];
    default:
      return ask.engine satisfies never;
  }
}

/** By which way an engine comes to a class. */
export type Via = "native" | "suffix" | "transformers";

/** The class that the engine takes, null where it has none. */
export function effectiveArchitecture(ask: Ask): { readonly architecture: string; readonly via: Via } | null {
  const [own] = ask.architectures;
  if (!ask.isServing) return own === undefined ? null : { architecture: own, via: "native" };
  const native = ask.native?.[0];
  if (native !== undefined) return { architecture: native, via: "native" };
  const base = convertedFrom(ask);
  if (base !== undefined) return { architecture: base, via: "suffix" };
  return own === undefined ? null : { architecture: own, via: "transformers" };
}

/** Endings of class names that stand for tasks, longest first where one ends in another. */
const SUFFIXES = [
  "ForCausalLM",
  "ForConditionalGeneration",
  "ChatModel",
  "LMHeadModel",
  "ForTextEncoding",
  "EmbeddingModel",
  "ForSequenceClassification",
  "ForTokenClassification",
  "ForAudioClassification",
  "ForImageClassification",
  "ForVideoClassification",
  "ClassificationModel",
  "ForRewardModeling",
  "RewardModel",
  "Model",
] as const;

/** vLLM makes a pooling model of a class that it knows for another task. */
function convertedFrom({ engine, architectures, serving }: Ask): string | undefined {
  if (engine !== "vllm" || serving === undefined) return undefined;
  for (const name of architectures) {
    const suffix = SUFFIXES.find((each) => name.endsWith(each));
    if (suffix === undefined) continue;
    for (const other of SUFFIXES) {
      const base = name.slice(0, -suffix.length) + other;
      if (Object.hasOwn(serving.architectures, base)) return base;
    }
  }
  return undefined;
}

function judgeServing(ask: Ask): Said[] {
  const { architectures, serving, plan } = ask;
  if (serving === undefined) return [];
  const native = ask.native;
  if (native !== undefined) {
    const [architecture, [, flags]] = native;
    const isStaged = plan.pp === 1 || ask.engine !== "vllm" || flags === null || flags.includes("P");
    return isStaged ? [] : [say("pipeline-unsupported", null, { architecture, pp: plan.pp })];
  }
  const [architecture] = architectures;
  if (architecture === undefined)
    return [say("layout-unclear", null, { what: "config.json names no architecture" })];
  if (Object.hasOwn(serving.removed, architecture))
    return isTextOfLibrary(ask, architecture)
      ? [say("architecture-backend-unsure", null, { architecture })]
      : [
          say("architecture-removed", null, {
            architecture,
            version: serving.removed[architecture] as string,
          }),
        ];
  if (serving.plugins.includes(architecture)) return [say("architecture-in-plugin", null, { architecture })];
  if (convertedFrom(ask) !== undefined) return [];
  return judgeBackend(ask, architecture);
}

/** What the Transformers backends can be expected to serve: text, or text about images. */
const SERVED = /(?:ForCausalLM|ForConditionalGeneration)$/;

function judgeBackend(ask: Ask, architecture: string): Said[] {
  if (ask.hasCode("AutoModel")) return [byCode(ask, architecture)];
  const { backendFolders, settableFolders } = ask.tables.library;
  const folder = libraryFolder(ask, architecture);
  if (folder === undefined) return [say("architecture-unknown", null, { architecture })];
  // vLLM tries what lets its attention be set, too; nobody has said that it works.
  if (!backendFolders.includes(folder))
    return ask.engine === "vllm" && settableFolders.includes(folder)
      ? [say("architecture-backend-unsure", null, { architecture })]
      : [say("architecture-unknown", null, { architecture })];
  // An encoder between text and text is no decoder, whatever its class is called.
  const isEncoding = ask.model.stacks.some(({ scope }) => scope === "decoder" || scope === "encoder");
  const isDecoder = SERVED.test(architecture) && ask.model.isGenerative && !isEncoding;
  return [
    say(isDecoder ? "architecture-by-transformers" : "architecture-backend-unsure", null, { architecture }),
  ];
}

/** The folder of transformers that has a class; undefined where none has it under this model type. */
function libraryFolder(ask: Ask, architecture: string): string | undefined {
  const { library } = ask.tables;
  const type = ask.modelType ?? "";
  if (!library.modelTypes.includes(type) || !library.architectures.includes(architecture)) return undefined;
  return Object.hasOwn(library.folders, type) ? library.folders[type] : type.replaceAll("-", "_");
}

/** A text decoder that the Transformers backend is tried with before vLLM says that a class is gone. */
function isTextOfLibrary(ask: Ask, architecture: string): boolean {
  const folder = libraryFolder(ask, architecture);
  const isNested = typeof ask.claims.top === "object" && ask.claims.text !== ask.claims.top;
  return (
    folder !== undefined &&
    ask.tables.library.backendFolders.includes(folder) &&
    architecture.endsWith("ForCausalLM") &&
    !isNested
  );
}

function judgeList({ engine, architectures, tables }: Ask): Said[] {
  const table = tables.names[engine];
  const [architecture] = architectures;
  if (table === undefined) return [];
  if (architecture === undefined)
    return [say("layout-unclear", null, { what: "config.json names no architecture" })];
  if (table.architectures.includes(architecture)) return [];
  if (table.autoDeploy?.includes(architecture))
    return [say("architecture-autodeploy", null, { architecture })];
  return [say("architecture-unknown", null, { architecture })];
}

/** transformers goes by `model_type` alone; what it has no type for needs the repository's own code. */
function judgeLibrary(ask: Ask): Said[] {
  const type = ask.modelType ?? "";
  if (ask.tables.library.modelTypes.includes(type) || !ask.hasCode("AutoModel")) return [];
  return [byCode(ask, ask.architectures[0] ?? type)];
}

/** The code may lie in another repository (`owner/name--file.Class`); a file of this one has to be here. */
function byCode({ component, config }: Ask, architecture: string): Said {
  const map = member(config, "auto_map");
  const places = typeof map === "object" && map !== null ? Object.values(map).flat() : [];
  const files = places
    .filter((place) => typeof place === "string" && !place.includes("--"))
    .map((place) => `${String(place).split(".").slice(0, -1).join("/")}.py`);
  const absent =
    component.beside === null ? undefined : files.find((file) => !component.beside?.includes(file));
  return absent === undefined
    ? say("architecture-by-code", null, { architecture })
    : say("architecture-code-absent", null, { architecture, file: absent });
}
