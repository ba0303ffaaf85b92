import { UnfoldError } from "../errors.ts";
import { formatQuantity } from "../format/count.ts";
import { quoteForMessage } from "../format/escape.ts";
import { compareNatural } from "../format/natural.ts";
import { MAX_CONFIG_BYTES } from "../sources/config-files.ts";
import { baseName, folderOf } from "../sources/paths.ts";
import type { Source, SourceEntry } from "../sources/source.ts";
import { member, parseConfig } from "./config.ts";
import { type CheckpointPlan, type PlanOptions, planFolder } from "./find-components.ts";
import { type Note, note } from "./notes.ts";

/** Component folders looked into at the most: the largest pipelines have about ten. */
const MAX_COMPONENT_FOLDERS = 100;

/** Folders that are looked into for the hint when the root holds nothing. */
const MAX_HINT_FOLDERS = 20;

export interface SourcePlan extends CheckpointPlan {
  /** Every path listed on the way: folders of the components with their files. */
  readonly listed: ReadonlySet<string>;
}

/**
 * Which files of a source are the checkpoint: one folder, or several where `model_index.json` (diffusers) or
 * `modules.json` or `router_config.json` (sentence-transformers) names them. No other folder is entered.
 */
export async function planSource(source: Source, options: PlanOptions = {}): Promise<SourcePlan> {
  const chosen = source.chosenFile;
  const folder = chosen === null ? "" : folderOf(chosen);
  const entries = await source.list(folder);
  const listed = new Set(entries.map((entry) => entry.path));
  const folders = chosen === null ? await componentFolders(source, entries) : [];
  if (folders.length > 0) return planPipeline(source, entries, folders, options, listed);
  try {
    const plan = planFolder(folder, entries, { ...options, chosenFile: chosen });
    return { ...plan, notes: [...plan.notes, ...(chosen === null ? notesOnFolders(entries) : [])], listed };
  } catch (error) {
    return planSubfolder(error, source, entries, options);
  }
}

/** Folders that a pipeline description names and that are there. */
async function componentFolders(source: Source, entries: readonly SourceEntry[]): Promise<string[]> {
  const present = new Set(entries.filter((entry) => entry.kind === "folder").map((entry) => entry.path));
  const has = (name: string) => entries.some((entry) => entry.path === name && entry.kind !== "folder");
  const read = async (name: string): Promise<unknown> => {
    const bytes = await source.readFile(name, MAX_CONFIG_BYTES);
    try {
      return bytes === undefined ? undefined : parseConfig(bytes);
    } catch {
      return undefined; // loadConfigs says so; the folder is then read like any other
    }
  };
  const named: string[] = [];
  if (has("model_index.json")) {
    const pipeline = await read("model_index.json");
    if (typeof pipeline === "object" && pipeline !== null && !Array.isArray(pipeline))
      named.push(...Object.keys(pipeline));
  }
  if (has("modules.json")) {
    const modules = await read("modules.json");
    for (const module of Array.isArray(modules) ? modules : []) {
      const path = member(module, "path");
      if (typeof path === "string") named.push(path);
    }
  }
  if (has("router_config.json")) {
    const types = member(await read("router_config.json"), "types");
    if (typeof types === "object" && types !== null) named.push(...Object.keys(types));
  }
  return [...new Set(named)].filter((name) => present.has(name)).slice(0, MAX_COMPONENT_FOLDERS);
}

async function planPipeline(
  source: Source,
  rootEntries: readonly SourceEntry[],
  folders: readonly string[],
  options: PlanOptions,
  listed: Set<string>,
): Promise<SourcePlan> {
  const components: CheckpointPlan["components"][number][] = [];
  const notes: Note[] = [];
  for (const folder of ["", ...folders]) {
    const entries = folder === "" ? rootEntries : await source.list(folder);
    for (const entry of entries) listed.add(entry.path);
    const plan = planIfAny(folder, entries, options);
    if (plan === undefined) continue;
    components.push(
      ...plan.components.map((component) => ({ ...component, name: componentName(folder, component.name) })),
    );
    notes.push(...plan.notes);
  }
  if (components.length === 0)
    throw new UnfoldError("NO_CHECKPOINT", {
      reason: "none of the pipeline's component folders holds safetensors files",
    });
  const variants = components.some(
    (component) => component.name !== "." && !folders.includes(component.name),
  );
  return { components, addUp: !variants, notes, listed };
}

