import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { UnfoldError } from "../errors.ts";
import type { Io } from "./io.ts";
import { type Chunks, gather, pause, writeAll } from "./output-chunks.ts";
import { toOutputError } from "./output-problem.ts";
import { type FileIdentity, toIdentity } from "./run-inputs.ts";

/** What an output is written to. */
type Target = FileIdentity &
  (
    | { readonly kind: "file"; readonly existing: fs.BigIntStats | undefined }
    | { readonly kind: "stream" }
    | { readonly kind: "descriptor"; readonly descriptor: number }
  );

/** How `--output` says "to stdout". */
export const STDOUT = "-";

/** Whether an output goes to stdout, as it does where no file is named. */
export function isStdout(output: string | undefined): boolean {
  return output === undefined || output === STDOUT;
}

/** The one way of all that commands print and write: to stdout, or to the file that the user named. */
export async function writeOutput(io: Io, output: string | undefined, chunks: Chunks): Promise<void> {
  return output === undefined || output === STDOUT
    ? writeToStdout(io, chunks)
    : writeOutputFile(io, output, chunks);
}

/**
 * Writes a file whole or not at all: beside its place first, then renamed, owner and mode kept. A link is followed; devices,
 * pipes and open descriptors are written into. Throws `OUTPUT_FAILED`, and always before anything was written where the
 * place belongs to what the run reads; `except` is the one input that is written on purpose.
 */
export async function writeOutputFile(io: Io, file: string, chunks: Chunks, except?: string): Promise<void> {
  const target = findAllowedTarget(io, file, except);
  try {
    await writeTo(io, target, chunks);
  } catch (error) {
    throw toOutputError(file, error);
  }
}

/** Throws as `writeOutputFile` would, as far as that shows before anything is written. */
export function findAllowedTarget(io: Io, file: string, except?: string): Target {
  const target = findTarget(file);
  const conflict = io.inputs.findConflict(target, except);
  if (conflict !== undefined) throw refuse(file, conflict);
  return target;
}

/** What a file that stdout was led into is of the run's inputs; undefined where it is none of them. */
export function findStdoutOwner({ stdout, inputs }: Io): string | undefined {
  return stdout.file === undefined ? undefined : inputs.findOwner(stdout.file);
}

/** Throws where stdout was led into a file that the run reads. */
export function refuseStdoutInto(io: Io): void {
  const owner = findStdoutOwner(io);
  if (owner !== undefined) throw refuse("stdout", owner);
}

function refuse(output: string, reason: string): UnfoldError {
  const hint = "Nothing was written. Give the output another name.";
  return new UnfoldError("OUTPUT_FAILED", { path: output, reason }, { hint });
}

/** Removes what an interrupted run has not finished writing; for the end of the process. */
export function removeUnfinished(): void {
  for (const file of unfinished) removeQuietly(file);
}

const unfinished = new Set<string>();

async function writeToStdout(io: Io, chunks: Chunks): Promise<void> {
  for await (const text of gather(chunks)) {
    io.stdout.write(text);
    await io.stdout.drained?.();
  }
}

async function writeTo(io: Io, target: Target, chunks: Chunks): Promise<void> {
  switch (target.kind) {
    case "file":
      return replaceFile(target.folder, target.name, target.existing, chunks, io.signal);
    case "stream":
      return writeIntoStream(path.join(target.folder, target.name), chunks, io.signal);
    case "descriptor":
      if (target.descriptor === 1) return writeToStdout(io, chunks);
      return writeAll(target.descriptor, chunks, io.signal);
    default:
      return target satisfies never;
  }
}

/** Links followed one by one: each may be a system limit; 40 is Linux's own. */
const MAX_LINKS = 40;

/** What a path of the user's leads to. Throws what the system says, and `OUTPUT_FAILED` for what cannot be written to. */
function findTarget(file: string): Target {
  try {
    return followLinks(file);
  } catch (error) {
    throw toOutputError(file, error);
  }
}

function followLinks(file: string): Target {
  if (file === "") throw new UnfoldError("USAGE", { message: "the output has no name" });
  if (/[/\\]$/.test(file)) throw systemError("EISDIR");
  let at = path.resolve(file);
  for (let links = 0; links <= MAX_LINKS; links++) {
    const folder = fs.realpathSync(path.dirname(at));
    const name = path.basename(at);
    const descriptor = descriptorOf(folder, name);
    if (descriptor !== undefined) {
      const identity = toIdentity(fs.fstatSync(descriptor, { bigint: true }));
      return { kind: "descriptor", descriptor, folder, name, identity };
    }
    const stats = fs.lstatSync(path.join(folder, name), { bigint: true, throwIfNoEntry: false });
    if (stats === undefined) return { kind: "file", existing: undefined, folder, name, identity: undefined };
    if (!stats.isSymbolicLink()) return { ...kindOf(file, stats), folder, name, identity: toIdentity(stats) };
    at = path.resolve(folder, fs.readlinkSync(path.join(folder, name)));
  }
  throw systemError("ELOOP");
}

