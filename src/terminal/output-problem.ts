import { UnfoldError } from "../errors.ts";

/** What the system says when something cannot be written, in words. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: "no permission",
  EBADF: "it is not open for writing",
  EBUSY: "it is in use: something is mounted there",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file would be too large",
  EIO: "the device failed",
  EISDIR: "it is a folder",
  ELOOP: "a symbolic link that leads back to itself",
  EMFILE: "the system has no free file handle",
  ENAMETOOLONG: "the name is longer than the file system takes",
  ENFILE: "the system has no free file handle",
  ENODEV: "there is no such device",
  ENOENT: "its folder does not exist",
  ENOSPC: "no space is left on the device",
  ENOTDIR: "its path leads through a file",
  ENXIO: "nobody reads from it",
  EPERM: "no permission",
  EROFS: "the file system is read-only",
};

/** An error of the system on the way to an output as `OUTPUT_FAILED`; any other is not ours to word. */
export function toOutputError(file: string, error: unknown): unknown {
  if (error instanceof UnfoldError || !(error instanceof Error)) return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return error;
  return new UnfoldError("OUTPUT_FAILED", { path: file, reason: REASONS[code] ?? code }, { cause: error });
}
