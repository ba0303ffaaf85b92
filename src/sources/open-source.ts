import fs from "node:fs";
import path from "node:path";
import { type ErrorCode, UnfoldError } from "../errors.ts";
import { editDistance } from "../format/edit-distance.ts";
import { quoteForMessage } from "../format/escape.ts";
import { LocalSource } from "./local.ts";
import { localTargetOf } from "./local-target.ts";
import { refuseOtherFormat } from "./other-files.ts";
import { isRegularFile } from "./regular-file.ts";
import {
  applyOptions,
  type HubTarget,
  parseHubName,
  parseRemoteTarget,
  type RemoteTarget,
} from "./remote-target.ts";
import { parseStoreTarget, type StoreTarget } from "./s3-target.ts";
import type { NetworkSettings } from "./settings.ts";
import { MAX_SNAPSHOT_BYTES } from "./snapshot-limits.ts";
import type { Source } from "./source.ts";
import { toReadError } from "./system-errors.ts";

export interface OpenOptions {
  /** Folder below the source that holds the checkpoint. */
  readonly subfolder?: string | null;
  /** Branch, tag or commit of a hub's model, where the source does not say it. */
  readonly revision?: string | null;
  /** How hubs and servers are spoken to; without it only what is on this disk can be opened. */
  readonly network?: NetworkSettings;
}

/**
 * What the user typed → where its bytes come from. A path that exists on disk wins over the name of a model; `hf://` and
 * `https://` are never paths. Throws `SOURCE_NOT_FOUND` with what to try, `USAGE` for what can be no source, and what a hub
 * says of a model that it does not give.
 */
export async function openSource(target: string, options: OpenOptions = {}): Promise<Source> {
  if (target.trim() === "")
    throw new UnfoldError("USAGE", { message: "the source is empty" }, { hint: SOURCES });
  refuseOtherScheme(target);
  const store = options.network && parseStoreTarget(target, options.subfolder);
  if (store !== undefined) return openStore(store, options);
  const remote = options.network && parseRemoteTarget(target, options.network.endpoint);
  if (remote !== undefined) return openRemote(remote, options);
  if (/\.unfold\.json(\.gz)?$/.test(target) && isRegularFile(target)) {
    return openSnapshotFile(target);
  }
  const local = localTargetOf(target);
  const place = options.subfolder ? path.join(local.path, options.subfolder) : local.path;
  const model = options.network && parseHubName(target, options.network.endpoint);
  const stats = statOf(place, target, model);
  if (stats === undefined) refuseBroken(local.path, target, options.subfolder);
  if (stats === undefined && model !== undefined && !isMisspelt(target, place))
    return openNamed(model, options);
  if (stats === undefined) throw notFound(target, place);
  if (options.revision)
    throw new UnfoldError(
      "USAGE",
      { message: `--revision is for models of a hub; ${quoteForMessage(target)} is a local path` },
      { hint: "Leave it out, or write hf://owner/name@revision for the hub's model." },
    );
  // A bare name and a path of several folders are hardly meant for a model; `a/b` is either.
  const isAmbiguous = model?.path === "" && model.id.includes("/") && !target.endsWith("/");
  const notes = isAmbiguous ? [`read from this disk; the hub's model is hf://${target}`] : [];
  return stats.isDirectory() ? new LocalSource(target, place, null, notes, local) : openFile(place, notes);
}

const SOURCES =
  "A source is a folder, a .safetensors file or its index, a snapshot, owner/name, or an address (https://, s3://).";

/** Addresses that are neither files nor of a protocol spoken here. */
function refuseOtherScheme(target: string): void {
  const [, scheme] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(target) ?? [];
  if (scheme === undefined || /^(?:file|hf|https?|s3)$/i.test(scheme)) return;
  throw new UnfoldError("USAGE", { message: `addresses of ${scheme}:// are not read` }, { hint: SOURCES });
}

/** What is on this disk after all, but leads nowhere: a link, or a folder without the one that was asked for in it. */
function refuseBroken(place: string, target: string, subfolder: string | null | undefined): void {
  let stats: fs.Stats | undefined;
  try {
    stats = fs.lstatSync(place, { throwIfNoEntry: false });
  } catch {
    return; // below a file is nothing
  }
  if (stats?.isSymbolicLink() && !fs.existsSync(place)) {
    const hint = "Mend the link, or name the folder or file that it should lead to.";
    const what = `${target}, a link to ${fs.readlinkSync(place)}`;
    throw new UnfoldError("SOURCE_NOT_FOUND", { target: what }, { hint });
  }
  if (stats === undefined || !subfolder) return;
  const folders = foldersIn(place);
  const hint =
    folders.length === 0
      ? "It has no folders in it: leave out --subfolder."
      : `Its folders: ${folders.slice(0, MAX_FOLDERS_TOLD).join(", ")}${folders.length > MAX_FOLDERS_TOLD ? ", …" : ""}.`;
  throw new UnfoldError("SOURCE_NOT_FOUND", { target: path.join(target, subfolder) }, { hint });
}

/** Folders that a hint lists. */
const MAX_FOLDERS_TOLD = 8;