/** Most folders of a pipeline hold no weights: tokenizers, schedulers. */
function planIfAny(
  folder: string,
  entries: readonly SourceEntry[],
  options: PlanOptions,
): CheckpointPlan | undefined {
  try {
    return planFolder(folder, entries, options);
  } catch (error) {
    if (error instanceof UnfoldError && error.code === "NO_CHECKPOINT") return undefined;
    throw error;
  }
}

function componentName(folder: string, name: string): string {
  if (folder === "") return name;
  return name === "." ? folder : name;
}

/** Folders that hold other copies of the weights: said, so that nobody thinks that they were counted. */
function notesOnFolders(entries: readonly SourceEntry[]): Note[] {
  const known = entries.filter(
    (entry) =>
      entry.kind === "folder" && /^(original|metal|onnx|openvino|checkpoint-\d+)$/.test(baseName(entry.path)),
  );
  return known.map((entry) => note("FOLDER_LEFT_ASIDE", null, { folder: baseName(entry.path) }));
}

/** Nothing here: the one sub-folder that holds safetensors is opened; of several, all are named. */
async function planSubfolder(
  error: unknown,
  source: Source,
  entries: readonly SourceEntry[],
  options: PlanOptions,
): Promise<SourcePlan> {
  if (!(error instanceof UnfoldError) || error.code !== "NO_CHECKPOINT" || error.hint !== null) throw error;
  const found: {
    readonly folder: string;
    readonly entries: readonly SourceEntry[];
    readonly files: number;
  }[] = [];
  const folders = entries.filter((each) => each.kind === "folder").map(({ path }) => path);
  for (const folder of folders.sort(compareNatural).slice(0, MAX_HINT_FOLDERS)) {
    const inside = await source.list(folder).catch(() => []);
    const files = inside.filter((file) => file.path.endsWith(".safetensors")).length;
    if (files > 0) found.push({ folder, entries: inside, files });
  }
  const [only] = found;
  if (only !== undefined && found.length === 1 && folders.length <= MAX_HINT_FOLDERS) {
    const plan = planFolder(only.folder, only.entries, options);
    const listed = new Set([...entries, ...only.entries].map((entry) => entry.path));
    const opened = note("FOLDER_OPENED", null, { folder: baseName(only.folder) });
    return { ...plan, notes: [opened, ...plan.notes], listed };
  }
  const names = found.map(
    ({ folder, files }) => `${quoteForMessage(baseName(folder))} (${formatQuantity(files, "file")})`,
  );
  const hint =
    found.length === 0
      ? whatIsHere(entries)
      : `Folders here with safetensors: ${names.join(", ")}${restWords(folders.length - MAX_HINT_FOLDERS)}. Name one of them, or choose it with --subfolder.`;
  throw new UnfoldError("NO_CHECKPOINT", error.details as { reason: string }, { hint });
}

/** Folders that were not looked into. */
function restWords(rest: number): string {
  return rest > 0 ? `; ${formatQuantity(rest, "further folder")} not looked into` : "";
}

/** What browsers, hub clients and download managers call a file that is not there in full. */
const UNFINISHED = /\.(?:incomplete|part|partial|crdownload|download|aria2|tmp)$/i;

/** What a folder without weights has instead, and what that asks for. */
function whatIsHere(entries: readonly SourceEntry[]): string {
  const names = entries.filter(({ kind }) => kind === "file").map(({ path }) => baseName(path));
  const unfinished = names.find((name) => UNFINISHED.test(name));
  if (unfinished !== undefined)
    return `${quoteForMessage(unfinished)} is a download that did not end: fetch the file again.`;
  if (names.some((name) => /^(?:config|model_index|adapter_config)\.json$/.test(name)))
    return "Its configuration is here and its weights are not: fetch or copy the .safetensors files beside it.";
  return "Is this the right folder? A checkpoint has .safetensors files in it.";
}
