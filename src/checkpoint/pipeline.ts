import { type FolderConfigs, member } from "./config.ts";

/** A part of a pipeline as its description names it, with its own configuration where it has one. */
export interface PipelinePart {
  readonly name: string;
  /** Class that is to load it; null where the description says none, on purpose or not. */
  readonly className: string | null;
  /** Whether its folder is here. */
  readonly isHere: boolean;
  /** Whether it has weights of another format beside or instead of safetensors. */
  readonly hasOtherWeights: boolean;
  /** Its config.json, or what its module calls its own; undefined where there is none. */
  readonly config: unknown;
}

/** Several models that work together, as `model_index.json` or `modules.json` describes them. */
export interface Pipeline {
  readonly file: "model_index.json" | "modules.json";
  readonly className: string | null;
  /** Parts that are to be there; those that the description leaves out on purpose are none. */
  readonly parts: readonly PipelinePart[];
  /** Folders of parts that no pipeline does without, and that the description does not name. */
  readonly unlisted: readonly string[];
}

/** Other folders are spares, as `vae_1_0` beside `vae`. */
const NEEDED = /^(?:unet|transformer(?:_2)?|vae|text_encoder(?:_[23])?)$/;

/** Parts looked at of one description; the largest real ones have about ten. */
const MAX_PARTS = 100;

/** Reads the description of a source's parts; null where there is none, or it cannot be used. */
export async function readPipeline(
  listed: ReadonlySet<string>,
  configs: FolderConfigs,
): Promise<Pipeline | null> {
  const file = (["model_index.json", "modules.json"] as const).find((name) => listed.has(name));
  if (file === undefined) return null;
  const description = (await configs.load("")).configs.get(file);
  const router = file === "modules.json" ? (await configs.load("")).configs.get("router_config.json") : null;
  const named =
    file === "modules.json"
      ? [...partsOfModules(description), ...partsOfRouter(router)]
      : partsOfIndex(description);
  if (named.length === 0) return null;
  const parts: PipelinePart[] = [];
  for (const { name, className } of named.slice(0, MAX_PARTS)) {
    const isHere = name === "" || hasFolder(listed, name);
    const own = isHere ? (await configs.load(name)).configs : undefined;
    const config = OWN_CONFIGS.map((each) => own?.get(each)).find((each) => each !== undefined);
    parts.push({ name, className, isHere, hasOtherWeights: hasOthers(listed, name), config });
  }
  const className = member(description, "_class_name");
  // A description that leaves a part out on purpose names it all the same, as null.
  const isNamed = (name: string) => member(description, name) !== undefined;
  const unlisted =
    file === "modules.json" ? [] : [...listed].filter((path) => NEEDED.test(path) && !isNamed(path));
  return { file, className: typeof className === "string" ? className : null, parts, unlisted };
}

/** What modules of sentence-transformers call their configuration. */
const OWN_CONFIGS = ["config.json", "lstm_config.json", "cnn_config.json"] as const;

interface Named {
  readonly name: string;
  readonly className: string | null;
}

/** `"vae": ["diffusers", "AutoencoderKL"]`; two nulls mean: none, on purpose. */
function partsOfIndex(description: unknown): Named[] {
  if (typeof description !== "object" || description === null || Array.isArray(description)) return [];
  return Object.entries(description).flatMap(([name, value]): Named[] => {
    if (name.startsWith("_") || !Array.isArray(value) || value.length !== 2) return [];
    const [library, className] = value as unknown[];
    return typeof library === "string" && typeof className === "string" ? [{ name, className }] : [];
  });
}

/** A list in which an empty path is the folder itself. */
function partsOfModules(description: unknown): Named[] {
  if (!Array.isArray(description)) return [];
  return description.flatMap((each): Named[] => {
    const [path, type] = [member(each, "path"), member(each, "type")];
    if (typeof path !== "string") return [];
    return [{ name: path, className: typeof type === "string" ? type : null }];
  });
}

/** Modules of which a router takes some, by what is asked: `types` names the class of each folder. */
function partsOfRouter(description: unknown): Named[] {
  const types = member(description, "types");
  if (typeof types !== "object" || types === null) return [];
  return Object.entries(types).map(([name, type]) => ({
    name,
    className: typeof type === "string" ? type : null,
  }));
}

function hasOthers(listed: ReadonlySet<string>, name: string): boolean {
  const start = name === "" ? "" : `${name}/`;
  for (const path of listed)
    if (path.startsWith(start) && /^[^/]+\.(?:bin|pt|pth|onnx|ckpt)$/.test(path.slice(start.length)))
      return true;
  return false;
}

function hasFolder(listed: ReadonlySet<string>, name: string): boolean {
  for (const path of listed) if (path === name || path.startsWith(`${name}/`)) return true;
  return false;
}