function foldersIn(place: string): string[] {
  try {
    const entries = fs.readdirSync(place, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort();
  } catch {
    return []; // a file, or a folder that may not be read
  }
}

/** A bare name that one slip of typing makes a path here: no hub is asked for it. */
function isMisspelt(target: string, place: string): boolean {
  return !target.includes("/") && nearestSibling(place) !== undefined;
}

/** What may be so because a path was meant: a hub that answers with a fault of its own, or refuses, was asked rightly. */
const NAME_DOUBTED: ReadonlySet<ErrorCode> = new Set(["REPO_NOT_FOUND", "OFFLINE", "CONNECTION_FAILED"]);

/** A name that could be a model's: where the hub gives none, it is said that the disk was looked at first. */
async function openNamed(model: HubTarget, options: OpenOptions): Promise<Source> {
  try {
    return await openRemote(model, options);
  } catch (error) {
    if (!(error instanceof UnfoldError) || !NAME_DOUBTED.has(error.code)) throw error;
    const near = nearestSibling(model.id);
    const here = near === undefined ? "" : ` Did you mean ${JSON.stringify(near)}, which is here?`;
    const hint =
      `No path on this disk has that name, so it was taken for a model of the hub.${here} ${error.hint ?? ""}`.trim();
    throw new UnfoldError(error.code, error.details, { file: error.file, hint, cause: error.cause });
  }
}

/** Loads the network's part of the program only here: a local run does without. */
async function openRemote(target: RemoteTarget, options: OpenOptions): Promise<Source> {
  const network = options.network as NetworkSettings;
  if (target.kind === "web") {
    const misplaced = options.revision ? "--revision" : options.subfolder ? "--subfolder" : undefined;
    if (misplaced !== undefined) {
      throw new UnfoldError(
        "USAGE",
        {
          message: `${misplaced} is for models of a hub; this is the address of a file`,
        },
        { hint: "Leave it out, or put it into the address." },
      );
    }
    const { WebSource } = await import("./http.ts");
    return new WebSource(target, network);
  }
  const { HubSource } = await import("./hub.ts");
  return HubSource.connect(applyOptions(target, options), network);
}

/** The SDK of object stores is half a megabyte: loaded where one is named. */
async function openStore(target: StoreTarget, options: OpenOptions): Promise<Source> {
  if (options.revision)
    throw new UnfoldError(
      "USAGE",
      { message: "--revision is for models of a hub; this is an object store" },
      { hint: "Leave it out: a store has one state of each file." },
    );
  const { StoreSource } = await import("./s3.ts");
  return StoreSource.connect(target, options.network as NetworkSettings);
}

/** Read like any file of a checkpoint, as the system may refuse it in the same ways. */
async function openSnapshotFile(target: string): Promise<Source> {
  const { openSnapshot } = await import("./snapshot.ts");
  const name = path.basename(target);
  const bytes = await new LocalSource(target, path.dirname(target), name).readFile(name, MAX_SNAPSHOT_BYTES);
  if (bytes === undefined) throw notFound(target, target);
  return openSnapshot(bytes);
}

/** Files that lie beside weights and say how they are meant. */
const CONFIGURATION = /^(?:[\w-]*config|model_index|modules|tokenizer\w*)\.json$/;

function openFile(file: string, notes: readonly string[]): Source {
  refuseOtherFormat(path.basename(file));
  if (!file.endsWith(".safetensors") && !/\.index(\.[^.]+)?\.json$/.test(file)) {
    const hint = CONFIGURATION.test(path.basename(file))
      ? `Give the folder that it lies in: ${quoteForMessage(path.dirname(file))}.`
      : "Give a folder, a .safetensors file, a .safetensors.index.json or an .unfold.json snapshot.";
    throw new UnfoldError(
      "USAGE",
      { message: `unfold does not read files such as ${JSON.stringify(path.basename(file))}` },
      { hint },
    );
  }
  return new LocalSource(file, path.dirname(file), path.basename(file), notes);
}

/** What is there, undefined where nothing is. Throws `ACCESS_DENIED`, `LINK_LOOP`, … about `target`, as it was typed. */
function statOf(place: string, target: string, model: HubTarget | undefined): fs.Stats | undefined {
  try {
    return fs.statSync(place, { throwIfNoEntry: false });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOTDIR") return undefined; // below a file is nothing
    const error = toReadError(cause, target);
    if (model === undefined) throw error;
    const hint = `For the model of that name on the hub write hf://${target}.`;
    throw new UnfoldError(error.code, error.details, { file: target, hint, cause });
  }
}

function notFound(target: string, place: string): UnfoldError {
  const near = nearestSibling(place);
  const hint =
    near === undefined
      ? "Check the path; a local source is a folder or a file."
      : `Did you mean ${JSON.stringify(near)}?`;
  return new UnfoldError("SOURCE_NOT_FOUND", { target }, { hint });
}

/** A name in the same folder that one typing slip explains. */
function nearestSibling(place: string): string | undefined {
  const wanted = path.basename(place);
  // Of a short name two slips leave nothing.
  const most = wanted.length <= 4 ? 1 : 2;
  let names: string[];
  try {
    names = fs.readdirSync(path.dirname(place)).slice(0, 1000);
  } catch {
    return undefined;
  }
  const close = names.find(
    (name) => name.toLowerCase() === wanted.toLowerCase() || editDistance(name, wanted) <= most,
  );
  return close === undefined ? undefined : path.join(path.dirname(place), close);
}