/** `/dev/stdout` and its like are links to what this process has open: that is written to as it stands. */
function descriptorOf(folder: string, name: string): number | undefined {
  const isOwn = folder === `/proc/${process.pid}/fd` || folder === "/dev/fd";
  return isOwn && /^\d{1,9}$/.test(name) ? Number(name) : undefined;
}

function kindOf(
  file: string,
  stats: fs.BigIntStats,
): { kind: "file"; existing: fs.BigIntStats } | { kind: "stream" } {
  if (stats.isFile()) return { kind: "file", existing: stats };
  if (stats.isFIFO() || stats.isCharacterDevice()) return { kind: "stream" };
  if (stats.isDirectory()) throw systemError("EISDIR");
  // Writing to the latter would replace a file system.
  const reason = stats.isSocket() ? "it is a socket" : "it is a block device";
  throw new UnfoldError("OUTPUT_FAILED", { path: file, reason });
}

async function replaceFile(
  folder: string,
  name: string,
  existing: fs.BigIntStats | undefined,
  chunks: Chunks,
  signal: AbortSignal | undefined,
): Promise<void> {
  const file = path.join(folder, name);
  // Renaming would replace a file that its owner made read-only.
  if (existing !== undefined) fs.accessSync(file, fs.constants.W_OK);
  // Short, whatever the file's own name: that one may be as long as names can be.
  const temporary = path.join(folder, `.unfold-${randomBytes(8).toString("hex")}.tmp`);
  const descriptor = fs.openSync(temporary, "wx", existing === undefined ? 0o666 : 0o600);
  unfinished.add(temporary);
  try {
    await fillAndClose(descriptor, existing, chunks, signal);
    fs.renameSync(temporary, file);
  } catch (error) {
    removeQuietly(temporary);
    throw error;
  } finally {
    unfinished.delete(temporary);
  }
}

async function fillAndClose(
  descriptor: number,
  existing: fs.BigIntStats | undefined,
  chunks: Chunks,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    if (existing !== undefined) keepOwnerAndMode(descriptor, existing);
    await writeAll(descriptor, chunks, signal);
  } catch (error) {
    closeQuietly(descriptor);
    throw error;
  }
  fs.closeSync(descriptor); // a full disk of another machine may show only now
}

/** The owner only where the system lets us; then the mode, which a change of the owner clears in part. */
function keepOwnerAndMode(descriptor: number, { uid, gid, mode }: fs.BigIntStats): void {
  let bits = 0o7777;
  const now = fs.fstatSync(descriptor, { bigint: true });
  if (now.uid !== uid || now.gid !== gid) {
    try {
      fs.fchownSync(descriptor, Number(uid), Number(gid));
    } catch {
      bits = 0o777; // what runs as its owner must not run as us
    }
  }
  fs.fchmodSync(descriptor, Number(mode) & bits);
}

/** Tries, and the time between two, until somebody reads from a pipe: its reader may be starting. */
const READER_TRIES = 30;
const READER_WAIT_MS = 100;

/** Never waits in the system, where neither Ctrl-C nor a limit would reach it. */
async function writeIntoStream(file: string, chunks: Chunks, signal: AbortSignal | undefined): Promise<void> {
  const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = fs.constants;
  for (let tries = 1; ; tries++) {
    let descriptor: number;
    try {
      descriptor = fs.openSync(file, O_WRONLY | (O_NONBLOCK ?? 0) | (O_NOCTTY ?? 0));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENXIO" || tries >= READER_TRIES) throw error;
      await pause(READER_WAIT_MS, signal);
      continue;
    }
    try {
      return await writeAll(descriptor, chunks, signal);
    } finally {
      closeQuietly(descriptor);
    }
  }
}

/** An error as the system would give it, for what is known without asking. */
function systemError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code, syscall: "open" });
}

/** Cleaning up never hides why it came to that. */
function removeQuietly(file: string): void {
  try {
    fs.rmSync(file);
  } catch {}
}

function closeQuietly(descriptor: number): void {
  try {
    fs.closeSync(descriptor);
  } catch {}
}
